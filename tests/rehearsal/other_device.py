"""A second device, pretended: tensors that say they live on "other:0", and compute on the CPU.

This is a rehearsal and nothing more. It finds what would stand on the wrong device on a GPU; it says nothing of the
numbers, the memory or the speed of a GPU. Importing it is enough; a process cannot be rid of it again.

PyTorch's engine runs the backward pass of such a device in a thread of its own. What an operation raises there ends the
process, because the guard of the device is asked for a stream on the way out. gaps.py lists what cannot be carried.
"""

import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils.backend_registration import _DummyBackendModule, _setup_privateuseone_for_python_backend

aten = torch.ops.aten
MAY_CROSS = {aten._to_copy.default, aten.copy_.default}
INDEXING = {aten.index.Tensor, aten.index_put.default, aten.index_put_.default, aten._unsafe_index.Tensor,
            aten._index_put_impl_.default, aten._unsafe_index_put.default}


class _Backend(_DummyBackendModule):
    """What PyTorch asks of the module torch.other. From one seed it draws other numbers than the CPU, as a GPU does."""

    random_state = torch.Generator("cpu").manual_seed(1).get_state()

    def get_amp_supported_dtype(self) -> list[torch.dtype]:
        return [torch.float16, torch.bfloat16]

    def manual_seed_all(self, seed: int) -> None:
        self.random_state = torch.Generator("cpu").manual_seed(seed + 1).get_state()

    def drawn(self, func, args: tuple, kwargs: dict):
        state = torch.get_rng_state()
        torch.set_rng_state(self.random_state)
        result = func(*args, **kwargs)
        self.random_state = torch.get_rng_state()
        torch.set_rng_state(state)
        return result


_BACKEND = _Backend()
_setup_privateuseone_for_python_backend("other", backend_module=_BACKEND)
DEVICE = torch.device("other", 0)


class OtherTensor(torch.Tensor):
    """A tensor without memory of its own, which keeps the numbers in a tensor of the CPU."""

    @staticmethod
    def __new__(cls, inner: torch.Tensor):
        if inner.layout == torch.strided:
            inner = inner.resolve_conj().resolve_neg()  # the two bits would have to be set on the wrapper as well
            memory = {"strides": inner.stride(), "storage_offset": inner.storage_offset()}
        else:
            memory = {}  # a wrapper claims to be strided whatever it holds; layout below answers for a sparse one
        self = torch.Tensor._make_wrapper_subclass(cls, inner.shape, dtype=inner.dtype, device=DEVICE, **memory)
        self.inner = inner
        return self

    @classmethod
    def __torch_function__(cls, func, types, args=(), kwargs=None):
        """Sparse tensors pass below autograd, which would take them for strided ones; their gradients are lost."""
        reads_a_property = func.__name__ == "__get__" and func != torch.Tensor.mT.__get__
        if reads_a_property or not any(isinstance(t, cls) and t.layout != torch.strided for t in args):
            with torch._C.DisableTorchFunctionSubclass():  # results stay what __torch_dispatch__ made them
                return func(*args, **(kwargs or {}))
        return _computed(func, args, kwargs or {})

    @classmethod
    def __torch_dispatch__(cls, func, types, args=(), kwargs=None):
        return _computed(func, args, kwargs or {})

    @property
    def data(self):
        return OtherTensor(self.inner)  # what is written into it is not seen by autograd

    @data.setter
    def data(self, new: torch.Tensor) -> None:
        self.inner = new.inner

    layout = property(lambda self: self.inner.layout)
    is_sparse_csr = property(lambda self: self.inner.is_sparse_csr)

    def numpy(self, *, force: bool = False):
        if force:
            return self.inner.detach().numpy(force=True)
        raise TypeError(f"can't convert {DEVICE} device type tensor to numpy. Use Tensor.cpu() to copy the tensor to "
                        "host memory first.")

    def __array__(self, dtype=None, copy=None):
        return self.numpy()

    def tolist(self):
        return self.inner.tolist()

    def __format__(self, spec: str) -> str:
        return format(self.item(), spec) if self.ndim == 0 else object.__format__(self, spec)


OtherTensor.__name__ = "tensor"  # the word that repr begins with


class _Factories(TorchDispatchMode):
    """torch.zeros(3, device="other") has no argument whose class could take the call."""

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        return _computed(func, args, kwargs or {})


def _computed(func, args: tuple, kwargs: dict):
    """Compute on the CPU, and say of the result that it is where a GPU would have it."""
    into, given = args[:1], [t for t in _flat((args, kwargs)) if isinstance(t, torch.Tensor)]
    others = {id(t.inner): t for t in given if isinstance(t, OtherTensor)}
    device = kwargs.get("device")
    there = torch.device(device).type == DEVICE.type if device is not None else bool(others)
    if others and func not in MAY_CROSS:
        _refuse_mixed(func, args, given)
    if there:
        _refuse_what_cuda_lacks(kwargs)
    if not (others or there):
        return func(*args, **kwargs)
    if device is not None:
        kwargs = {**kwargs, "device": torch.device("cpu")}
    args, kwargs = _mapped(args, _inner), _mapped(kwargs, _inner)
    random = there and torch.Tag.nondeterministic_seeded in getattr(func, "tags", ())
    result = _BACKEND.drawn(func, args, kwargs) if random else func(*args, **kwargs)
    if func is aten.copy_.default:
        return into[0]
    # an operation in place gives back its argument, the same object
    return _mapped(result, lambda t: others[id(t)] if id(t) in others else OtherTensor(t)) if there else result


def _refuse_mixed(func, args: tuple, given: list[torch.Tensor]) -> None:
    """CUDA's rule: a number may come from the CPU, and indices into a tensor of the device; nothing else."""
    if func in INDEXING and isinstance(args[0], OtherTensor):
        given = [args[0], *(t for t in args[2:] if isinstance(t, torch.Tensor))]
    strays = [t for t in given if not isinstance(t, OtherTensor) and t.ndim > 0]
    if strays:
        raise RuntimeError(f"Expected all tensors to be on the same device, but found at least two devices, {DEVICE} "
                           f"and cpu! ({func}, {tuple(strays[0].shape)} on the CPU)")


def _refuse_what_cuda_lacks(kwargs: dict) -> None:
    if kwargs.get("generator") is not None:
        raise RuntimeError(f"Expected a {DEVICE.type!r} device type for generator but found 'cpu'")
    if kwargs.get("driver") not in (None, "gels"):
        raise RuntimeError("torch.linalg.lstsq: parameter `driver` should be one of (gels)")


def _inner(tensor: torch.Tensor) -> torch.Tensor:
    return tensor.inner if isinstance(tensor, OtherTensor) else tensor


def _flat(value):
    """All values in nested tuples, lists and dictionaries."""
    if isinstance(value, (tuple, list, dict)):
        for part in value.values() if isinstance(value, dict) else value:
            yield from _flat(part)
    else:
        yield value


def _mapped(value, f):
    """f of all tensors in nested tuples, lists and dictionaries."""
    if isinstance(value, torch.Tensor):
        return f(value)
    if isinstance(value, dict):
        return {key: _mapped(part, f) for key, part in value.items()}
    return type(value)(_mapped(part, f) for part in value) if isinstance(value, (tuple, list)) else value


# torch.tensor(numbers, device="other") makes them on the CPU, and moves them
torch._C._set_only_lift_cpu_tensors(True)
# module.to(device) sets the memory of its parameters anew, which a wrapper does not have; it is to exchange the objects
torch.__future__.set_swap_module_params_on_conversion(True)
# torch.tensor([a number on the device]) reads it where no class takes the call
_KERNELS = torch.library.Library("aten", "IMPL")
_KERNELS.impl("_local_scalar_dense", lambda tensor: tensor.inner.item(), "PrivateUse1")
# nothing is cast for this device, so autocast lets each operation pass
_AUTOCAST = torch.library.Library("_", "IMPL")
_AUTOCAST.fallback(torch.library.fallthrough_kernel, "AutocastPrivateUse1")
_Factories().__enter__()
