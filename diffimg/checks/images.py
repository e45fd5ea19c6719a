"""Checks of the exercises in chapter "linear/images"."""

import torch
import torch.nn.functional as F

from ._shared import close, exercise, expect


@exercise(praise="edges 0 and N land on -1 and 1, and every pixel agrees with affine_grid.",
          hint="The left border of the image, e = 0, must land on -1, and the right border, e = N, on 1.")
def edge_to_normalized(solution):
    for n in (1, 4, 7):
        expect(close(solution(0, n), -1.0) and close(solution(n, n), 1.0),
               f"edge 0 went to {float(solution(0, n)):.4g} and edge {n} to {float(solution(n, n)):.4g}, expected -1 "
               "and 1; did you use the formula for centres?")
        centres = F.affine_grid(torch.eye(2, 3)[None], (1, 1, 1, n), align_corners=False)[0, 0, :, 0]
        expect(close(solution(torch.arange(n) + 0.5, n), centres),
               f"the borders are right, but with N = {n} the pixel centres differ from affine_grid's {centres.tolist()}")


@exercise(praise="the keypoint stays on the same content, for enlarging and for shrinking.",
          hint="Where is the centre of the image, index (N - 1) / 2, after the resize?")
def resize_keypoint(solution):
    for n, m in ((4, 8), (6, 15), (12, 4)):
        ramp = torch.arange(float(n))[None, None]
        resized = F.interpolate(ramp, size=m, mode="linear", align_corners=False)[0, 0]
        j = torch.arange(m)[(resized > 0) & (resized < n - 1)]
        found = torch.as_tensor(solution(resized[j], n, m))
        expect(close(found, j.to(found.dtype)),
               f"from {n} to {m} pixels, output pixel {int(j[0])} shows index {float(resized[j[0]]):.4g} of the input, "
               f"but that index was sent to {float(found[0]):.4g}; which ruler is scaled, edges or centres?")


@exercise(praise="copying forward is summing backward.",
          hint="Input pixel 0 was copied to outputs 0 and 1; which numbers come back to it?")
def repeat_transposed(solution):
    x = torch.arange(3.0).requires_grad_()
    y = torch.tensor([1.0, 2.0, 4.0, 8.0, 16.0, 32.0])
    x.repeat_interleave(2).backward(y)
    answer = solution(y)
    expect(torch.as_tensor(answer).shape == (3,), f"the result has shape {tuple(torch.as_tensor(answer).shape)}, "
           "expected (3,): the transpose goes back to the three pixels of the input")
    expect(close(answer, x.grad), f"for y = {y.tolist()} the backward pass gives {x.grad.tolist()}, your function "
           f"{torch.as_tensor(answer).tolist()}; nothing is averaged or dropped in a transpose")
