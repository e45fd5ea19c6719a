"""Right and wrong answers to the exercises of chapter "conv/matrix"."""

import torch
import torch.nn.functional as F
from answering import right, wrong

from diffimg.checks import conv_matrix as checks
from diffimg.conv import conv_matrix, conv_output_size
from diffimg.linear import adjoint, as_matrix

# right answers, written otherwise than in the book --------------------------------------------------------------------

@right(checks.shape_of_C)
def counted():
    height, width = conv_output_size((20, 30), 5, stride=2, padding=2)
    return 8 * height * width, 3 * 20 * 30, 3 * 5 * 5


@right(checks.shape_of_C)
def of_the_matrix_itself():
    C = conv_matrix(torch.ones(8, 3, 5, 5), (20, 30), stride=2, padding=2)
    return [*C.shape, C.crow_indices().diff().max()]


right(checks.shape_of_C)(lambda: torch.tensor([1200.0, 1800.0, 75.0]))
right(checks.shape_of_C)(lambda: torch.tensor([1200, 1800, 75], dtype=torch.int32))


def patches(x, y):
    return F.unfold(x[None, None], [a - b + 1 for a, b in zip(x.shape, y.shape, strict=True)])[0].mT


@right(checks.find_bias)
def by_normal_equations(x, y):
    X = patches(x, y)
    X = torch.cat([torch.ones_like(X[:, :1]), X], 1)
    return torch.linalg.solve(X.mT @ X, X.mT @ y.flatten())[0]


@right(checks.find_bias)
def by_centred_least_squares(x, y):
    X = patches(x, y)
    w = torch.linalg.lstsq(X - X.mean(0), (y - y.mean()).flatten()[:, None]).solution[:, 0]
    return float(y.mean() - X.mean(0) @ w)


@right(checks.find_bias)
def by_qr(x, y):
    Q, R = torch.linalg.qr(torch.cat([patches(x, y), torch.ones(y.numel(), 1)], 1))
    return torch.linalg.solve_triangular(R, Q.mT @ y.reshape(-1, 1), upper=True)[-1]


def mirrored(p):
    return lambda x: F.pad(x[None], (p, p), mode="reflect")[0]


@right(checks.fold_back)
def by_autograd(z, p):
    return adjoint(mirrored(p), (len(z) - 2 * p,))(z)


@right(checks.fold_back)
def by_matrix(z, p):
    return as_matrix(mirrored(p), (len(z) - 2 * p,), dtype=z.dtype).mT @ z


@right(checks.fold_back)
def by_index(z, p):
    n = len(z) - 2 * p
    source = torch.nn.functional.pad(torch.arange(float(n))[None], (p, p), mode="reflect")[0].long()
    return torch.zeros(n).index_add(0, source, z)


@right(checks.find_bias)
def bias_by_least_squares(x, y):
    X = patches(x, y)
    X = torch.cat([X, torch.ones_like(X[:, :1])], dim=1)
    return torch.linalg.lstsq(X, y.flatten()[:, None]).solution[-1, 0]


@right(checks.fold_back)
def unmirror(z, p):
    n = len(z) - 2 * p
    x = z[p:p + n].clone()
    x[1:p + 1] += z[:p].flip(0)
    x[n - 1 - p:n - 1] += z[p + n:].flip(0)
    return x


# wrong answers, with words of the reply -------------------------------------------------------------------------------

wrong(checks.shape_of_C, "rows and columns are exchanged")(lambda: (1800, 1200, 75))
wrong(checks.shape_of_C, "rows of one channel")(lambda: (150, 1800, 75))
wrong(checks.shape_of_C, "columns of one channel")(lambda: (1200, 600, 75))
wrong(checks.shape_of_C, "all 3 channels")(lambda: (1200, 1800, 25))
wrong(checks.shape_of_C, "not to all 8")(lambda: (1200, 1800, 600))
wrong(checks.shape_of_C, "leaves out the stride")(lambda: (4800, 1800, 75))
wrong(checks.shape_of_C, "leaves out the padding")(lambda: (832, 1800, 75))
wrong(checks.shape_of_C, "rows: you predicted 1120, expected 1200")(lambda: (8 * 10 * 14, 1800, 75))
wrong(checks.shape_of_C, "off by up to")(lambda: (1200.01, 1800, 75))
wrong(checks.shape_of_C, "three numbers")(lambda: (1200, 1800))

@wrong(checks.find_bias, "fit both together")
def without_a_constant(x, y):
    X = patches(x, y)
    return (y.flatten() - X @ torch.linalg.lstsq(X, y.flatten()[:, None]).solution[:, 0]).mean()


@wrong(checks.find_bias, "an entry of the kernel")
def last_entry_of_the_kernel(x, y):
    X = patches(x, y)
    X = torch.cat([torch.ones_like(X[:, :1]), X], 1)
    return torch.linalg.lstsq(X, y.flatten()[:, None]).solution[-1, 0]


def folded(mode):
    return lambda z, p: adjoint(lambda x: F.pad(x[None], (p, p), mode=mode)[0], (len(z) - 2 * p,))(z)


@wrong(checks.fold_back, "your mirror stands at the edge")
def mirror_at_the_edge(z, p):
    x = z[p:-p].clone()
    x[:p] += z[:p].flip(0)
    x[-p:] += z[-p:].flip(0)
    return x


@wrong(checks.fold_back, "a mirror reverses it")
def not_mirrored(z, p):
    x = z[p:-p].clone()
    x[1:p + 1] += z[:p]
    x[len(x) - 1 - p:-1] += z[-p:]
    return x


@wrong(checks.fold_back, "gradients add up")
def averaged(z, p):
    return by_matrix(z, p) / by_matrix(torch.ones_like(z), p)


@wrong(checks.fold_back, "for n = 6, p = 2 pixel 3 gets")
def one_side_only(z, p):
    x = z[p:-p].clone()
    x[1:p + 1] += z[:p].flip(0)
    return x


@wrong(checks.fold_back, "for n = 6, p = 2 pixel 1 gets")
def other_side_only(z, p):
    return one_side_only(z.flip(0), p).flip(0)


wrong(checks.find_bias, "brightens it too")(lambda x, y: y.mean())
wrong(checks.find_bias, "adds up to 1")(lambda x, y: y.mean() - x.mean())
wrong(checks.find_bias, "sign turned")(lambda x, y: -by_normal_equations(x, y))
wrong(checks.find_bias, "expected one number")(lambda x, y: y - x[:y.shape[0], :y.shape[1]])
wrong(checks.find_bias, "the picture was made")(lambda x, y: 0)
wrong(checks.find_bias, "you found 0.7, expected 0.7314")(lambda x, y: round(float(by_normal_equations(x, y)), 1))
wrong(checks.find_bias, "you found 0.7314, off by up to")(lambda x, y: round(float(by_normal_equations(x, y)), 4))
wrong(checks.find_bias, "you found 0, expected -0.4129")(lambda x, y: by_normal_equations(x, y).clamp(min=0))


@wrong(checks.find_bias, "could not be used|raised")
def square_kernels_only(x, y):
    k = x.shape[0] - y.shape[0] + 1
    X = F.unfold(x[None, None], k)[0].mT
    return torch.linalg.lstsq(torch.cat([X, torch.ones_like(X[:, :1])], 1), y.flatten()[:, None]).solution[-1]


wrong(checks.fold_back, "cuts the frame off")(lambda z, p: z[p:-p])
wrong(checks.fold_back, "repeats the border pixel")(folded("replicate"))
wrong(checks.fold_back, "folds back circular padding")(folded("circular"))
wrong(checks.fold_back, "counted twice")(lambda z, p: by_matrix(z, p) + z[p:-p])
wrong(checks.fold_back, "goes back to the image")(lambda z, p: F.pad(z[None], (p, p), mode="reflect")[0])
