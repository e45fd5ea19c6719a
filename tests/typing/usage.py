"""How diffimg is called, rightly and wrongly, read by mypy and never run.

A line that mypy must refuse carries an ignore with the error's name; where it refuses nothing, the unused ignore is
the error (`strict` has warn_unused_ignores).
"""

from typing import assert_type

import torch
from torch import Tensor

from diffimg import plot, setup
from diffimg.conv import bilinear_kernel, conv_matrix, conv_output_size, conv_transpose_output_size
from diffimg.coords import normalize_box, pixel_to_normalized
from diffimg.crop import crop
from diffimg.images import load, noise, psnr
from diffimg.linear import adjoint, as_matrix, dot_test, operator_norm
from diffimg.resample import cubic, resample_matrix, resize
from diffimg.tv import Certificate, TVLoss, denoise_tv, denoise_tv_vjp, divergence, gradient, total_variation

image, kernel = noise((1, 3, 32, 32), seed=0), torch.ones(3, 3, 3, 3)
flag = bool(image.sum() > 0)

# the result depends on an argument ------------------------------------------------------------------------------------

assert_type(denoise_tv(image, 0.1), Tensor)
assert_type(denoise_tv(image, torch.tensor(0.1), return_certificate=False), Tensor)
assert_type(denoise_tv(image, 0.1, return_certificate=True), tuple[Tensor, Certificate])
assert_type(denoise_tv(image, 0.1, return_certificate=flag), Tensor | tuple[Tensor, Certificate])
u, certificate = denoise_tv(image, 0.1, tol=1e-3, return_certificate=True)
assert_type(certificate.gap, Tensor)
assert_type(denoise_tv(image, 0.1, start=certificate.dual, spacing=[1.0, 2.0]), Tensor)
row, of_row = denoise_tv(image[0], torch.tensor(0.1), spacing=(1,), start=None, return_certificate=True)
grad_f, grad_weight = denoise_tv_vjp(image, 0.1, image, isotropic=flag, spacing=(1.0, 1.0), tol=1e-6)
assert_type(grad_weight, Tensor)

assert_type(conv_output_size(17, 5, stride=3, padding=2), int)
assert_type(conv_output_size((17, 16), 5, stride=3), tuple[int, int])
assert_type(conv_output_size(17, 5, stride=(3, 2)), int | tuple[int, int])
assert_type(conv_transpose_output_size(6, 5, stride=3, output_padding=1), int)
assert_type(conv_transpose_output_size((6, 6), 5, output_padding=(0, 1), stride=2), tuple[int, int])
height, width = conv_output_size((17, 16), 5)
either = 17 if flag else (17, 16)
assert_type(conv_output_size(either, 5), int | tuple[int, int])
torch.zeros(conv_output_size(17, 5))

gap = denoise_tv(image, 0.1).gap  # type: ignore[attr-defined]
denoise_tv(image, "0.1")  # type: ignore[call-overload]
denoise_tv(image, 0.1, spacing=1.0)  # type: ignore[call-overload]
denoise_tv(image, 0.1, start=certificate)  # type: ignore[call-overload]
denoise_tv_vjp(image, 0.1)  # type: ignore[call-arg]
denoise_tv_vjp(image, 0.1, image, return_certificate=True)  # type: ignore[call-arg]
gradient(image, (1.0, 1.0))  # type: ignore[call-arg]
height, width = conv_output_size(17, 5)  # type: ignore[misc]
conv_output_size(17.0, 5)  # type: ignore[call-overload]
conv_output_size((17, 16, 15), 5)  # type: ignore[arg-type]

# what everybody calls -------------------------------------------------------------------------------------------------

assert_type(setup(), torch.device)
assert_type(load("camera", size=(64, 96), gray=True), Tensor)
assert_type(psnr(image, image), float)
TVLoss(0.1, isotropic=True)(image)
TVLoss(torch.nn.Parameter(torch.tensor(0.1)), spacing=(1.0, 1.0, 1.0))(image)
assert_type(divergence(gradient(image, spacing=(2.0, 1.0)), spacing=(2.0, 1.0)), Tensor)
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

# a mode is one of a few words, a kernel one of them or a function that says how far it reaches ------------------------


class Tent:
    support = 1.0

    def __call__(self, t: Tensor) -> Tensor:
        return (1 - t.abs()).clamp(min=0)


def tent(t: Tensor) -> Tensor:
    return (1 - t.abs()).clamp(min=0)


boxes = normalize_box(torch.tensor([4.0, 4.0, 12.0, 12.0]), (32, 32))
assert_type(crop(image, boxes, (8, 8), mode="bicubic", padding_mode="zeros"), Tensor)
assert_type(resize(image, (16, 16), kernel="lanczos3", coordinates="half_pixel", edge="clamp", antialias=True), Tensor)
assert_type(resize(image, scale=0.5, kernel=Tent()), Tensor)
assert_type(resample_matrix(8, 4, kernel=cubic(-0.75), dtype=torch.float32), Tensor)
assert_type(pixel_to_normalized(0, 4), float)
assert_type(pixel_to_normalized(torch.arange(4.0), 4), Tensor)

crop(image, boxes, (8, 8), mode="bilinar")  # type: ignore[arg-type]
crop(image, boxes, (8, 8), padding_mode="edge")  # type: ignore[arg-type]
resize(image, (16, 16), kernel="bilinear")  # type: ignore[arg-type]
resize(image, (16, 16), coordinates="half-pixel")  # type: ignore[arg-type]
resize(image, (16, 16), edge="reflect")  # type: ignore[arg-type]
resize(image, (16, 16), kernel=tent)  # type: ignore[arg-type]
