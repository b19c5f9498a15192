"""How the columns of an import are read: decided by all values of all its files."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Protocol

from importers.readings.attributes import AttributeColumn
from importers.readings.column import Column
from importers.readings.ids import IdColumn
from importers.readings.kinds import ColumnKind, Names
from importers.readings.moments import MomentColumn
from importers.readings.numbers import DecimalSigns, NumberColumn
from importers.readings.options import FormatOptions
from importers.readings.prices import Prices
from importers.rejection import RowRejectedError
from importers.tables.table import Values, spellings


class Conventions(Protocol):
    """What a data set is known to have, where its files leave it open."""

    @property
    def currency(self) -> str: ...

    @property
    def decimal(self) -> str | None: ...


_MOST_SEEN = 100_000
"""Values of a column that are remembered as seen, some 10 MB."""
Convert = Callable[[Values], Values]


class ColumnReadings:
    """Looks at values first, then turns those of each row into what they mean."""

    def __init__(
        self,
        kinds: Mapping[Names, ColumnKind],
        spelled: Sequence[str],
        options: FormatOptions,
        *,
        known: Conventions,
        this_year: int,
    ) -> None:
        """Take how the first file spells its columns."""
        self._prices = Prices(options.currency, known.currency)
        self._decimal = known.decimal
        self._has_prices = ColumnKind.MONEY in kinds.values()
        self._columns: dict[Names, tuple[str, Column]] = {}
        for names, kind in kinds.items():
            name = spellings(spelled, [names])[0] or names[0]
            self._columns[names] = name, self._column(name, kind, options, this_year)

    def seer(self, columns: Sequence[str]) -> Callable[[Values], None]:
        """Return what takes a row with these columns into account."""
        places = self._places(columns)

        def see(values: Values) -> None:
            for place, column in places:
                column.see(values[place])

        return see

    def value_seer(self) -> Callable[[str, Sequence[object]], None]:
        """Return what takes values of a column into account, of which it has seen some before."""
        seen: dict[Column, set[object]] = {column: set() for _, column in self._columns.values()}

        def see(name: str, values: Sequence[object]) -> None:
            for _, column in self._places([name]):
                known = seen[column]
                if len(known) > _MOST_SEEN:
                    known.clear()
                for value in values:
                    if value not in known:
                        known.add(value)
                        column.see(value)

        return see

    def converter(self, columns: Sequence[str]) -> Convert:
        """Return what makes of a row's values what they mean; it may raise `RowRejectedError`."""
        places = self._places(columns)

        def convert(values: Values) -> Values:
            meant = list(values)
            for place, column in places:
                meant[place] = column.read(meant[place])
            return tuple(meant)

        return convert

    def reader(self, names: Names) -> Callable[[object], object]:
        """Return what makes of a value of one column what it means; it may raise as a converter."""
        _, column = self._columns[names]
        return column.read

    def product_of(self, columns: Sequence[str], values: Values) -> str | None:
        """Return the id of a feed's row, its first, whatever else is wrong with it."""
        for place, column in self._places(columns):
            if isinstance(column, IdColumn):
                with suppress(RowRejectedError):
                    return column.read(values[place])
                break
        return None

    def problems(self) -> list[str]:
        """Return the sentences by which the import is refused."""
        found = [column.problem() for _, column in self._columns.values()]
        if self._has_prices:
            found.append(self._prices.problem())
        return [problem for problem in found if problem is not None]

    def descriptions(self) -> dict[str, str]:
        """Return how each column is read, where there was a choice."""
        known = {
            name: reading
            for name, column in self._columns.values()
            if (reading := column.reading()) is not None
        }
        return known | ({"currency": self._prices.reading()} if self._has_prices else {})

    @property
    def currency(self) -> str | None:
        """The currency of all prices, where the files or an option name one."""
        return self._prices.currency

    def _column(
        self, name: str, kind: ColumnKind, options: FormatOptions, this_year: int
    ) -> Column:
        if kind is ColumnKind.ID:
            return IdColumn(name)
        if kind is ColumnKind.ATTRIBUTE:
            return AttributeColumn(name)
        if kind is ColumnKind.MOMENT:
            return MomentColumn(name, options.dates, this_year)
        prices = self._prices if kind is ColumnKind.MONEY else None
        signs = DecimalSigns(option=options.decimal, otherwise=self._decimal)
        return NumberColumn(name, kind, signs, prices)

    def _places(self, columns: Sequence[str]) -> list[tuple[int, Column]]:
        places = {name: place for place, name in enumerate(columns)}
        spelled = zip(spellings(columns, list(self._columns)), self._columns.values(), strict=True)
        return [(places[name], column) for name, (_, column) in spelled if name is not None]
