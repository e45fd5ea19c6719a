"""Checks of the exercises: each tries the reader's function and prints one sentence that teaches."""

from ._shared import close
from .antialiasing import box_rows, same_region
from .crop import crop_averaged, crop_box_in_pixels, mirror_box, undo_box
from .images import edge_to_normalized, repeat_transposed, resize_keypoint
from .matrices import average_transposed, fastest_step, shift_transposed

__all__ = ["average_transposed", "box_rows", "close", "crop_averaged", "crop_box_in_pixels", "edge_to_normalized",
           "fastest_step", "mirror_box", "repeat_transposed", "resize_keypoint", "same_region", "shift_transposed",
           "undo_box"]
