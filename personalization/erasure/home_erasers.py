"""Erasers for the files of a home folder that no port stands before."""

import csv
import os
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

from personalization.domain.identifiers import ShopUserId, UserId
from personalization.erasure.kept_tastes import begun_since
from personalization.erasure.store_eraser import (
    Erased,
    ErasedPeople,
    ErasurePhase,
    ProcessingRecord,
    StoreEraser,
    erase_nobody,
)
from personalization.erasure.taste_files import drop_tastes, generations_in
from personalization.priors import warehouse as names
from personalization.settings.storage import StorageSettings

ExportDays = Callable[[Sequence[date]], None]
"""Writes days of the tables of a warehouse again, from what the histories have."""
ShopIds = Callable[[Sequence[UserId]], Mapping[UserId, ShopUserId]]
"""Returns the shop's own ids of people, as lists have them."""
_SESSION: Final = "session_id"
_USER: Final = "user_id"
# A byte of a text is a letter of a word where Latin-1 has one.
_WORD: Final = re.compile(
    rb"[0-9A-Za-z_.@\-\xaa\xb2\xb3\xb5\xb9\xba\xbc-\xbe\xc0-\xd6\xd8-\xf6\xf8-\xff]+"
)
_DAY_FOLDER: Final = "date="


@dataclass(frozen=True, slots=True)
class HomeErasers:
    storage: StorageSettings
    export_days: ExportDays
    shop_ids: ShopIds

    def all(self) -> tuple[StoreEraser, ...]:
        return (
            self._imports_eraser(),
            self._warehouse_eraser(),
            self._tables_eraser(),
            self._lists_eraser(),
            StoreEraser(
                "logs",
                ("files/airflow/*", "files/alerts*.jsonl", "files/serve.log"),
                erase_nobody,
            ),
        )

    def _imports_eraser(self) -> StoreEraser:
        lines = (self.storage.held_out_file, self.storage.home / "import_rejected.jsonl")
        return StoreEraser(
            "imports",
            tuple(f"files/{file.name}" for file in lines),
            lambda subject: Erased(sum(_drop_lines(file, self._names(subject)) for file in lines)),
            record=ProcessingRecord(
                "sessions that an import held out, and rows that it refused",
                "traffic replay and evaluation",
                "measure",
                "90 days (`FITTING_ROOM_RETENTION_IMPORTS_DAYS`)",
            ),
        )

    def _warehouse_eraser(self) -> StoreEraser:
        return StoreEraser(
            "warehouse",
            ("files/warehouse/*",),
            self._erase_warehouse,
            ErasurePhase.NIGHT,
            record=ProcessingRecord(
                "copies of days of events, and what nights have counted of them",
                "nights count days once",
                "any of them; what is counted asks for learn",
                "as long as events",
            ),
        )

    def _tables_eraser(self) -> StoreEraser:
        return StoreEraser(
            "tables",
            ("files/tables/*",),
            self._erase_tables,
            ErasurePhase.NIGHT,
            record=ProcessingRecord(
                "events, decisions and profiles by day, for reports",
                "the shop's own analysts",
                "measure",
                "400 days (`FITTING_ROOM_RETENTION_TABLES_DAYS`)",
            ),
        )

    def _lists_eraser(self) -> StoreEraser:
        return StoreEraser(
            "e-mail lists",
            ("files/lists/*",),
            self._erase_lists,
            record=ProcessingRecord(
                "recommendations for people, by list",
                "e-mail",
                "personalize",
                "30 days (`FITTING_ROOM_RETENTION_LISTS_DAYS`)",
            ),
        )

    def _erase_warehouse(self, subject: ErasedPeople) -> Erased:
        """Say whether the night has left them out of its copy of the history.

        What it made of people by themselves is dropped.
        """
        warehouse = self.storage.warehouse
        found = _files_with(warehouse / "history", _SESSION, subject.sessions)
        if found:
            why = "the next night exports these days again"
            return Erased(0, f"{len(found)} days: {why}", waits=True)
        generations = warehouse / names.GENERATIONS_FOLDER
        removed = drop_tastes(generations, subject.users) if subject.users else 0
        if subject.visitors:
            spared = begun_since(generations_in(generations), subject.live_at)
            removed += drop_tastes(generations, subject.visitors, spared)
        return Erased(removed)

    def _erase_tables(self, subject: ErasedPeople) -> Erased:
        files = _files_with(self.storage.tables, _SESSION, subject.sessions)
        days = {
            date.fromisoformat(file.parent.name.removeprefix(_DAY_FOLDER))
            for file in files
            if file.parent.name.startswith(_DAY_FOLDER)
        }
        if days:
            self.export_days(sorted(days))
        return Erased(len(files))

    def _names(self, subject: ErasedPeople) -> frozenset[str]:
        """Return all ids by which a file may name them."""
        own = self.shop_ids(subject.users) if subject.users else {}
        return frozenset((*subject.sessions, *subject.users, *own.values()))

    def _erase_lists(self, subject: ErasedPeople) -> Erased:
        """Remove whole files: a list that was sent is of no use any more."""
        names = self._names(subject)
        removed = 0
        for file in sorted(self.storage.lists.rglob("*")):
            if file.is_file() and _holds(file, names):
                file.unlink()
                removed += 1
        return Erased(removed)


def _files_with(folder: Path, column: str, ids: Collection[str]) -> list[Path]:
    """Return the files whose column has one of the ids."""
    import pyarrow.dataset as ds  # Of the night: it takes a process 50 MB.

    wanted = list(ids)
    found = []
    for file in sorted(folder.rglob("*.parquet")) if wanted else ():
        table = ds.dataset(file)
        if column in table.schema.names:
            chosen = ds.field(column).isin(wanted)
            if table.count_rows(filter=chosen):
                found.append(file)
    return found


def _holds(file: Path, names: frozenset[str]) -> bool:
    """Say whether a file of a list names somebody: as a whole value, and not within another."""
    if file.suffix == ".parquet":
        import pyarrow.dataset as ds

        table = ds.dataset(file)
        columns = [name for name in (_SESSION, _USER) if name in table.schema.names]
        return any(table.count_rows(filter=ds.field(name).isin(list(names))) for name in columns)
    if file.suffix == ".csv":
        with file.open(newline="", encoding="utf-8", errors="replace") as rows:
            return any(not names.isdisjoint(row) for row in csv.reader(rows))
    wanted = _Words.of(names)
    with file.open("rb") as lines:
        return any(map(wanted.are_in, lines))


@dataclass(frozen=True, slots=True)
class _Words:
    """Ids as whole words, since a row that was refused is a text of its own."""

    whole: frozenset[bytes]
    """Those that are one word: any number of them costs a line the same."""
    odd: tuple[bytes, ...]

    @classmethod
    def of(cls, names: Collection[str]) -> "_Words":
        words = [name.encode() for name in names]
        whole = frozenset(word for word in words if _WORD.fullmatch(word))
        return cls(whole, tuple(word for word in words if word not in whole))

    def are_in(self, line: bytes) -> bool:
        if not self.whole.isdisjoint(_WORD.findall(line)):
            return True
        return any(name in line and _is_word_in(line, name) for name in self.odd)


def _is_word_in(line: bytes, name: bytes) -> bool:
    start = line.find(name)
    while start >= 0:
        end = start + len(name)
        if not _WORD.search(line[max(0, start - 1) : start] + line[end : end + 1]):
            return True
        start = line.find(name, start + 1)
    return False


def _drop_lines(file: Path, names: frozenset[str]) -> int:
    """Write a file of lines again without those that name somebody; return how many they were."""
    wanted = _Words.of(names)
    if not file.exists():
        return 0
    with file.open("rb") as before:
        if not any(map(wanted.are_in, before)):
            return 0
    unfinished = file.with_name(f".{file.name}.unfinished")
    dropped = 0
    with file.open("rb") as before, unfinished.open("wb") as after:
        for line in before:
            if wanted.are_in(line):
                dropped += 1
            else:
                after.write(line)
        after.flush()
        os.fsync(after.fileno())
    unfinished.rename(file)
    return dropped
