"""Photographs, noise, blur and PSNR against Pillow, NumPy's Mersenne Twister, SciPy and scikit-image."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from scipy.ndimage import gaussian_filter
from skimage import data
from skimage.metrics import peak_signal_noise_ratio
from torch.autograd import gradcheck

from diffimg import images
from diffimg.linear import adjoint, dot_test

seeds = st.integers(0, 2**31)

SHAPES = {"astronaut": (3, 512, 512), "brick": (1, 512, 512), "camera": (1, 512, 512), "chelsea": (3, 300, 451),
          "coffee": (3, 400, 600), "coins": (1, 303, 384), "moon": (1, 512, 512), "page": (1, 191, 384),
          "rocket": (3, 427, 640), "text": (1, 172, 448)}


# load -----------------------------------------------------------------------------------------------------------------

def test_the_list_of_photographs_is_the_one_tested_here():
    assert set(images.PHOTOGRAPHS) == set(SHAPES)


@pytest.mark.parametrize("name", SHAPES)
def test_a_photograph_is_a_batch_of_one_between_zero_and_one(name):
    photo = images.load(name)
    assert photo.shape == (1, *SHAPES[name]) and photo.dtype == torch.float64
    assert photo.min() >= 0 and 0.5 < photo.max() <= 1
    stored = np.atleast_3d(getattr(data, name)())
    # to within a millionth of a gray level, channel by channel, for a permuted axis would pass a test of the mean
    assert np.abs(photo[0].permute(1, 2, 0).cpu().numpy() * 255 - stored).max() < 1e-6


@pytest.mark.parametrize("name", ["astronaut", "camera"])
def test_gray_is_the_weighted_sum_of_the_colours(name):
    colours = np.atleast_3d(data.astronaut() if name == "astronaut" else data.camera()) / 255
    weights = [0.2126, 0.7152, 0.0722] if colours.shape[-1] == 3 else [1.0]
    assert images.load(name, gray=True).shape == (1, 1, 512, 512)
    assert np.allclose(images.load(name, gray=True)[0, 0].cpu(), colours @ weights, rtol=0, atol=1e-12)


@pytest.mark.parametrize("size, region", [
    ((256, 512), (slice(128, 384), slice(None))), ((512, 128), (slice(None), slice(192, 320))),
    ((512, 512), (slice(None), slice(None)))])
def test_a_region_of_its_own_size_is_the_centred_slice(size, region):
    expected = images.load("camera")[..., region[0], region[1]]
    assert torch.allclose(images.load("camera", size=size), expected, rtol=0, atol=1e-12)


@pytest.mark.parametrize("name, size, cut", [
    ("camera", (64, 128), (0, 128, 512, 384)), ("coins", (101, 101), (40, 0, 343, 303)),
    ("chelsea", (100, 100), (75, 0, 375, 300))])
def test_a_smaller_photograph_is_the_centred_cut_resized_by_pillow_with_one_aspect(name, size, cut):
    photo = images.load(name, gray=True)[0, 0].cpu().numpy().astype(np.float32)
    expected = Image.fromarray(photo).crop(cut).resize(size[::-1], Image.Resampling.BILINEAR)
    assert np.allclose(images.load(name, size=size, gray=True)[0, 0].cpu(), np.asarray(expected), rtol=0, atol=1e-5)


def test_a_photograph_has_the_default_dtype():
    exact = images.load("coins", size=(30, 40))
    torch.set_default_dtype(torch.float32)
    assert images.load("coins").dtype == torch.float32
    assert torch.equal(images.load("coins", size=(30, 40)), exact.float())


@pytest.mark.parametrize("options", [{}, {"gray": True}, {"size": (512, 512)}])
def test_writing_into_a_photograph_does_not_change_the_next_one(options):
    before = images.load("camera", **options).clone()
    images.load("camera", **options).zero_()
    assert torch.equal(images.load("camera", **options), before)


@pytest.mark.parametrize("name, size, error, message", [
    ("lena", None, ValueError, "name is 'lena', expected one of 'astronaut', 'brick'"),
    ("camera", (64.0, 64), TypeError, r"size is \(64\.0, 64\), expected \(height, width\)"),
    ("camera", (0, 64), ValueError, r"size is \(0, 64\), expected at least one pixel"),
])
def test_load_names_what_is_wrong(name, size, error, message):
    with pytest.raises(error, match=message):
        images.load(name, size=size)


# noise ----------------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("seed", [0, 1, 12345])
def test_the_first_two_numbers_are_box_and_muller_on_the_mersenne_twister(seed):
    # Golden values would only say that nothing changed. These are derived: NumPy's MT19937 from the same seed gives
    # pairs of 32-bit words, the lower 53 bits of a pair a uniform number, and two of those two normal ones. (PyTorch
    # does this for fewer than 16 numbers; more are drawn by a vectorised routine.)
    words = [int(word) for word in np.random.RandomState(seed)._bit_generator.random_raw(4)]
    u, v = [((high << 32 | low) % 2**53) / 2**53 for high, low in (words[:2], words[2:])]
    radius = math.sqrt(-2 * math.log1p(-v))
    expected = [radius * math.cos(2 * math.pi * u), radius * math.sin(2 * math.pi * u)]
    assert images.noise((2,), seed=seed).tolist() == pytest.approx(expected, abs=1e-12)


def test_noise_is_the_same_in_float32_up_to_rounding():
    exact = images.noise((3, 40), seed=5)
    torch.set_default_dtype(torch.float32)
    assert images.noise((3, 40), seed=5).dtype == torch.float32
    assert torch.equal(images.noise((3, 40), seed=5), exact.float())


def test_noise_depends_on_the_seed_alone():
    first = images.noise((100,), seed=0)
    torch.manual_seed(99)
    assert torch.equal(images.noise((100,), seed=0), first)
    assert not torch.equal(images.noise((100,), seed=1), first)


def test_noise_leaves_the_global_generator_alone():
    before = torch.random.get_rng_state()
    images.noise((100,), seed=0)
    assert torch.equal(torch.random.get_rng_state(), before)


def test_noise_has_mean_zero_and_variance_one():
    drawn = images.noise((400, 500), seed=0)
    # five standard errors of each: 1 / sqrt(n) and sqrt(2 / n)
    assert drawn.shape == (400, 500) and abs(drawn.mean()) < 0.0112 and abs(drawn.var() - 1) < 0.0158


def test_noise_asks_for_a_seed():
    with pytest.raises(TypeError, match="seed"):
        images.noise((3,))


# blur -----------------------------------------------------------------------------------------------------------------

@given(h=st.integers(1, 12), w=st.integers(1, 12), sigma=st.floats(0, 5), seed=seeds)
def test_blur_is_the_gaussian_filter_of_scipy(h, w, sigma, seed):
    image = images.noise((2, 3, h, w), seed=seed)
    expected = torch.from_numpy(gaussian_filter(image.cpu().numpy(), (0, 0, sigma, sigma), mode="nearest", truncate=4))
    assert torch.allclose(images.blur(image, sigma).cpu(), expected, rtol=0, atol=1e-12)


def test_blur_of_a_dot_is_a_product_of_two_bells():
    dot = torch.zeros(1, 1, 21, 21)
    dot[..., 10, 10] = 1
    bell = torch.tensor([math.exp(-(t**2) / (2 * 1.5**2)) if abs(t) <= 6 else 0.0 for t in range(-10, 11)])
    bell = bell / bell.sum()
    assert torch.allclose(images.blur(dot, 1.5)[0, 0], bell[:, None] * bell, rtol=0, atol=1e-15)


def test_blur_with_sigma_zero_returns_the_images():
    image = images.noise((1, 1, 5, 6), seed=0)
    assert torch.equal(images.blur(image, 0), image)


def test_blur_keeps_constants_and_dtypes():
    for dtype, error in ((torch.float32, 1e-6), (torch.float64, 1e-14)):
        blurred = images.blur(torch.full((1, 2, 5, 6), 0.3, dtype=dtype), 2.0)
        assert blurred.dtype == dtype and (blurred - 0.3).abs().max() < error


def test_the_gradient_of_blur_is_its_transpose():
    shape = (2, 2, 4, 5)
    blur = lambda x: images.blur(x, 0.8)
    assert gradcheck(blur, images.noise(shape, seed=0).requires_grad_())
    assert dot_test(blur, adjoint(blur, shape), shape) < 1e-15


@pytest.mark.parametrize("image, sigma, error, message", [
    (torch.zeros(1, 1, 4, 4, dtype=torch.uint8), 1, TypeError, r"images is a uint8 tensor.*images\.float\(\) / 255"),
    (torch.zeros(4, 4), 1, ValueError, r"images has shape \(4, 4\), expected \(B, C, H, W\)"),
    (torch.zeros(1, 1, 4, 4), -1, ValueError, "sigma is -1, expected a finite number, zero or more"),
    (torch.zeros(1, 1, 4, 4), math.nan, ValueError, "sigma is nan, expected a finite number"),
    (torch.zeros(1, 1, 4, 4), math.inf, ValueError, "sigma is inf, expected a finite number"),
    (torch.zeros(1, 1, 4, 4), "1", TypeError, "sigma is '1', expected a number"),
    (torch.zeros(1, 1, 4, 4), torch.tensor(1.0), TypeError, "sigma is tensor.*expected a number"),
])
def test_blur_names_what_is_wrong(image, sigma, error, message):
    with pytest.raises(error, match=message):
        images.blur(image, sigma)


# psnr -----------------------------------------------------------------------------------------------------------------

@given(b=st.integers(1, 3), c=st.integers(1, 3), scale=st.floats(1e-3, 10), seed=seeds)
def test_psnr_is_the_one_of_scikit_image(b, c, scale, seed):
    u, v = scale * images.noise((b, c, 4, 5), seed=seed), images.noise((b, c, 4, 5), seed=seed + 1)
    expected = peak_signal_noise_ratio(v.cpu().numpy(), u.cpu().numpy(), data_range=1)
    assert images.psnr(u, v) == pytest.approx(expected, abs=1e-10)


@pytest.mark.parametrize("difference, decibels", [(1.0, 0), (0.1, 20), (0.01, 40), (10.0, -20), (0.0, math.inf)])
def test_psnr_of_a_constant_difference_is_known_by_heart(difference, decibels):
    reference = torch.full((1, 3, 4, 5), 0.25)
    assert images.psnr(reference + difference, reference) == pytest.approx(decibels, abs=1e-9)


@pytest.mark.filterwarnings("error")
def test_psnr_is_a_python_number_without_a_graph():
    torch.set_warn_always(True)  # else PyTorch warns once a process, perhaps in another test
    u = images.noise((1, 1, 4, 5), seed=0).requires_grad_()
    assert type(images.psnr(u, torch.zeros(1, 1, 4, 5))) is float


@pytest.mark.parametrize("bad, decibels", [(math.nan, math.nan), (math.inf, -math.inf)])
def test_a_diverged_image_does_not_get_a_perfect_psnr(bad, decibels):
    u = torch.tensor([0.5, bad])
    assert images.psnr(u, torch.tensor([0.5, 0.5])) == pytest.approx(decibels, nan_ok=True)


@pytest.mark.parametrize("u, reference, error, message", [
    (torch.zeros(2, 3), torch.zeros(3, 2), ValueError, r"u has shape \(2, 3\), reference \(3, 2\): expected the same"),
    (torch.zeros(3), torch.zeros(1, 3), ValueError, r"u has shape \(3,\), reference \(1, 3\)"),
    (torch.zeros(3, dtype=torch.uint8), torch.zeros(3), TypeError, r"u is a uint8 tensor.*u\.float\(\) / 255"),
    (torch.zeros(3), torch.zeros(3).int(), TypeError, r"reference is a torch\.int32 tensor.*reference\.float\(\)"),
])
def test_psnr_names_what_is_wrong(u, reference, error, message):
    with pytest.raises(error, match=message):
        images.psnr(u, reference)
