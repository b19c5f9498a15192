"""Taking a shop's own events a batch at a time, to the same end as row by row."""

from collections.abc import Callable, Mapping, Sequence
from operator import itemgetter
from typing import Any, Final, Protocol

import pyarrow as pa

from importers.loader import ReadsRowBatches
from importers.loaders.event_columns import PlainReadings, PlainRows, plain_rows
from importers.plausible_days import PlausibleDays
from importers.sink import ImportSink
from personalization.domain.identifiers import SessionId
from personalization.ports.plain_events import PlainEvents

COLUMN_NAMES: Final = (
    "session",
    "time",
    "kind",
    "product",
    "user",
    "quantity",
    "price",
    "order",
    "category",
    "region",
    "currency",
)
"""What the loader's columns are called here, in their order."""


class PlainLoader(Protocol):
    """What takes the rows of a batch in their order."""

    def take_plain(self, rows: PlainRows, batch: ReadsRowBatches, sink: ImportSink) -> None: ...


class PlainTaker:
    """Takes batches of a typed file of events."""

    def __init__(
        self,
        loader: PlainLoader,
        columns: Mapping[str, str],
        readings: PlainReadings,
        named: tuple[str, PlausibleDays],
    ) -> None:
        """Take how the file spells the columns, and the data set's name with its days."""
        self._loader, self._columns, self._readings = loader, columns, readings
        self._name, self._days = named

    def take(self, rows: ReadsRowBatches, sink: ImportSink) -> None:
        columns = {name: rows.batch.column(column) for name, column in self._columns.items()}
        try:
            plain = plain_rows(columns, self._readings, self._days, f"{self._name}/event")
        except pa.ArrowInvalid:
            # A moment that no unit can hold, or a text that is none: row by row it is told which.
            _take_each(rows, sink)
            return
        odd = [place for place, is_plain in enumerate(plain.is_plain) if not is_plain]
        rows.prepare(odd)
        # Of two events with one id the first stays, so what waits goes before them. An order has
        # the id of no plain event: its kind is a part of it.
        has_odd_events = any(plain.kinds[place] is not None for place in odd)
        if has_odd_events:
            sink.write_plain()
        self._loader.take_plain(plain, rows, sink)
        if has_odd_events:
            sink.write_plain()


def plain_events(
    rows: PlainRows,
    taken: Sequence[int],
    moments: Sequence[int],
    session_of: Callable[[str], SessionId],
) -> PlainEvents:
    """Return the rows at some places as events, with moments of their own."""
    pick = _picker(taken)
    names = pick(rows.sessions)
    sessions = {name: session_of(name) for name in set(names)}
    return PlainEvents(
        event_ids=pick(rows.event_ids),
        session_ids=[sessions[name] for name in names],
        types=pick(rows.kinds),
        occurred_us=moments,
        product_ids=pick(rows.products),
        category_ids=pick(rows.categories),
        regions=pick(rows.regions),
        user_ids=pick(rows.users),
    )


def _picker(places: Sequence[int]) -> Callable[[Sequence[Any]], Sequence[Any]]:
    if len(places) > 1:
        return itemgetter(*places)
    return lambda values: [values[place] for place in places]


def _take_each(rows: ReadsRowBatches, sink: ImportSink) -> None:
    sink.write_plain()
    places = range(rows.batch.num_rows)
    rows.prepare(places)
    for place in places:
        rows.take(place)
    sink.write_plain()
