"""Sessions as lists of products in order, whole or as every prefix with what came next."""

import re
from collections.abc import Mapping, Sequence

from importers.loader import Loader, required_text
from importers.loaders.click_log import View, Views
from importers.loaders.file_order import FileOrder
from importers.readings.kinds import ColumnKind, Names
from importers.rejection import RowRejectedError
from importers.sink import ImportSink
from importers.tables import fields
from importers.tables.table import Values
from personalization.domain.identifiers import id_fault

NAME = "session_lists"
PREFIXES = "session_prefixes"
SESSION: Names = ("session_id", "session")
ITEMS: Names = ("items", "item_ids", "products")
PREFIX: Names = ("prefix",)
LABEL: Names = ("label", "target")
REQUIRED = (SESSION, ITEMS)
REQUIRED_PREFIXES = (PREFIX, LABEL)
_BETWEEN = re.compile(r"[\s,;|\[\]()'\"]+")
_NO_TIMES = "the lists have no times: the order of the file stands for them, 10 s from view to view"


class _FileOrderLoader(Loader):
    """What both kinds of lists share: made-up times, and views in the order of the file."""

    def __init__(self, dataset: str) -> None:
        super().__init__()
        self._views = Views(dataset)
        self._order = FileOrder()

    def put(self, session: str, products: Sequence[str], sink: ImportSink) -> None:
        for product in products:
            self._views.put(View(session, product), self._order.next(sink.last_event), sink)

    def finish(self, sink: ImportSink) -> None:
        self._views.finish(sink)
        sink.notes.append(_NO_TIMES)


class SessionListLoader(_FileOrderLoader):
    """A row is a session: its id and all of its products."""

    columns = REQUIRED
    kinds: Mapping[Names, ColumnKind] = {SESSION: ColumnKind.ID}

    def __init__(self) -> None:
        super().__init__(NAME)

    def take(self, values: Values, sink: ImportSink) -> None:
        session, items = self._select(values)
        self.put(required_text(session, "session"), products_of(items), sink)


class SessionPrefixLoader(_FileOrderLoader):
    """A row is a query: views so far, and the next. Prefixes of one session become that session.

    They stand behind each other, the longest first or last: a row that the one before continues,
    or that continues it, is of the same session.
    """

    columns = REQUIRED_PREFIXES
    kinds: Mapping[Names, ColumnKind] = {LABEL: ColumnKind.ID}

    def __init__(self) -> None:
        super().__init__(PREFIXES)
        self._sessions = self._rows = self._queries = 0
        self._longest: tuple[str, ...] = ()
        self._last: tuple[str, ...] = ()
        self._longest_first: bool | None = None
        """Unknown until the first session of several rows."""

    def take(self, values: Values, sink: ImportSink) -> None:
        prefix, label = self._select(values)
        views = (*products_of(prefix), required_text(label, "label"))
        self._rows += 1
        if self._longest_first is not False and views == self._last[:-1]:
            self._longest_first = True
        elif not self._longest_first and views[:-1] == self._last:
            self._longest_first = False
            self._longest = views
        else:
            self._flush(sink)
            self._longest = views
        self._last = views

    def finish(self, sink: ImportSink) -> None:
        self._flush(sink)
        super().finish(sink)
        if self._rows != self._queries:
            sink.notes.append(
                f"the file asks {self._rows:,} queries, every prefix of its sessions are"
                f" {self._queries:,}"
            )

    def _flush(self, sink: ImportSink) -> None:
        if self._longest:
            self._sessions += 1
            self._queries += len(self._longest) - 1
            self.put(str(self._sessions), self._longest, sink)


def products_of(value: object) -> list[str]:
    """Return the product ids of a list, or of a text that separates them by space or comma."""
    parts = value if isinstance(value, list) else _BETWEEN.split(str(fields.text(value) or ""))
    products = [name for part in parts if (name := fields.text(part)) is not None]
    if not products:
        raise RowRejectedError("empty value", "no products")
    for product in products:
        fault = id_fault(product)
        if fault is not None:
            raise RowRejectedError("not an id", f"product {fault}: {product[:40]!r}")
    return products
