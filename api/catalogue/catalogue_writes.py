"""What writes the catalogue for calls, and how many large writes there may be at once."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final, TypeVar

from api.errors import BUSY_WRITES, ProblemError
from api.http.blocking_calls import BlockingCalls
from personalization.audit.recording import Auditor
from personalization.catalogue.editing.category_editor import CategoryEditor
from personalization.catalogue.editing.product_write import ProductWrite
from personalization.domain.clock import Clock
from personalization.ports.catalogue import Catalogue

_SMALL_AT_ONCE: Final = 4

_Answer = TypeVar("_Answer")


class CatalogueWrites:
    def __init__(
        self, catalogue: Catalogue, auditor: Auditor, clock: Clock, large_bodies: int
    ) -> None:
        self._catalogue = catalogue
        self._auditor = auditor
        self._clock = clock
        self._places = large_bodies
        self._small = BlockingCalls(_SMALL_AT_ONCE)
        self.large = BlockingCalls(large_bodies)
        """Threads of their own: what a large write waits for keeps no other call from one."""
        self.categories = CategoryEditor(catalogue, auditor)

    def begin(self, author: str, action: str) -> ProductWrite:
        return ProductWrite(self._catalogue, self._auditor, self._clock, author, action)

    async def run(self, call: Callable[[], _Answer]) -> _Answer:
        """Run a small write, beside the event loop."""
        return await self._small.run(call)

    @contextmanager
    def place(self) -> Iterator[None]:
        """Hold one of the places of large writes; raises `ProblemError` where all are taken."""
        if not self._places:
            raise ProblemError(BUSY_WRITES, "Send the same again a little later.")
        self._places -= 1
        try:
            yield
        finally:
            self._places += 1
