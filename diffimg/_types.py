"""Types that several modules name in their signatures."""

import torch

Device = torch.device | str | int | None  # what torch's own constructors take
Pair = int | tuple[int, int]  # one integer for both axes, or (height, width)
