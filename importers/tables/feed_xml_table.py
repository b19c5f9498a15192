"""Feeds of products as Google Merchant Center takes them: RSS 2.0 or Atom, read piece by piece.

https://support.google.com/merchants/answer/7052112 has the names; only those are columns.
"""

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, BinaryIO, Final
from xml.etree.ElementTree import ParseError

from importers.tables.table import DAMAGED_FILE, BrokenRow, TableRow
from importers.tables.text_stream import DAMAGED, TextStream
from personalization.domain.errors import ImportRejectedError

COLUMNS: Final = (
    "id", "title", "description", "link", "image_link", "additional_image_link", "availability",
    "availability_date", "expiration_date", "price", "sale_price", "sale_price_effective_date",
    "cost_of_goods_sold", "brand", "gtin", "mpn", "condition", "item_group_id", "color", "size",
    "size_type", "size_system", "gender", "age_group", "material", "pattern", "product_type",
    "google_product_category", "custom_label_0", "custom_label_1", "custom_label_2",
    "custom_label_3", "custom_label_4", "multipack", "is_bundle", "adult", "shipping_weight",
    "energy_efficiency_class", "quantity",
)  # fmt: skip
ITEM_CHARACTERS: Final = 1 << 20
"""Of one item; more is no product."""
_CHUNK: Final = 64 << 10
_SILENT_BYTES: Final = 4 << 20
"""So much without a tag or a piece of text is one endless tag, which the parser would hold."""
_LISTS: Final = frozenset({"additional_image_link"})
_MOST_VALUES: Final = 100
_ROOTS: Final = frozenset({"rss", "feed", "rdf"})
_ITEMS: Final = frozenset({"item", "entry"})
_GOOGLE: Final = "http://base.google.com/ns/1.0"
_NAMES: Final = {"summary": "description", "content": "description", "guid": "id"}

Item = tuple[int, Mapping[str, object]]


class FeedXmlTable:
    """One feed. It may have neither a document type nor entities of its own."""

    columns = COLUMNS
    columns_with_types: frozenset[str] = frozenset()

    def __init__(self, path: Path) -> None:
        """Read the root; raises `ImportRejectedError` where it is that of no feed."""
        self._path = path
        self.name = path.name
        self._size = max(1, path.stat().st_size)
        self._file: BinaryIO | None = None
        self._stream = TextStream(path, None)
        try:
            next(self._items(only_root=True), None)
        except (ParseError, *DAMAGED) as error:
            raise ImportRejectedError(f"{path.name} is damaged: {error}") from error

    def verify(self, _columns: Sequence[str]) -> None:
        """Do nothing: what is damaged shows in the rows."""

    def problem(self) -> None:
        """Return nothing: XML says its encoding itself."""

    @property
    def fraction(self) -> float:
        return 1.0 if self._file is None else min(1.0, self._file.tell() / self._size)

    def rows(self, columns: Sequence[str] | None = None) -> Iterator[TableRow | BrokenRow]:
        """Yield the items by the line on which they end; damage ends the rows."""
        wanted = self.columns if columns is None else tuple(columns)
        try:
            for number, values in self._items():
                yield TableRow(number, tuple(map(values.get, wanted)))
        except ParseError as error:
            yield BrokenRow(error.position[0], DAMAGED_FILE, str(error), "")
        except DAMAGED as error:
            yield BrokenRow(0, DAMAGED_FILE, str(error), "")

    def _items(self, *, only_root: bool = False) -> Iterator[Item]:
        from defusedxml.common import DefusedXmlException
        from defusedxml.ElementTree import DefusedXMLParser

        items = _Items(self.name)
        parser = DefusedXMLParser(target=items, forbid_dtd=True)
        items.line_of = lambda: parser.parser.CurrentLineNumber
        with self._path.open("rb") as file:
            self._file = file
            raw = self._stream.unpack(file)
            passed = 0
            try:
                while chunk := raw.read(_CHUNK):
                    passed += len(chunk)
                    self._stream.check(passed)
                    parser.feed(chunk)
                    items.check_progress(passed)
                    if only_root and items.has_root:
                        return
                    yield from items.take()
                parser.close()
            except DefusedXmlException as error:
                raise ImportRejectedError(
                    f"{self.name} has a document type or entities of its own, which no feed needs"
                    " (a page of HTML has them too). Nothing was imported."
                ) from error
            yield from items.take()
            self._file = None


class _Items:
    """What the parser tells: it holds one item at a time."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._ended: deque[Item] = deque()
        self._values: dict[str, Any] = {}
        self._told_by_google: set[str] = set()
        self._open: list[str] = []
        """The elements within the item, the item itself first; empty outside."""
        self._texts: list[str] = []
        self._characters = 0
        self._heard_at = self._heard = 0
        self.has_root = False
        self.line_of: Any = None

    def check_progress(self, passed: int) -> None:
        if self._heard:
            self._heard, self._heard_at = 0, passed
        elif passed - self._heard_at > _SILENT_BYTES:
            raise ImportRejectedError(f"{self._name} has a tag without an end: it is no feed.")

    def take(self) -> Iterator[Item]:
        while self._ended:
            yield self._ended.popleft()

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        self._heard = 1
        name = tag.rpartition("}")[2].casefold()
        if not self.has_root:
            self._check_root(name)
        elif self._open:
            self._open.append(name)
            self._texts.clear()
            if name == "link" and "href" in attributes and len(self._open) == len(("item", name)):
                self._keep(name, attributes["href"], of_google=False)
        elif name in _ITEMS:
            self._open, self._values, self._characters = [name], {}, 0
            self._told_by_google.clear()

    def data(self, text: str) -> None:
        self._heard = 1
        if self._open:
            self._characters += len(text)
            if self._characters > ITEM_CHARACTERS:
                raise ImportRejectedError(
                    f"{self._name}: the item before line {self.line_of()} has more than"
                    f" {ITEM_CHARACTERS:,} characters: it is no product. Nothing was imported."
                )
            self._texts.append(text)

    def end(self, tag: str) -> None:
        self._heard = 1
        if not self._open:
            return
        name = self._open.pop()
        if not self._open:
            self._ended.append((self.line_of(), self._values))
        elif len(self._open) == 1:
            self._keep(name, "".join(self._texts).strip(), of_google=_GOOGLE in tag)
        self._texts.clear()

    def close(self) -> None: ...

    def _keep(self, tag: str, text: str, *, of_google: bool) -> None:
        name = _NAMES.get(tag, tag)
        if not text:
            return
        if name in _LISTS:
            listed = self._values.setdefault(name, [])
            if len(listed) < _MOST_VALUES:
                listed.append(text)
        elif name not in self._values or (of_google and name not in self._told_by_google):
            self._values[name] = text
            if of_google:
                self._told_by_google.add(name)

    def _check_root(self, name: str) -> None:
        if name not in _ROOTS:
            raise ImportRejectedError(
                f"{self._name} is XML, but no feed: its root is <{name[:40]}>, not that of RSS 2.0"
                " (<rss>) or Atom (<feed>)."
            )
        self.has_root = True
