"""Checks of the exercises: each tries the reader's function and prints one sentence that teaches.

A chapter imports its own: `from diffimg.checks import crop_affine_matrix as checks`.
"""

from ._shared import close

__all__ = ["close"]
