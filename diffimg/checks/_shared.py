"""What every exercise check does: try the reader's function and answer in one sentence that teaches."""

import functools
from collections.abc import Callable

import torch
from torch import Tensor


class NotYet(Exception):
    """The reader's answer is not right yet; the message says what to look at."""


def exercise(praise: str, hint: str):
    """Turn a function that tries a solution into a check that prints "correct: ..." or "not yet: ..."."""
    def decorate(attempt: Callable) -> Callable:
        @functools.wraps(attempt)
        def check(solution: Callable) -> None:
            try:
                attempt(_answering(solution, hint))
            except NotYet as reason:
                print(f"not yet: {reason}")
            except Exception as error:  # an answer that no check foresaw must not stop a notebook
                print(f"not yet: what came back could not be used ({type(error).__name__}: {error}). {hint}")
            else:
                print(f"correct: {praise}")
        return check
    return decorate


def _answering(solution: Callable, hint: str) -> Callable:
    """The solution, with None and exceptions turned into a sentence, and numbers into tensors."""
    name = getattr(solution, "__name__", "your function")

    def call(*args):
        try:
            answer = solution(*args)
        except Exception as error:
            raise NotYet(f"{name} raised {type(error).__name__}: {error}") from error
        if answer is None:
            raise NotYet(f"{name} returned None. {hint}")
        try:
            answer = torch.as_tensor(answer)
        except (TypeError, ValueError, RuntimeError) as error:
            raise NotYet(f"{name} returned {type(answer).__name__}, expected a tensor or a number. {hint}") from error
        return answer
    return call


def expect(condition: bool, sentence: str) -> None:
    """Stop the check with a sentence unless the condition holds."""
    if not condition:
        raise NotYet(sentence)


def recognise(answer: Tensor, mistakes: dict[str, Tensor]) -> None:
    """Stop the check with the sentence of the mistake whose result the answer is."""
    for sentence, wrong in mistakes.items():
        expect(not close(answer, wrong, _tolerance(answer)), sentence)


def same(answer: Tensor, expected: Tensor) -> bool:
    """Whether an answer is right, up to the rounding of its precision."""
    return close(answer, expected, _tolerance(answer))


def close(a, b, tolerance: float = 1e-12) -> bool:
    """Whether two tensors or numbers have one shape and differ nowhere by more than tolerance.

    Unlike torch.allclose this has no relative part, which would pass a formula that is wrong in the fifth digit.
    """
    a, b = torch.as_tensor(a), torch.as_tensor(b)
    return a.shape == b.shape and bool(((a - b).abs() <= tolerance).all())


def numbers(values: Tensor) -> str:
    """A few numbers for a sentence: 0.25, 1, -3.5."""
    return ", ".join(f"{value:.4g}" for value in torch.as_tensor(values).flatten().tolist())


def ramp(height: int, width: int, axis: str) -> Tensor:
    """(1, 1, height, width) whose value is its own column (axis "x") or row (axis "y")."""
    line = torch.arange(float(width)) if axis == "x" else torch.arange(float(height))[:, None]
    return line.expand(1, 1, height, width)


def _tolerance(answer: Tensor) -> float:
    return 1e-9 if answer.dtype == torch.float64 else 5e-5
