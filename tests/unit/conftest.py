"""Every test starts as a notebook of the book does (float64, one device) and leaves no trace in the process."""

import dataclasses
import os
import warnings

import hypothesis
import matplotlib
import pytest
import torch

matplotlib.use("Agg")

# The same examples in every run: a red test is red again when it is looked at. To search for new counterexamples:
# pytest tests/unit --hypothesis-profile=explore
hypothesis.settings.register_profile("ci", derandomize=True, deadline=None, max_examples=50)
hypothesis.settings.register_profile("explore", derandomize=False, deadline=None, max_examples=1000)
hypothesis.settings.load_profile("ci")


def pytest_addoption(parser):
    parser.addoption("--device", default=os.environ.get("DIFFIMG_DEVICE") or "cpu",
                     help="where the unit tests compute: cpu (default), cuda, cuda:1; also DIFFIMG_DEVICE")


def pytest_configure(config):
    device = torch.device(config.getoption("--device"))
    # A run that silently fell back to the CPU would report a GPU as tested.
    if device.type == "cuda" and not torch.cuda.is_available():
        raise pytest.UsageError(f"--device is {device}, but PyTorch sees no CUDA GPU")


def pytest_ignore_collect(collection_path, config):
    # It compares a device with the CPU, and would compare the CPU with itself.
    if collection_path.name == "test_second_device.py" and config.getoption("--device") == "cpu":
        return True


@pytest.fixture(scope="session")
def device(pytestconfig) -> torch.device:
    return torch.device(pytestconfig.getoption("--device"))


@pytest.fixture(autouse=True)
def book_defaults(device):
    threads, dtype, warn_always = torch.get_num_threads(), torch.get_default_dtype(), torch.is_warn_always_enabled()
    print_options = dataclasses.asdict(torch._tensor_str.PRINT_OPTS)
    tf32 = torch.backends.cuda.matmul.allow_tf32, torch.backends.cudnn.allow_tf32
    torch.set_num_threads(1)
    torch.set_default_dtype(torch.float64)
    torch.set_default_device(device if device.type != "cpu" else None)
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = False
    with matplotlib.rc_context(), warnings.catch_warnings():
        yield
    torch.set_num_threads(threads)
    torch.set_default_dtype(dtype)
    torch.set_default_device(None)
    torch.set_warn_always(warn_always)
    torch.set_printoptions(**print_options)
    torch.backends.cuda.matmul.allow_tf32, torch.backends.cudnn.allow_tf32 = tf32


@pytest.fixture
def keras():
    """On PyTorch and the CPU, where it is a referee."""
    os.environ.setdefault("KERAS_BACKEND", "torch")
    os.environ.setdefault("KERAS_TORCH_DEVICE", "cpu")
    keras = pytest.importorskip("keras")
    if keras.backend.backend() != "torch":
        pytest.skip("Keras runs on another backend")
    return keras
