"""Columns by the names that a person gives them."""

from collections.abc import Iterator, Mapping, Sequence

from importers.tables.table import BrokenRow, Table, TableRow, column_key
from personalization.domain.errors import ImportRejectedError


class RenamedTable:
    """A table some of whose columns have the names that a format knows."""

    def __init__(self, table: Table, names: Mapping[str, str]) -> None:
        """Take known name -> the file's own; `ImportRejectedError` where the file lacks one."""
        own = {column_key(name): name for name in table.columns}
        new: dict[str, str] = {}
        for known, name in names.items():
            if column_key(name) not in own:
                raise ImportRejectedError(
                    f"{table.name} has no column {name!r}, but {', '.join(table.columns)[:500]}."
                )
            first = new.setdefault(own[column_key(name)], known)
            if first != known:
                raise ImportRejectedError(
                    f"The column {name!r} is mapped to both {first} and {known}: map it once."
                )
        taken = {column_key(known) for known in names}
        self._table = table
        self.columns = tuple(
            new.get(name) or (f"{name} (other)" if column_key(name) in taken else name)
            for name in table.columns
        )
        self._own = dict(zip(self.columns, table.columns, strict=True))

    @property
    def name(self) -> str:
        return self._table.name

    @property
    def columns_with_types(self) -> frozenset[str]:
        typed = self._table.columns_with_types
        return frozenset(name for name, own in self._own.items() if own in typed)

    @property
    def fraction(self) -> float:
        return self._table.fraction

    def verify(self, columns: Sequence[str]) -> None:
        self._table.verify([self._own[name] for name in columns])

    def problem(self) -> str | None:
        return self._table.problem()

    def rows(self, columns: Sequence[str] | None = None) -> Iterator[TableRow | BrokenRow]:
        own = None if columns is None else [self._own[name] for name in columns]
        return self._table.rows(own)
