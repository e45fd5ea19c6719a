"""The first cell of a notebook."""

import matplotlib
import pytest
import torch

from diffimg import plot, setup


@pytest.fixture
def no_gpu(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)


def test_setup_makes_results_comparable(monkeypatch):
    monkeypatch.setenv("DIFFIMG_DEVICE", "cpu")
    torch.set_default_dtype(torch.float32)
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = True
    assert setup() == torch.device("cpu")
    assert torch.get_default_dtype() == torch.float64 and torch.zeros(1).device.type == "cpu"
    assert not torch.backends.cuda.matmul.allow_tf32 and not torch.backends.cudnn.allow_tf32


def test_setup_prints_four_decimals_and_never_powers_of_ten(monkeypatch):
    monkeypatch.setenv("DIFFIMG_DEVICE", "cpu")
    setup()
    assert repr(torch.tensor([1 / 3, 1e-9, 12345.0])) == "tensor([    0.3333,     0.0000, 12345.0000])"


def test_setup_gives_figures_the_style_of_the_book(monkeypatch):
    monkeypatch.setenv("DIFFIMG_DEVICE", "cpu")
    matplotlib.rcParams["axes.spines.top"] = True
    setup()
    assert matplotlib.rcParams["axes.spines.top"] is False
    assert matplotlib.rcParams["axes.prop_cycle"].by_key()["color"][0] == plot.BLUE


@pytest.mark.parametrize("value", [None, ""])
def test_without_a_wish_and_without_a_gpu_it_is_the_cpu(monkeypatch, no_gpu, value):
    monkeypatch.delenv("DIFFIMG_DEVICE", raising=False)
    if value is not None:
        monkeypatch.setenv("DIFFIMG_DEVICE", value)
    assert setup() == torch.device("cpu")


@pytest.mark.parametrize("wish", ["cuda", "cuda:1"])
def test_a_wish_for_a_gpu_where_there_is_none_is_an_error(monkeypatch, no_gpu, wish):
    monkeypatch.setenv("DIFFIMG_DEVICE", wish)
    with pytest.raises(RuntimeError, match=f"DIFFIMG_DEVICE is '{wish}'.*no CUDA GPU.*unset it"):
        setup()


def test_the_gpu_of_a_mac_is_refused_because_it_has_no_float64(monkeypatch):
    monkeypatch.setenv("DIFFIMG_DEVICE", "mps")
    with pytest.raises(RuntimeError, match="DIFFIMG_DEVICE is 'mps', which has no float64: use the CPU or a CUDA GPU"):
        setup()


def test_a_failed_setup_changes_nothing(monkeypatch, no_gpu):
    monkeypatch.setenv("DIFFIMG_DEVICE", "cuda")
    torch.set_default_dtype(torch.float32)
    with pytest.raises(RuntimeError):
        setup()
    assert torch.get_default_dtype() == torch.float32


def test_new_tensors_are_made_on_the_device_asked_for(monkeypatch, device):
    monkeypatch.setenv("DIFFIMG_DEVICE", str(device))
    assert setup() == device and torch.zeros(1).device.type == device.type
