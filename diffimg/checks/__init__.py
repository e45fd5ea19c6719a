"""Checks of the exercises: each tries the reader's function and prints one sentence that teaches."""

from ._shared import close
from .antialiasing import box_rows, same_region
from .box_gradient import centre_log_gradient, gradient_of_box, repaired_crop
from .choosing_lambda import our_weight, slope_in_weight, sure_of_signal
from .conv_checkerboard import flat_kernel, start_transposed, times_read
from .conv_inverse import deblur_smooth, lost_part, strided_lucy
from .conv_matrix import find_bias, fold_back, one_kernel
from .conv_transposed import fit_size, ported, stamp
from .crop import crop_averaged, crop_box_in_pixels, mirror_box, undo_box
from .fitting import gauss_newton_step, numbers_of_box, rotated_matrix
from .images import edge_to_normalized, repeat_transposed, resize_keypoint
from .limits import fill_in, refit, stripe_contrast
from .matrices import average_transposed, fastest_step, shift_transposed
from .resample_aliasing import fourier_half_pixel, recover, seen_as
from .resample_interpolation import find_a, make_consistent, true_place
from .resample_learned import fit_skip, selection_matrix, unpool_mean
from .resample_rosetta import port_area, port_skimage, port_zoom
from .rof import dual_ascent, duality_gap, two_levels
from .superresolution import best_gains, bound_up_to, mirrored_box
from .total_variation import enlarged_weight, isotropic_without_nan, wrapped_transpose

__all__ = ["average_transposed", "best_gains", "bound_up_to", "box_rows", "centre_log_gradient", "close",
           "crop_averaged", "crop_box_in_pixels", "deblur_smooth", "dual_ascent", "duality_gap", "edge_to_normalized",
           "enlarged_weight", "fastest_step", "fill_in", "find_a", "find_bias", "fit_size", "fit_skip", "flat_kernel",
           "fold_back", "fourier_half_pixel", "gauss_newton_step", "gradient_of_box", "isotropic_without_nan",
           "lost_part", "make_consistent", "mirror_box", "mirrored_box", "numbers_of_box", "one_kernel", "our_weight",
           "port_area", "port_skimage", "port_zoom", "ported", "recover", "refit", "repaired_crop", "repeat_transposed",
           "resize_keypoint", "rotated_matrix", "same_region", "seen_as", "selection_matrix", "shift_transposed",
           "slope_in_weight", "stamp", "start_transposed", "strided_lucy", "stripe_contrast", "sure_of_signal",
           "times_read", "true_place", "two_levels", "undo_box", "unpool_mean", "wrapped_transpose"]
