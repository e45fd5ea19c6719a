"""Every public function under everything that PyTorch does to functions, each against the plain call.

What PyTorch cannot do is written down once, with its reason, and shown by a table on the page of the package. It is
tried all the same: where it works one day, the test says so (XPASS).
"""

import copy
import io
import warnings

import numpy as np
import pytest
import torch
from calls import CALLS, FILTERS, as_tuple
from limits import LIMITS, WAYS
from torch import Tensor


class Module(torch.nn.Module):
    def __init__(self, function):
        super().__init__()
        self.function = function

    def forward(self, *tensors):
        return self.function(*tensors)


def results(call, tensors=None, function=None):
    """What the call returns, as a tuple."""
    return as_tuple((function or call.function)(*(call.tensors if tensors is None else tensors)))


def floating(call):
    return [k for k, tensor in enumerate(call.tensors) if tensor.is_floating_point()]


def agree(found, expected, tolerance=1e-9):
    for one, other in zip(as_tuple(found), as_tuple(expected), strict=True):
        one, other = torch.as_tensor(one), torch.as_tensor(other)
        assert one.shape == other.shape and one.dtype == other.dtype
        assert torch.allclose(one.double(), other.double(), rtol=0, atol=tolerance, equal_nan=True) if not (
            one.is_complex()) else torch.equal(one, other)


def of_floats(call):
    """The call as a function of its floating-point tensors alone, and these."""
    where = floating(call)

    def function(*tensors):
        all_of_them = list(call.tensors)
        for k, tensor in zip(where, tensors, strict=True):
            all_of_them[k] = tensor
        return tuple(out for out in results(call, all_of_them) if isinstance(out, Tensor) and out.is_floating_point())

    return function, tuple(call.tensors[k] for k in where)


def compiled(call):
    agree(torch.compile(call.function, fullgraph=True, backend="eager")(*call.tensors), results(call))


def exported(call):
    program = torch.export.export(Module(call.function), call.tensors, strict=False)
    agree(program.module()(*call.tensors), results(call))


def symbolic(call):
    """Height and width of all images are not known when the program is made, nor is the number of images."""
    auto = torch.export.Dim.AUTO
    shapes = {"tensors": tuple({0: auto, 2: auto, 3: auto} if t.ndim == 4 and t.is_floating_point() else {}
                               for t in call.tensors)}
    program = torch.export.export(Module(call.function), call.tensors, strict=False, dynamic_shapes=shapes)
    agree(program.module()(*call.tensors), results(call))


def onnx(call):
    import onnxruntime

    single = [t.float() if t.is_floating_point() else t for t in call.tensors]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        program = torch.onnx.export(Module(call.function), tuple(single), dynamo=True, verbose=False)
    file = io.BytesIO()
    program.save(file)
    session = onnxruntime.InferenceSession(file.getvalue())
    given = {argument.name: t.numpy() for argument, t in zip(session.get_inputs(), single, strict=True)}
    expected = results(call, single)
    agree(tuple(map(torch.tensor, session.run(None, given))), tuple(torch.as_tensor(out) for out in expected), 2e-5)


def batched(call):
    stacked = [torch.stack([t, t.flip(0) if t.is_floating_point() and t.ndim == 4 else t]) for t in call.tensors]
    found = as_tuple(torch.func.vmap(call.function)(*stacked))
    for k in (0, 1):
        agree(tuple(out[k] for out in found), results(call, [t[k] for t in stacked]))


def batched_backward(call):
    """Rows of a Jacobian at once, as torch.autograd.functional.jacobian(vectorize=True) finds them."""
    function, tensors = of_floats(call)
    leaves = [t.detach().clone().requires_grad_() for t in tensors]
    out = [y for y in function(*leaves) if y.requires_grad]
    if not out:
        pytest.skip("no gradient: the result is a constant")
    g = torch.stack([torch.ones_like(out[0]), 2 * torch.ones_like(out[0])])
    together = torch.autograd.grad(out[0], leaves, g, is_grads_batched=True, retain_graph=True, allow_unused=True)
    alone = torch.autograd.grad(out[0], leaves, g[1], allow_unused=True)
    agree(tuple(t[1] for t in together if t is not None), tuple(t for t in alone if t is not None))


def forward_mode(call):
    function, tensors = of_floats(call)
    if not tensors:
        pytest.skip("takes no floating-point tensor")
    ways = tuple(torch.cos(torch.arange(float(t.numel()), dtype=t.dtype)).reshape(t.shape) for t in tensors)
    _, expected = torch.autograd.functional.jvp(function, tensors, ways)
    agree(torch.func.jvp(function, tensors, ways)[1], expected, 1e-7)


def double_backward(call):
    function, tensors = of_floats(call)
    leaves = [t.detach().clone().requires_grad_() for t in tensors]
    loss = sum(y.pow(3).sum() for y in function(*leaves) if y.requires_grad)
    if not isinstance(loss, Tensor):
        pytest.skip("no gradient: the result is a constant")
    first = torch.autograd.grad(loss, leaves, create_graph=True, allow_unused=True)
    second = torch.autograd.grad(sum(g.square().sum() for g in first if g is not None), leaves, allow_unused=True)
    assert any(g is not None and g.isfinite().all() for g in second)


def autocast(call):
    single = [t.float() if t.is_floating_point() else t for t in call.tensors]
    expected = results(call, single)
    with torch.autocast("cpu", torch.bfloat16):
        found = results(call, single)
    agree(found, expected, 2e-6 * max(1, *(float(torch.as_tensor(out).double().abs().max()) for out in expected)))


def half(call):
    """The answer to the same numbers in double, to the precision of the result."""
    small = [t.bfloat16() if t.is_floating_point() else t for t in call.tensors]
    found = results(call, small)
    expected = results(call, [t.double() if t.is_floating_point() else t for t in small])
    for one, other in zip(found, expected, strict=True):
        if isinstance(one, Tensor) and one.is_floating_point():
            assert one.dtype in (torch.bfloat16, torch.float32)  # sums of many numbers stay in float32
            assert torch.allclose(one.double(), other, rtol=0.03, atol=0.03 * float(other.abs().max()))


def strided(call):
    """Tensors that lie in memory in another order, channels last among them."""
    def other(t):
        return t.mT.contiguous().mT if t.ndim in (2, 3) else t.contiguous(memory_format=torch.channels_last) if (
            t.ndim == 4) else t
    agree(results(call, list(map(other, call.tensors))), results(call), call.rounding)


def empty(call):
    """No image in the batch."""
    if call.tensors[0].ndim < 4 or call.tensors[0] is FILTERS:
        pytest.skip("takes no batch")
    batch = len(call.tensors[0])
    none = [t[:0] if t.ndim and len(t) == batch else t for t in call.tensors]
    expected = results(call)
    for found, one in zip(results(call, none), expected, strict=True):
        if isinstance(one, Tensor) and one.ndim:
            assert found.shape == (0, *one.shape[1:]) and found.dtype == one.dtype


def untouched(call):
    """Arguments are not written to, also when they are inference tensors."""
    before = copy.deepcopy(call.tensors)
    with torch.inference_mode():
        results(call, [t.clone() for t in call.tensors])
    results(call)
    assert all(torch.equal(t, old) for t, old in zip(call.tensors, before, strict=True))


def deterministic(call):
    expected = results(call)
    torch.use_deterministic_algorithms(True)
    try:
        agree(results(call), expected, 0.0)
    finally:
        torch.use_deterministic_algorithms(False)


TRIED = {"compile": compiled, "export": exported, "symbolic sizes": symbolic, "ONNX": onnx, "vmap": batched,
         "vmap of the backward pass": batched_backward, "forward mode": forward_mode,
         "double backward": double_backward, "autocast": autocast, "bfloat16": half, "other strides": strided,
         "empty batch": empty, "inference mode": untouched, "deterministic mode": deterministic}


# a program takes seconds to make: one call of each function stands for the others
ONCE = {"export", "ONNX"}
FIRST = {call.public_name: call for call in reversed(CALLS)}
CASES = [(call, way) for way in TRIED for call in CALLS if way not in ONCE or call is FIRST[call.public_name]]


def test_every_way_of_the_table_is_tried():
    assert list(TRIED) == list(WAYS)


@pytest.mark.parametrize("call, way", CASES, ids=lambda case: getattr(case, "name", case))
@pytest.mark.filterwarnings("ignore")
def test_the_result_is_that_of_the_plain_call(call, way, request):
    if reason := LIMITS.get((call.public_name, way)):
        request.applymarker(pytest.mark.xfail(reason=reason, strict=False))
    TRIED[way](call)


# sizes ----------------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("integer", [np.int64, np.int32, np.uint8])
def test_sizes_may_be_numpys(integer):
    from diffimg import conv, coords, crop, linear, resample, tv

    size = (integer(4), integer(5))
    image, box = torch.rand(1, 1, 6, 7), torch.tensor([-0.5, -0.5, 0.6, 0.7])
    agree(crop.crop(image, box, size), crop.crop(image, box, (4, 5)))
    agree(crop.crop(image, box, size, antialias=True), crop.crop(image, box, (4, 5), antialias=True))
    agree(resample.resize(image, size), resample.resize(image, (4, 5)))
    agree(resample.resize(image, scale=np.float64(1.5)), resample.resize(image, scale=1.5))
    box_of_numbers = np.array([1.0, 2, 5, 6])
    agree(resample.resize(image, (2, 3), box=box_of_numbers), resample.resize(image, (2, 3), box=(1, 2, 5, 6)))
    agree(resample.resample_matrix(*size), resample.resample_matrix(4, 5))
    agree(resample.fourier_upsample(image, integer(2)), resample.fourier_upsample(image, 2))
    agree(coords.normalize_box(box, size), coords.normalize_box(box, (4, 5)))
    assert float(tv.TVLoss(np.float32(0.5))(image)) == float(tv.TVLoss(0.5)(image))
    agree(tv.denoise_tv(image, np.float64(0.1), tol=1e-2, max_iterations=integer(200)),
          tv.denoise_tv(image, 0.1, tol=1e-2, max_iterations=200))
    agree(tv.gradient(image, spacing=np.array([2, 1], integer)), tv.gradient(image, spacing=(2.0, 1.0)))
    agree(conv.insert_zeros(image, integer(2)), conv.insert_zeros(image, 2))
    agree(linear.as_matrix(lambda x: x, size), linear.as_matrix(lambda x: x, (4, 5)))
    assert conv.conv_output_size(integer(9), integer(3), stride=integer(2)) == 4
