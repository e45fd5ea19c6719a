"""The formulas in diffimg/live/shared.js, against diffimg and PyTorch."""

import math
import random

import pytest
import torch
import torch.nn.functional as F

from diffimg import crop, plot, resample

MODES = {"zero": "constant", "repeat": "replicate", "wrap": "circular"}


@pytest.fixture(scope="module")
def shared(browser):
    """A function that evaluates an expression in the names of shared.js."""
    page = browser.new_page()
    text = (plot.LIVE / "shared.js").read_text(encoding="utf-8").replace("export ", "")
    page.goto("about:blank")
    page.add_script_tag(content=text)
    yield page.evaluate
    page.close()


def close(found, expected, tolerance=1e-12):
    found = torch.tensor(found, dtype=torch.float64)
    return found.shape == expected.shape and float((found - expected).abs().max()) < tolerance


@pytest.mark.parametrize("name, mine", [
    ("hat, support: 1", "linear"), ("keys(-0.5), support: 2", "cubic"),
    ("keys(-0.75), support: 2", resample.cubic(-0.75))])
def test_rows_of_a_resampling_are_those_of_resample_matrix(name, mine, shared):
    draw = random.Random(0)
    for _ in range(40):
        n, m, antialias = draw.randint(1, 24), draw.randint(1, 24), draw.random() < 0.5
        beyond = 0 if antialias else 3
        box = sorted(draw.uniform(-beyond, n + beyond) for _ in range(2)) if draw.random() < 0.5 else [0, n]
        coordinates = "half_pixel" if antialias or box != [0, n] else draw.choice(
            ["half_pixel", "align_corners", "asymmetric"])
        options = {"coordinates": coordinates, "antialias": antialias, "box": box}
        found = shared(f"options => resampleMatrix({n}, {m}, {{ kernel: {name}, ...options }})", options)
        del options["box"]
        expected = resample.resample_matrix(n, m, kernel=mine, **options, **({"box": box} if box != [0, n] else {}))
        assert close(found, expected, 1e-9), (n, m, options, box)


def test_the_matrix_of_a_convolution_is_that_of_pad_and_conv1d(shared):
    draw = random.Random(1)
    for _ in range(60):
        size, stride, border = draw.randint(1, 6), draw.randint(1, 3), draw.choice(list(MODES))
        n, padding = draw.randint(size, 12), draw.randint(0, size)
        kernel = [draw.uniform(-2, 2) for _ in range(size)]
        found = shared("([kernel, n, options]) => convMatrix(kernel, n, options)",
                       [kernel, n, {"stride": stride, "padding": padding, "border": border}])
        padded = F.pad(torch.eye(n, dtype=torch.float64)[:, None], (padding, padding), mode=MODES[border])
        expected = F.conv1d(padded, torch.tensor([[kernel]], dtype=torch.float64), stride=stride)[:, 0].T
        assert close(found, expected), (kernel, n, stride, padding, border)


def test_stamps_are_a_transposed_convolution(shared):
    draw = random.Random(2)
    for _ in range(40):
        sizes = [draw.randint(1, 4) for _ in range(4)]
        stride, padding = draw.randint(1, 3), draw.randint(0, min(sizes[2:]) // 2)
        more = draw.randint(0, stride - 1)
        image, kernel = (torch.rand(*size, dtype=torch.float64) for size in (sizes[:2], sizes[2:]))
        if min(F.conv_transpose2d(image[None, None], kernel[None, None], None, stride).shape[2:]) + more <= 2 * padding:
            continue
        found = shared("([image, kernel, options]) => stamp(image, kernel, options)", [
            image.tolist(), kernel.tolist(), {"stride": stride, "padding": padding, "outputPadding": more}])
        expected = F.conv_transpose2d(image[None, None], kernel[None, None], None, stride, padding, more)[0, 0]
        assert close(found, expected)


def test_theta_is_crop_matrix_and_products_are_products(shared):
    box = torch.tensor([-0.5, -0.25, 0.75, 1.5], dtype=torch.float64)
    assert close(shared("box => theta(box)", box.tolist()), crop.crop_matrix(box))
    A, B = torch.rand(3, 4, dtype=torch.float64), torch.rand(4, 2, dtype=torch.float64)
    assert close(shared("([A, B]) => product(A, B)", [A.tolist(), B.tolist()]), A @ B)
    assert close(shared("A => transpose(A)", A.tolist()), A.T)


def test_random_numbers_are_normal_and_the_same_everywhere(shared):
    values = torch.tensor(shared("normals(20000, 3)"))
    assert abs(values.mean()) < 0.03 and abs(values.std() - 1) < 0.03
    assert abs((values.abs() < 1).double().mean() - 0.6827) < 0.02
    assert shared("normals(3, 1)") == pytest.approx([1.4043387784152637, 1.2157546192705377, -0.5103768768108126])


@pytest.mark.parametrize("text, value", [("0.25", 0.25), ("-1", -1), ("−1.5", -1.5), (" 1/4 ", 0.25), ("0,5", 0.5)])
def test_what_is_typed_is_read(text, value, shared):
    assert shared("text => typed(text)", text) == value


@pytest.mark.parametrize("text", ["", " ", "a", "1/2/3", "1/", "--1", "0/0"])
def test_what_is_no_number_is_none(text, shared):
    assert math.isnan(shared("text => typed(text)", text))


@pytest.mark.parametrize("value, text", [(0.0625, "0.06"), (-0.25, "−0.25"), (12.34, "12.3"), (-0.001, "0.00"),
                                         (3, "3"), (9.996, "10.0"), (100.4, "100")])
def test_numbers_are_short_and_have_a_true_minus(value, text, shared):
    assert shared("value => short(value)", value) == text
