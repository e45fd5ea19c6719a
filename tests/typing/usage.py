"""How diffimg is called, rightly and wrongly, read by mypy and never run.

A line that mypy must refuse carries an ignore with the error's name; where it refuses nothing, the unused ignore is
the error (`strict` has warn_unused_ignores).
"""

from typing import assert_type

import torch
from torch import Tensor

from diffimg import plot, setup
from diffimg.conv import bilinear_kernel, conv_matrix, conv_output_size, conv_transpose_output_size
from diffimg.images import load, noise, psnr
from diffimg.linear import adjoint, as_matrix, dot_test, operator_norm
from diffimg.tv import Certificate, TVLoss, denoise_tv, gradient, total_variation

image, kernel = noise((1, 3, 32, 32), seed=0), torch.ones(3, 3, 3, 3)
flag = bool(image.sum() > 0)

# the result depends on an argument ------------------------------------------------------------------------------------

assert_type(denoise_tv(image, 0.1), Tensor)
assert_type(denoise_tv(image, torch.tensor(0.1), return_certificate=False), Tensor)
assert_type(denoise_tv(image, 0.1, return_certificate=True), tuple[Tensor, Certificate])
assert_type(denoise_tv(image, 0.1, return_certificate=flag), Tensor | tuple[Tensor, Certificate])
u, certificate = denoise_tv(image, 0.1, tol=1e-3, return_certificate=True)
assert_type(certificate.gap, Tensor)

assert_type(conv_output_size(17, 5, stride=3, padding=2), int)
assert_type(conv_output_size((17, 16), 5, stride=3), tuple[int, int])
assert_type(conv_output_size(17, 5, stride=(3, 2)), tuple[int, int])
assert_type(conv_output_size(17, (5, 3), dilation=2), tuple[int, int])
assert_type(conv_transpose_output_size(6, 5, stride=3, output_padding=1), int)
assert_type(conv_transpose_output_size(6, 5, output_padding=(0, 1), stride=2), tuple[int, int])
height, width = conv_output_size((17, 16), 5)
torch.zeros(conv_output_size(17, 5))

gap = denoise_tv(image, 0.1).gap  # type: ignore[attr-defined]
u, certificate = denoise_tv(image, 0.1)  # type: ignore[assignment]
denoise_tv(image, "0.1")  # type: ignore[call-overload]
height, width = conv_output_size(17, 5)  # type: ignore[misc]
conv_output_size(17.0, 5)  # type: ignore[call-overload]
conv_output_size((17, 16, 15), 5)  # type: ignore[call-overload]

# what everybody calls -------------------------------------------------------------------------------------------------

assert_type(setup(), torch.device)
assert_type(load("camera", size=(64, 96), gray=True), Tensor)
assert_type(psnr(image, image), float)
TVLoss(0.1, isotropic=True)(image)
assert_type(total_variation(image, isotropic=flag), Tensor)
assert_type(conv_matrix(kernel, (32, 32), stride=2, padding=(1, 1)), Tensor)
assert_type(bilinear_kernel(2, 3, dtype=torch.float32, device="cpu"), Tensor)
assert_type(as_matrix(gradient, (1, 4, 4), device=torch.device("cpu")), Tensor)
assert_type(dot_test(gradient, adjoint(gradient, (1, 4, 4)), image.shape), float)
assert_type(operator_norm(lambda x: 3 * x, (4,)), float)
plot.show([image, image], alt="A sentence with numbers.", titles=["before", "after"], boxes=[None, torch.zeros(4)])

total_variation(image)  # type: ignore[call-arg]
bilinear_kernel(2, 3, dtype="float32")  # type: ignore[arg-type]
as_matrix(gradient, 16)  # type: ignore[arg-type]
operator_norm(lambda x: x.tolist(), (4,))  # type: ignore[arg-type, return-value]
plot.show(image)  # type: ignore[call-arg]
