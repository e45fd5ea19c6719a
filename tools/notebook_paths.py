"""Print the paths of the notebooks in reading order, for the command line of pytest."""

import book

print(*(path.relative_to(book.ROOT) for path in book.notebooks()))
