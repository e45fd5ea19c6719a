"""Types that several modules name in their signatures."""

from typing import Literal, Protocol, TypeVar

import torch
from torch import Tensor

Device = torch.device | str | int | None  # what torch's own constructors take
Pair = int | tuple[int, int]  # one integer for both axes, or (height, width)
Two = tuple[int, int]
Pads = Pair | tuple[tuple[int, int], tuple[int, int]]  # on both sides alike, or ((top, bottom), (left, right))

Coordinate = TypeVar("Coordinate", float, Tensor)

Mode = Literal["bilinear", "bicubic", "nearest"]
PaddingMode = Literal["border", "zeros", "reflection"]
Coordinates = Literal["half_pixel", "align_corners", "asymmetric"]
Edge = Literal["clamp", "renormalize"]


class Kernel(Protocol):
    """A weight for each distance in pixels, which is 0 beyond the support."""

    @property
    def support(self) -> float: ...

    def __call__(self, t: Tensor, /) -> Tensor: ...
