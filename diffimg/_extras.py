"""What only some functions need, and how to get it."""

from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def extra(name: str, user: str) -> Iterator[None]:
    """Around an import of an optional package: where it is missing, say which line installs it."""
    try:
        yield
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError(
            f'{user} needs {error.name}, which is not installed: pip install ".[{name}]" in a clone of the book, or '
            f'pip install "diffimg-book[{name}] @ git+<address of the repository>"', name=error.name) from None
