"""Convolution as a sparse matrix, and its transpose in three views: the matrix, stamping, and inserted zeros."""

import warnings

import torch
import torch.nn.functional as F
from torch import Tensor

from ._validate import (as_integer, check_conv, check_conv_geometry, check_conv_transpose,
                        check_conv_transpose_geometry, check_length, check_pixels, check_subpixels, full_precision,
                        is_integer, pair)

Pair = int | tuple[int, int]
Pads = Pair | tuple[tuple[int, int], tuple[int, int]]


def conv_output_size(in_size: Pair, kernel_size: Pair, *, stride: Pair = 1, padding: Pads = 0,
                     dilation: Pair = 1) -> Pair:
    """How many numbers a convolution returns along an axis: floor((n + 2p - d(k - 1) - 1) / s) + 1.

    Convention: each argument is an integer for both axes or (height, width). padding is that of one side, the other
    gets as much; ((top, bottom), (left, right)) names all four, with their sum for 2p. The result is an integer if all
    arguments are, else (height, width).
    Gradient: none, these are integers.
    Raises: TypeError for anything but integers, ValueError for a stride, dilation or size below 1, a negative padding,
    and a kernel that is larger than the padded image.
    Source: eq-conv-size, chapter "conv/matrix"; torch.nn.Conv2d.

    >>> conv_output_size(17, 5, stride=3, padding=2), conv_output_size((17, 16), 5, stride=3, padding=2)
    (6, (6, 6))
    """
    n, k, s, p, d = check_conv_geometry(in_size, kernel_size, stride, padding, dilation)
    sizes = tuple((n[i] + sum(p[i]) - d[i] * (k[i] - 1) - 1) // s[i] + 1 for i in (0, 1))
    return _like_arguments(sizes, in_size, kernel_size, stride, padding, dilation)


def same_padding(in_size: Pair, kernel_size: Pair, *, stride: Pair = 1,
                 dilation: Pair = 1) -> tuple[tuple[int, int], tuple[int, int]]:
    """The zeros that TensorFlow's rule SAME puts around an image, so that a convolution returns ceil(n / s) pixels.

    max((ceil(n / s) - 1)s + d(k - 1) + 1 - n, 0) along each axis, half of them in front, rounded down, the rest behind.

    Convention: each argument is an integer for both axes or (height, width); the result is ((top, bottom), (left,
    right)) always, the padding of conv_matrix and conv_output_size. F.conv2d has no one-sided padding: with
    (top, bottom), (left, right) = same_padding(...) the layer is
    F.conv2d(F.pad(x, (left, right, top, bottom)), kernel, stride=stride, dilation=dilation).
    Gradient: none, these are integers.
    Raises: TypeError for anything but integers, ValueError for a size, stride or dilation below 1.
    Source: eq-conv-size, chapter "conv/matrix", for the size; tf.nn.conv2d for the rule.

    >>> same_padding(224, 7, stride=2), same_padding((6, 5), 3, stride=2)
    (((2, 3), (2, 3)), ((0, 1), (1, 1)))
    """
    n, k = pair("in_size", in_size, least=1), pair("kernel_size", kernel_size, least=1)
    s, d = pair("stride", stride, least=1), pair("dilation", dilation, least=1)
    beyond = [(-(-n[i] // s[i]) - 1) * s[i] + d[i] * (k[i] - 1) + 1 - n[i] for i in (0, 1)]
    totals = [torch.sym_max(b, 0) for b in beyond]  # max would fix a symbolic size
    return tuple((total // 2, total - total // 2) for total in totals)


def conv_transpose_output_size(in_size: Pair, kernel_size: Pair, *, stride: Pair = 1, padding: Pair = 0,
                               output_padding: Pair = 0, dilation: Pair = 1) -> Pair:
    """How many numbers a transposed convolution returns along an axis: (n - 1)s - 2p + d(k - 1) + op + 1.

    For op = 0 ... s - 1 those are the s sizes that conv_output_size maps to n, and output_padding op says which is meant.
    PyTorch allows op up to d - 1 as well: an op >= s belongs to n + op // s pixels, of which the last are taken as 0.

    Convention: each argument is an integer for both axes or (height, width), padding that of the convolution that is
    transposed; the result is an integer if all arguments are, else (height, width).
    Gradient: none, these are integers.
    Raises: TypeError for anything but integers, ValueError for a stride, dilation or size below 1, a negative padding,
    an output_padding that is not below the larger of stride and dilation, and a result below 1.
    Source: eq-transposed-size, chapter "conv/transposed"; torch.nn.ConvTranspose2d.

    >>> [conv_transpose_output_size(6, 5, stride=3, padding=2, output_padding=op) for op in (0, 1, 2)]
    [16, 17, 18]
    """
    n, k, s, p, op, d = check_conv_transpose_geometry(in_size, kernel_size, stride, padding, output_padding, dilation)
    sizes = tuple((n[i] - 1) * s[i] - 2 * p[i] + d[i] * (k[i] - 1) + op[i] + 1 for i in (0, 1))
    return _like_arguments(sizes, in_size, kernel_size, stride, padding, output_padding, dilation)


def conv_matrix(kernel: Tensor, in_size: Pair, *, stride: Pair = 1, padding: Pads = 0, dilation: Pair = 1,
                groups: int = 1) -> Tensor:
    """The sparse matrix C of a convolution: F.conv2d(x, kernel, ...).flatten() = C @ x.flatten().

    Output o and input i meet where i = s o + d u - p for a place u of the kernel, along both axes: there C holds
    kernel[c_out, c_in, u, v]. Numbers that the padding would meet are left out.

    Convention: kernel (C_out, C_in / groups, kh, kw) as in F.conv2d, which does not flip it; in_size (H, W) or one
    integer for a square; stride, padding, dilation integers or (height, width); padding also ((top, bottom), (left,
    right)), of which p is the one in front: same_padding gives TensorFlow's. Images are flattened row by row,
    channels first. The result is a CSR tensor (C_out H' W', C_in H W) in the kernel's dtype, on its device; a zero in
    the kernel stays a stored number. Time and memory are proportional to the stored numbers. C.mT is the transposed
    convolution, in the layout CSC, whose products are slow: for many, take C.mT.to_sparse_csr().
    Gradient: exact in kernel, also through C.values(), once: PyTorch has no second derivative of this layout. When the
    kernel requires a gradient, and only then, the backward pass of a product with C or C.mT forms a dense matrix of the
    shape of C (67 MB for 64x64 pixels in float32); for large images F.conv2d is the same product. The gradient in x
    alone takes no more memory than C and can be taken twice. vmap over x works. For this layout PyTorch refuses vmap
    over kernels, torch.compile, torch.export and forward mode, and on a CPU products in half precision, which autocast
    asks for.
    Raises: TypeError for integer kernels, ValueError for shapes, strides, paddings, dilations and groups that do not
    fit, with the rule and the numbers.
    Source: eq-conv-entry, chapter "conv/matrix".

    >>> conv_matrix(torch.tensor([[[[1., 2.], [3., 4.]]]]), (2, 3)).to_dense()
    tensor([[1., 2., 0., 3., 4., 0.],
            [0., 1., 2., 0., 3., 4.]])
    """
    size, stride, padding, dilation, groups = check_conv(kernel, in_size, stride, padding, dilation, groups)
    c_out, c_in, kh, kw = kernel.shape
    row, row_inside = _met(size[0], kh, stride[0], padding[0], dilation[0], kernel.device)
    column, column_inside = _met(size[1], kw, stride[1], padding[1], dilation[1], kernel.device)
    first = torch.arange(c_out, device=kernel.device) // (c_out // groups) * c_in  # input channel of the group
    channel = first[:, None] + torch.arange(c_in, device=kernel.device)
    # axes: output channel, row, column, then input channel of the group, row and column of the kernel: CSR's order
    met = (channel[:, None, None, :, None, None] * size[0] + row[:, None, None, :, None]) * size[1] \
        + column[:, None, None, :]
    inside = (row_inside[:, None, None, :, None] & column_inside[:, None, None, :]).expand_as(met)
    values = kernel[:, None, None].expand_as(met)[inside]
    ends = inside.flatten(3).sum(-1).flatten().cumsum(0)
    shape = len(ends), c_in * groups * size[0] * size[1]
    with warnings.catch_warnings():  # PyTorch calls the layout a beta, once in a process
        warnings.filterwarnings("ignore", message="Sparse")
        return torch.sparse_csr_tensor(torch.cat([ends.new_zeros(1), ends]), met[inside], values, shape)


def insert_zeros(x: Tensor, stride: Pair) -> Tensor:
    """Pull the pixels apart: s - 1 zeros between neighbours along each axis, none outside.

    Convention: x (..., H, W); stride an integer or (height, width); the result is (..., (H-1)s + 1, (W-1)s + 1).
    It is the transpose of x[..., ::s, ::s].
    Gradient: exact; the backward pass is x[..., ::s, ::s].
    Raises: TypeError for integer images, ValueError for less than two axes and a stride below 1.
    Source: eq-transposed-gather, chapter "conv/transposed".

    >>> insert_zeros(torch.tensor([[1., 2.], [3., 4.]]), 2)
    tensor([[1., 0., 2.],
            [0., 0., 0.],
            [3., 0., 4.]])
    """
    check_pixels("x", x)
    sh, sw = pair("stride", stride, least=1)
    h, w = x.shape[-2:]
    apart = x.new_zeros(*x.shape[:-2], (h - 1) * sh + 1, (w - 1) * sw + 1)
    apart[..., ::sh, ::sw] = x
    return apart


def conv_transpose_scatter(input: Tensor, weight: Tensor, bias: Tensor | None = None, stride: Pair = 1,
                           padding: Pair = 0, output_padding: Pair = 0, groups: int = 1, dilation: Pair = 1) -> Tensor:
    """Transposed convolution by stamping: every input pixel adds its multiple of the kernel to the output.

    The stamp of pixel i lies at s i + d u - p, u over the kernel; what lies outside is cut off. A stamp is the column
    of its pixel in C^T.

    Convention: arguments of F.conv_transpose2d: input (B, C_in, H, W) or (C_in, H, W); weight (C_in, C_out / groups,
    kh, kw), the kernel of the convolution that is transposed; the others integers or (height, width). padding is what
    that convolution adds, so here it cuts; output_padding adds rows and columns at the end. The result has the dtype of
    input and weight, in which it is computed; autocast changes nothing.
    Gradient: exact in input, weight and bias; in input it is F.conv2d with the same weight.
    Raises: TypeError for integer images and mixed dtypes, ValueError for ranks, channels, groups and sizes that do not
    fit, with the rule and the numbers.
    Source: eq-transposed-scatter, chapter "conv/transposed".

    >>> conv_transpose_scatter(torch.tensor([[[1., 10.]]]), torch.ones(1, 1, 1, 3), stride=(1, 2))
    tensor([[[ 1.,  1., 11., 10., 10.]]])
    """
    stride, padding, dilation, extra, groups = check_conv_transpose(input, weight, bias, stride, padding,
                                                                    output_padding, groups, dilation)
    (h, w), (kh, kw) = input.shape[-2:], weight.shape[-2:]
    size = conv_transpose_output_size((h, w), (kh, kw), stride=stride, padding=padding, output_padding=extra,
                                      dilation=dilation)
    blocks, stamps = input.unflatten(-3, (groups, -1)), weight.unflatten(0, (groups, -1))
    full = input.new_zeros(*blocks.shape[:-3], weight.shape[1], size[0] + 2 * padding[0], size[1] + 2 * padding[1])
    full = full + weight.new_zeros(())  # under vmap over weights alone, a batch to write into
    with full_precision(input):
        for u in range(kh):
            for v in range(kw):  # all pixels stamp this place of the kernel at once
                there = full[..., dilation[0] * u:, dilation[1] * v:][..., ::stride[0], ::stride[1]][..., :h, :w]
                there += torch.einsum("...gihw,gio->...gohw", blocks, stamps[..., u, v])
    cut = full[..., padding[0]:padding[0] + size[0], padding[1]:padding[1] + size[1]].flatten(-4, -3)
    return cut if bias is None else cut + bias[:, None, None]


def conv_transpose_gather(input: Tensor, weight: Tensor, bias: Tensor | None = None, stride: Pair = 1,
                          padding: Pair = 0, output_padding: Pair = 0, groups: int = 1, dilation: Pair = 1) -> Tensor:
    """Transposed convolution as a convolution: insert zeros, pad, and correlate with the flipped kernel at stride 1.

    Each output pixel gathers what it gets: the row of the output pixel in C^T. Of the multiplications 1 - 1 / s^2 meet
    an inserted zero.

    Convention: arguments of F.conv_transpose2d, as in conv_transpose_scatter. d(k - 1) - p zeros are put around the
    image (a negative number cuts), output_padding more at the end.
    Gradient: exact in input, weight and bias.
    Raises: as conv_transpose_scatter.
    Source: eq-transposed-gather, chapter "conv/transposed"; Dumoulin and Visin (2016).

    >>> conv_transpose_gather(torch.tensor([[[1., 10.]]]), torch.ones(1, 1, 1, 3), stride=(1, 2))
    tensor([[[ 1.,  1., 11., 10., 10.]]])
    """
    stride, padding, dilation, extra, groups = check_conv_transpose(input, weight, bias, stride, padding,
                                                                    output_padding, groups, dilation)
    before = [d * (k - 1) - p for d, k, p in zip(dilation, weight.shape[-2:], padding)]
    around = (before[1], before[1] + extra[1], before[0], before[0] + extra[0])
    turned = weight.unflatten(0, (groups, -1)).transpose(1, 2).flatten(0, 1).flip(-1, -2)
    with full_precision(input):
        return F.conv2d(F.pad(insert_zeros(input, stride), around), turned, bias, dilation=dilation, groups=groups)


def conv_transpose_same(x: Tensor, kernel: Tensor, stride: Pair, *, dilation: Pair = 1, groups: int = 1) -> Tensor:
    """Transposed convolution by the rule SAME of Keras and TensorFlow: stride times the size of the input.

    The kernel spans K = d(k - 1) + 1 pixels. Of the full result (n - 1)s + K the n s numbers from
    floor(max(K - s, 0) / 2) on are kept; where K is less than the stride, zeros fill the end. Where K - s is odd and
    positive, no padding of F.conv_transpose2d does. It is the transpose of the convolution that same_padding pads, for
    images of n s pixels.

    Convention: x (B, C_in, H, W) or (C_in, H, W); kernel (C_in, C_out / groups, kh, kw) as in F.conv_transpose2d: from
    TensorFlow's (kh, kw, C_out, C_in) by permute(3, 2, 0, 1); stride and dilation integers or (height, width).
    TensorFlow's own function asks for output_shape and allows smaller ones too; this is the one that Keras takes. The
    result has the dtype of x and kernel, in which it is computed; autocast changes nothing.
    Gradient: exact in x and kernel.
    Raises: as conv_transpose_scatter.
    Source: eq-transposed-same, chapter "conv/transposed"; tf.nn.conv2d_transpose.

    >>> conv_transpose_same(torch.tensor([[[1., 2.], [3., 4.]]]), torch.ones(1, 1, 3, 3), 2)
    tensor([[[ 1.,  1.,  3.,  2.],
             [ 1.,  1.,  3.,  2.],
             [ 4.,  4., 10.,  6.],
             [ 3.,  3.,  7.,  4.]]])
    """
    s, _, d, _, groups = check_conv_transpose(x, kernel, None, stride, 0, 0, groups, dilation, names=("x", "kernel"))
    beyond = [e * (k - 1) + 1 - t for e, k, t in zip(d, kernel.shape[-2:], s)]
    (top, left), (rows, columns) = (max(b, 0) // 2 for b in beyond), (n * t for n, t in zip(x.shape[-2:], s))
    with full_precision(x):
        full = F.conv_transpose2d(x, kernel, None, s, 0, tuple(max(-b, 0) for b in beyond), groups, d)
    return full[..., top:top + rows, left:left + columns]


def bilinear_kernel(factor: Pair, channels: int, *, dtype=torch.float64, device=None) -> Tensor:
    """The weight with which a transposed convolution interpolates linearly: how segmentation networks start theirs.

    w[u] = 1 - |u - (k - 1) / 2| / r along each axis, k = 2r - r mod 2 places long; use it with stride r, padding
    ceil((r - 1) / 2) and groups=channels, and the output has r times the size of the input.

    Convention: factor an integer or (height, width); the result is (channels, 1, kh, kw). Inside, the transposed
    convolution equals F.interpolate(mode="bilinear", align_corners=False); at the border it fades, because zeros and
    not copies of the border lie outside.
    Gradient: none, it is a constant.
    Raises: TypeError for anything but integers, ValueError for a factor or a number of channels below 1.
    Source: eq-transposed-bilinear, chapter "conv/transposed"; Long, Shelhamer and Darrell (2015).

    >>> bilinear_kernel((1, 2), 1)
    tensor([[[[0.2500, 0.7500, 0.7500, 0.2500]]]], dtype=torch.float64)
    """
    check_length("channels", channels, "channel")
    rows, columns = (_tent(r, dtype, device) for r in pair("factor", factor, least=1))
    return torch.outer(rows, columns).repeat(as_integer(channels), 1, 1, 1)


def icnr(weight: Tensor, factor: int) -> Tensor:
    """Repeat each filter for all sub-pixels, so that a sub-pixel convolution starts as nearest-neighbour enlargement.

    F.pixel_shuffle(F.conv2d(x, icnr(weight, r)), r) repeats each pixel of F.conv2d(x, weight) r times along both axes.

    Convention: weight (C, C_in, kh, kw); the result is (C r^2, C_in, kh, kw): filter c r^2 + a r + b is weight[c].
    A bias is repeated likewise, with bias.repeat_interleave(r * r).
    Gradient: exact; the gradients of the copies add up. To train the copies apart, make a parameter of the result.
    Raises: TypeError for integer weights, ValueError for other ranks and a factor below 1.
    Source: eq-checkerboard-icnr, chapter "conv/checkerboard"; Aitken et al. (2017).

    >>> icnr(torch.tensor([[[[1.]]], [[[2.]]]]), 2).flatten()
    tensor([1., 1., 1., 1., 2., 2., 2., 2.])
    """
    return weight.repeat_interleave(check_subpixels(weight, factor)**2, 0)


def subpixel_kernel(weight: Tensor, factor: int) -> Tensor:
    """The weight of the one transposed convolution that a sub-pixel convolution is.

    F.pixel_shuffle(F.conv2d(x, weight, padding=p), r)
        = F.conv_transpose2d(x, subpixel_kernel(weight, r), stride=r, padding=r(k - 1 - p))

    Convention: weight (C r^2, C_in, k, k) as in F.conv2d before F.pixel_shuffle; the result is (C_in, C, r k, r k).
    Gradient: exact; it only moves numbers.
    Raises: TypeError for integer weights, ValueError for other ranks and for channels that r^2 does not divide.
    Source: eq-checkerboard-subpixel, chapter "conv/checkerboard"; Shi et al. (2016).

    >>> subpixel_kernel(torch.tensor([1., 2., 3., 4.]).reshape(4, 1, 1, 1), 2)
    tensor([[[[1., 2.],
              [3., 4.]]]])
    """
    factor = check_subpixels(weight, factor, shuffled=True)
    return F.pixel_shuffle(weight.transpose(0, 1).flip(-1, -2), factor)


def _met(n: int, k: int, s: int, p: tuple[int, int], d: int, device) -> tuple[Tensor, Tensor]:
    """The input s o + d u - p that output o meets at place u of the kernel, and whether it lies in the image."""
    outputs, _ = conv_output_size(n, k, stride=s, padding=(p, p), dilation=d)
    met = s * torch.arange(outputs, device=device)[:, None] + d * torch.arange(k, device=device) - p[0]
    return met, (met >= 0) & (met < n)


def _tent(r: int, dtype, device) -> Tensor:
    k = 2 * r - r % 2
    return 1 - (torch.arange(k, dtype=dtype, device=device) - (k - 1) / 2).abs() / r


def _like_arguments(sizes: tuple[int, int], *arguments: Pair) -> Pair:
    return sizes[0] if all(map(is_integer, arguments)) else sizes
