"""What every source file looks like to a loader: columns and a stream of rows."""

from collections.abc import Callable, Iterator, Sequence
from operator import itemgetter
from typing import NamedTuple, Protocol

Values = tuple[object, ...]
"""One row in the order of the columns: text from text files, typed values from parquet."""


class TableRow(NamedTuple):
    """A row that has a value for each column."""

    number: int
    """The line in a text file (the header is line 1), the row (from 1) in parquet."""
    values: Values


class BrokenRow(NamedTuple):
    """A piece of the file that is not a row at all."""

    number: int
    reason: str
    detail: str
    raw: str


DAMAGED_FILE = "damaged file"
"""Reason of a broken row that stands for all that follows in the file."""


class Table(Protocol):
    """A file of rows that can be read from the start any number of times."""

    @property
    def name(self) -> str: ...

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns as the file spells them."""

    @property
    def columns_with_types(self) -> frozenset[str]:
        """The columns whose values the file itself has types for: nothing to find out."""

    def verify(self, columns: Sequence[str]) -> None:
        """Read what `rows` of few columns leaves out; raises `ImportRejectedError` for damage."""

    def problem(self) -> str | None:
        """Return why the file must not be imported, once `rows` has passed it; None if it may."""

    def rows(self, columns: Sequence[str] | None = None) -> Iterator[TableRow | BrokenRow]:
        """Yield the rows from the start, with all values or those of the named columns."""

    @property
    def fraction(self) -> float:
        """How much of the file the running `rows` has passed, 0 to 1."""


def column_key(name: str) -> str:
    """Return a column's name without case, spaces and signs, so that spellings meet."""
    return "".join(letter for letter in name.casefold() if letter.isalnum())


def spellings(columns: Sequence[str], wanted: Sequence[Sequence[str]]) -> list[str | None]:
    """Return how the file spells each wanted column (given by its known names), or None."""
    by_key = {column_key(name): name for name in columns}
    return [
        next((by_key[column_key(name)] for name in names if column_key(name) in by_key), None)
        for names in wanted
    ]


def present(columns: Sequence[str], wanted: Sequence[Sequence[str]]) -> list[str]:
    """Return the wanted columns that the file has, as it spells them."""
    return [name for name in spellings(columns, wanted) if name is not None]


def selector(columns: Sequence[str], wanted: Sequence[Sequence[str]]) -> Callable[[Values], Values]:
    """Return what picks the wanted columns, in order; a column the file lacks gives None.

    At least two columns must be wanted.
    """
    places = {name: place for place, name in enumerate(columns)}
    missing = len(columns)
    picked = [missing if name is None else places[name] for name in spellings(columns, wanted)]
    pick = itemgetter(*picked)
    if missing in picked:
        return lambda values: pick((*values, None))
    return pick
