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
            else:
                print(f"correct: {praise}")
        return check
    return decorate


def _answering(solution: Callable, hint: str) -> Callable:
    """The solution, with None and exceptions turned into a sentence."""
    name = getattr(solution, "__name__", "your function")

    def call(*args, **kwargs):
        try:
            answer = solution(*args, **kwargs)
        except Exception as error:
            raise NotYet(f"{name} raised {type(error).__name__}: {error}") from error
        if answer is None:
            raise NotYet(f"{name} returned None. {hint}")
        return answer
    return call


def expect(condition: bool, sentence: str) -> None:
    """Stop the check with a sentence unless the condition holds."""
    if not condition:
        raise NotYet(sentence)


def close(answer, expected, tolerance: float = 1e-9) -> bool:
    """Whether two tensors or numbers have one shape and agree."""
    answer, expected = torch.as_tensor(answer), torch.as_tensor(expected)
    return answer.shape == expected.shape and torch.allclose(
        answer.to(expected.dtype), expected, rtol=tolerance, atol=tolerance)


def ramp(height: int, width: int, axis: str) -> Tensor:
    """(1, 1, height, width) whose value is its own column (axis "x") or row (axis "y")."""
    line = torch.arange(float(width)) if axis == "x" else torch.arange(float(height))[:, None]
    return line.expand(1, 1, height, width)
