"""The formats that can be imported, told by the columns of a file."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from importers.loader import Loader
from importers.loaders import eshop2008
from importers.table import spelled


@dataclass(frozen=True, slots=True)
class DatasetFormat:
    """A public data set: its columns tell it, `make` gives its loader for a file."""

    name: str
    title: str
    required: Sequence[Sequence[str]]
    make: Callable[[Path], Loader]

    def matches(self, columns: Sequence[str]) -> bool:
        """Whether the columns hold everything the format needs."""
        return None not in spelled(columns, self.required)


FORMATS: tuple[DatasetFormat, ...] = (
    DatasetFormat(
        eshop2008.NAME,
        "UCI e-shop clothing 2008 (clicks)",
        eshop2008.REQUIRED,
        lambda _: eshop2008.Eshop2008Loader(),
    ),
)
