"""Checks of the exercises: each tries the reader's function and prints one sentence that teaches."""

from ._shared import close
from .antialiasing import box_rows, same_region
from .box_gradient import centre_log_gradient, gradient_of_box, repaired_crop
from .choosing_lambda import our_weight, slope_in_weight, sure_of_signal
from .crop import crop_averaged, crop_box_in_pixels, mirror_box, undo_box
from .fitting import gauss_newton_step, numbers_of_box, rotated_matrix
from .images import edge_to_normalized, repeat_transposed, resize_keypoint
from .limits import fill_in, refit, stripe_contrast
from .matrices import average_transposed, fastest_step, shift_transposed
from .rof import dual_ascent, duality_gap, two_levels
from .total_variation import enlarged_weight, isotropic_without_nan, wrapped_transpose

__all__ = ["average_transposed", "box_rows", "centre_log_gradient", "close", "crop_averaged", "crop_box_in_pixels",
           "dual_ascent", "duality_gap", "edge_to_normalized", "enlarged_weight", "fastest_step", "fill_in",
           "gauss_newton_step", "gradient_of_box", "isotropic_without_nan", "mirror_box", "numbers_of_box",
           "our_weight", "refit", "repaired_crop", "repeat_transposed", "resize_keypoint", "rotated_matrix",
           "same_region", "shift_transposed", "slope_in_weight", "stripe_contrast", "sure_of_signal", "two_levels",
           "undo_box", "wrapped_transpose"]
