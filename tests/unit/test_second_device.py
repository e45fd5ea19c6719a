"""Each public function with its inputs on the device, while the CPU is the default device: nothing leaves the device.

On a GPU (DIFFIMG_DEVICE=cuda), or on the pretended device of tests/rehearsal. Where there is no device but the CPU, the
folder's conftest leaves this file out.
"""

import pytest
import torch
from calls import CALLS, as_tuple
from torch.utils._python_dispatch import TorchDispatchMode

from diffimg import resample, tv
from diffimg.checks import close


@pytest.fixture(autouse=True)
def cpu_is_the_default(book_defaults):
    torch.set_default_device(None)


class CopiesToTheCpu(TorchDispatchMode):
    """Images that make a GPU wait, and may come back unseen; numbers, and which images are done, are read on purpose.

    Noted, not raised: the backward pass runs in another thread.
    """

    def __init__(self):
        super().__init__()
        self.shapes = []

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        result = func(*args, **(kwargs or {}))
        if func is torch.ops.aten._to_copy.default and args[0].device.type != "cpu" == result.device.type:
            self.shapes += [tuple(result.shape)] * result.is_floating_point()
        return result


def outcome(function, tensors):
    """Values of a call, and the gradients of all its differentiable inputs."""
    inputs = [t.detach().requires_grad_(t.is_floating_point()) for t in tensors]
    values = as_tuple(function(*inputs))
    slopes = [v for v in values if isinstance(v, torch.Tensor) and v.requires_grad]
    floating = [t for t in inputs if t.requires_grad]
    grads = torch.autograd.grad([v.sin().sum() for v in slopes], floating, allow_unused=True) if slopes else []
    return values, [g for g in grads if g is not None]


def check(function, tensors, device, tolerance=1e-9):
    expected = outcome(function, tensors)
    there = [t.to(device) for t in tensors]
    with CopiesToTheCpu() as copies:
        found = outcome(function, there)
    assert copies.shapes == [], "copied to the CPU"
    for ours, theirs in zip(expected, found, strict=True):
        for on_cpu, on_device in zip(ours, theirs, strict=True):
            if isinstance(on_device, torch.Tensor):
                assert on_device.device.type == device.type
                on_device = on_device.detach().cpu()
            assert close(on_device, on_cpu, tolerance)


@pytest.mark.parametrize("call", CALLS, ids=lambda call: call.name)
def test_values_and_gradients_are_those_of_the_cpu(call, device):
    check(call.function, call.tensors, device, max(call.rounding, 1e-9))


@pytest.mark.parametrize("call", CALLS, ids=lambda call: call.name)
def test_so_are_values_alone(call, device):
    """Without a gradient to record; denoise_tv then computes in place."""
    with torch.no_grad():
        check(call.function, call.tensors, device, max(call.rounding, 1e-9))


# That a fault is noticed ----------------------------------------------------------------------------------------------

PLANTED = {
    "the result on the CPU": lambda x: (2 * x).cpu(),
    "to the CPU and back": lambda x: (2 * x.cpu()).to(x.device),
    "a factor on the CPU": lambda x: x * torch.ones(3, device="cpu"),
    "a factor on the default device": lambda x: x * torch.ones(3),
    "through NumPy": lambda x: x + torch.as_tensor(x.detach().numpy()),
    "an index on the device into a table on the CPU": lambda x: torch.arange(5., device="cpu")[(x > 2).long()],
}


@pytest.mark.parametrize("planted", PLANTED.values(), ids=PLANTED)
def test_a_planted_fault_is_noticed(planted, device):
    with pytest.raises((AssertionError, RuntimeError, TypeError), match="CPU|cpu|device"):
        check(planted, [torch.rand(2, 3, device="cpu")], device)


@pytest.mark.parametrize("module, name, wrong", [
    (tv, "_gradient", lambda right, u, spacing: right(u.cpu(), spacing)),
    (tv, "_divergence", lambda right, p, spacing: right(p, spacing) * torch.ones(1, device="cpu")),
    (resample, "_picked", lambda right, x, taps: right(x.cpu(), taps).to(x.device)),
    (resample, "_resampled", lambda right, x, taps: right(x, taps) * torch.ones(1, device="cpu")),
    (resample, "_product", lambda right, *args: right(*(t.cpu() for t in args)).to(args[-1].device)),
])
def test_a_fault_planted_in_the_package_is_noticed(module, name, wrong, device, monkeypatch):
    right = getattr(module, name)
    monkeypatch.setattr(module, name, lambda *args: wrong(right, *args))
    noticed = []
    for call in CALLS:
        if call.public_name.startswith(module.__name__.split(".")[-1]):
            try:
                check(call.function, call.tensors, device)
            except (AssertionError, RuntimeError):
                noticed.append(call.name)
    assert noticed
