"""Checks of the exercises: each tries the reader's function and prints one sentence that teaches.

A chapter imports its own: `from diffimg.checks import crop_affine_matrix as checks`. `checks.mirror_box(f)` prints and
never raises; `checks.mirror_box.grade(f)`, for those who grade, raises an AssertionError with the same words.
"""

from ._shared import close

__all__ = ["close"]
