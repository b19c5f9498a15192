"""Writes embedded files anew from which somebody was erased.

What is deleted is overwritten. But where rows of a page had moved to another, SQLite left the bytes
of former copies in the page's free space, which no statement reaches.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from personalization.erasure.erasure_request import ErasureRequest, RequestBook
from personalization.erasure.store_eraser import Erased, ErasedPeople, ErasurePhase, StoreEraser
from personalization.settings.storage import StorageSettings

FREE_SPACE: Final = "free space of files"


@dataclass(slots=True)
class FreeSpace:
    """Of one night: each file is written anew once, however many requests there are."""

    storage: StorageSettings
    book: RequestBook
    rewrite: Callable[[Path], None]
    """Raises `StoreUnavailableError`, as where the disk has no room for it."""
    _written: set[Path] = field(init=False, default_factory=set)
    _was_judged: bool = field(init=False, default=False)

    def eraser(self) -> StoreEraser:
        return StoreEraser(FREE_SPACE, (), self._erase, ErasurePhase.NIGHT)

    def _erase(self, _: ErasedPeople) -> Erased:
        if not self._was_judged:
            for file in self._files_to_write():
                if file not in self._written:
                    self.rewrite(file)
                    self._written.add(file)
            self._was_judged = True
        return Erased(len(self._written))

    def _files_to_write(self) -> list[Path]:
        requests = map(self.book.read, self.book.open().night)
        stores = {store for request in requests for store in _left_traces(request)}
        files = (file for store in stores for file in self._files().get(store, ()))
        return sorted(file for file in set(files) if file.exists())

    def _files(self) -> Mapping[str, tuple[Path, ...]]:
        storage = self.storage
        return {
            # Keys of sealed records lie beside the people.
            "log": (storage.log_file, storage.people_file),
            "waiting events": (storage.waiting_file,),
            "history": (storage.history_file,),
            "decisions": (storage.decisions_file,),
            "claims": (storage.claims_file,),
            "people": (storage.people_file,),
        }


def _left_traces(request: ErasureRequest) -> frozenset[str]:
    """Return the stores in which there was something since its files were written anew."""
    written_at = max(
        (known.erased_at for known in request.stores if known.store == FREE_SPACE), default=None
    )
    return frozenset(
        known.store
        for known in request.stores
        if known.removed and (written_at is None or known.erased_at > written_at)
    )
