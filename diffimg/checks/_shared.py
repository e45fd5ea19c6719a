"""What every exercise check does: try the reader's function and answer in one sentence that teaches."""

import functools
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor


class NotYet(Exception):
    """The reader's answer is not right yet; the message says what to look at."""


def exercise(praise: str, hint: str):
    """Turn a function that tries a solution into a check that prints "correct: ..." or "not yet: ...".

    The check never raises. Its attribute `grade` does: an AssertionError that says what is not right yet.
    """
    def decorate(attempt: Callable) -> Callable:
        def mistake(solution: Any) -> str | None:
            """What is not right yet, in one line; None where nothing is."""
            try:
                attempt(_answering(solution if callable(solution) else _predicted(solution, hint), hint))
            except NotYet as reason:
                said = str(reason)
            except BaseException as error:  # an answer that no check foresaw must not stop a notebook
                said = f"what came back could not be used ({_named(error)}). {hint}"
            else:
                return None
            return " ".join(said.split())  # PyTorch's errors have several lines

        @functools.wraps(attempt)
        def check(solution: Any) -> None:
            wrong = mistake(solution)
            print(f"correct: {praise}" if wrong is None else f"not yet: {wrong}")

        def grade(solution: Any) -> None:
            if (wrong := mistake(solution)) is not None:
                raise AssertionError(wrong)

        check.grade = grade
        return check
    return decorate


def _predicted(numbers: Any, hint: str) -> Callable:
    """A prediction is numbers, not a function; the check calls it all the same."""
    def prediction():
        expect(numbers is not None, f"there is no prediction. {hint}")
        return numbers
    return prediction


def _named(error: BaseException) -> str:
    name = type(error).__name__
    try:
        return f"{name}: {error}" if str(error) else name
    except BaseException:  # an exception of the reader's own, whose words cannot be had
        return name


def _answering(solution: Callable, hint: str) -> Callable:
    """The solution, with None and exceptions turned into a sentence, and numbers into real tensors."""
    name = getattr(solution, "__name__", "your function")

    def call(*args):
        try:
            answer = solution(*args)
        except NotYet:
            raise
        except BaseException as error:  # sys.exit and an interrupt end the function, not the notebook
            raise NotYet(f"{name} raised {_named(error)}") from error
        if answer is None:
            raise NotYet(f"{name} returned None. {hint}")
        try:
            answer = torch.as_tensor(answer)
        except (TypeError, ValueError, RuntimeError) as error:
            raise NotYet(f"{name} returned {type(answer).__name__}, expected a tensor or a number. {hint}") from error
        exact = answer.is_floating_point() or answer.is_complex()
        return answer if exact else answer.to(torch.get_default_dtype())  # True counts as 1
    return call


def by_hand(solution: Callable) -> Callable:
    """The solution without autograd, which torch.enable_grad does not bring back."""
    def call(*args):
        with torch.inference_mode():
            return solution(*args)
    return call


def expect(condition: bool, sentence: str) -> None:
    """Stop the check with a sentence unless the condition holds."""
    if not condition:
        raise NotYet(sentence)


def recognise(answer: Tensor, mistakes: dict[str, Tensor]) -> None:
    """Stop the check with the sentence of the mistake whose result the answer is."""
    for sentence, wrong in mistakes.items():
        expect(not close(answer, wrong, _tolerance(answer, wrong)), sentence)


def same(answer: Tensor, expected: Tensor) -> bool:
    """Whether an answer is right, up to the rounding of the coarser of both precisions."""
    return close(answer, expected, _tolerance(answer, expected))


def close(a, b, tolerance: float = 1e-12) -> bool:
    """Whether two tensors or numbers have one shape and differ nowhere by more than tolerance.

    Unlike torch.allclose this has no relative part, which would pass a formula that is wrong in the fifth digit.
    """
    a, b = torch.as_tensor(a), torch.as_tensor(b)
    return a.shape == b.shape and bool(((a - b).abs() <= tolerance).all())


def numbers(values: Tensor) -> str:
    """A few numbers for a sentence: 0.25, 1, -3.5."""
    return ", ".join(f"{value:.4g}" for value in torch.as_tensor(values).flatten().tolist())


def told(answer: Tensor, expected: Tensor, came: str = "you returned") -> str:
    """ "you returned 1, 2, expected 1, 3"; where both would be printed alike, by how much they differ."""
    if answer.numel() > 8:  # the pixel that is furthest off
        place = int((answer - expected).abs().argmax())
        index = [int(i) for i in torch.unravel_index(torch.tensor(place), answer.shape)]
        return f"at {index} {told(answer.flatten()[place], expected.flatten()[place], came)}"
    if (said := numbers(answer)) != (wanted := numbers(expected)):
        return f"{came} {said}, expected {wanted}"
    return f"{came} {said}, off by up to {(answer - expected).abs().max():.1g}"


def ramp(height: int, width: int, axis: str) -> Tensor:
    """(1, 1, height, width) whose value is its own column (axis "x") or row (axis "y")."""
    line = torch.arange(float(width)) if axis == "x" else torch.arange(float(height))[:, None]
    return line.expand(1, 1, height, width)


def colours(height, width):
    """Three channels that differ."""
    x, y = ramp(height, width, "x"), ramp(height, width, "y")
    return torch.cat([(x + 10 * y).sin(), (2 * x + 3 * y).sin(), (5 * x + 0.7 * y).sin()], 1)


def crop_by_matrices(image, box, size):
    """The crop by two matrices, with border padding: no grid, no Theta."""
    def hat(start, stop, n_in, n_out):
        places = (start + (torch.arange(n_out) + 0.5) * (stop - start) / n_out - 0.5).clamp(0, n_in - 1)
        return (1 - (places[:, None] - torch.arange(n_in)).abs()).clamp(min=0)

    (x0, y0, x1, y1), (height, width) = box, image.shape[-2:]
    return hat(y0, y1, height, size[0]) @ image @ hat(x0, x1, width, size[1]).mT


def _tolerance(*values: Tensor) -> float:
    return 1e-9 if all(value.dtype == torch.float64 for value in values) else 5e-5
