from collections.abc import Sequence

from rich.table import Column, Table


def titled_table(
    title: str, texts: Sequence[str] = (), numbers: Sequence[str] = (), more: Sequence[str] = ()
) -> Table:
    """Return a table of columns of text, then of numbers (to the right), then of text again."""
    right = [Column(name, justify="right") for name in numbers]
    return Table(*texts, *right, *more, title=title, title_justify="left")
