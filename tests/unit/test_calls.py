"""The table of calls is complete, and each of its calls works."""

import inspect

import pytest
import torch
from calls import CALLS, WITHOUT, as_tuple

from diffimg import conv, coords, crop, images, linear, resample, tv

PUBLIC = {f"{module.__name__.split('.')[-1]}.{name}"
          for module in (linear, coords, crop, tv, conv, resample, images) for name, value in vars(module).items()
          if (inspect.isfunction(value) or inspect.isclass(value)) and value.__module__ == module.__name__
          and not name.startswith("_")}


def test_each_public_function_has_a_call():
    called = {call.public_name for call in CALLS}
    assert PUBLIC - called - set(WITHOUT) == set(), "write a call into tests/unit/calls.py, or why there is none"
    assert called | set(WITHOUT) <= PUBLIC, "tests/unit/calls.py names functions that are not there"


def test_calls_have_different_names():
    assert len({call.name for call in CALLS}) == len(CALLS)


@pytest.mark.parametrize("call", CALLS, ids=lambda call: call.name)
def test_each_call_gives_finite_numbers(call):
    torch.set_default_device(None)
    assert all(torch.as_tensor(value).isfinite().all() for value in as_tuple(call.function(*call.tensors)))
