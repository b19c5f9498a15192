"""Bodies that are taken as they come: what they may hold and take is not what others may."""

from collections.abc import Callable
from typing import Final

from uvicorn.protocols.http.httptools_impl import RequestResponseCycle

from personalization.settings.http_limits import HttpLimits

TAKES_LARGE_BODY: Final[str] = "fitting_room.takes_large_body"
"""An ASGI message before the start of an answer: its `body` is a `LargeBody`, whose request may go
on for as long as its parts come. To be sent only for a request whose sender has been checked."""
LEAST_SENT: Final = 16 * 1024
"""A client sends if this much comes within `body_seconds`."""


class LargeBody:
    """The body of a request that is read part by part."""

    def __init__(self) -> None:
        self._cycle: RequestResponseCycle | None = None
        self._on_taken: Callable[[int], None] | None = None
        self.comes_by_proxy = False
        """Proxies send no more of a body once its answer has begun."""
        self._came = 0
        self._ends = self._deadline = float("inf")

    def begin(
        self,
        cycle: RequestResponseCycle,
        on_taken: Callable[[int], None],
        *,
        comes_by_proxy: bool,
    ) -> None:
        self._cycle = cycle
        self._on_taken = on_taken
        self.comes_by_proxy = comes_by_proxy

    @property
    def is_cut(self) -> bool:
        """Whether the client is gone, so that nothing can be answered any more."""
        return self._cycle is not None and self._cycle.disconnected

    def take(self, size: int) -> None:
        """Count a part as read: from here on its memory is the reader's."""
        if self._on_taken is not None:
            self._on_taken(size)

    def deadline_after(self, size: int, now: float, limits: HttpLimits) -> float:
        """Return until when more of it has to come, now that a part came."""
        if self._ends == float("inf"):
            self._ends = now + limits.large_body_seconds
            self._came = LEAST_SENT
        self._came += size
        if self._came >= LEAST_SENT:
            self._came = 0
            self._deadline = min(now + limits.body_seconds, self._ends)
        return self._deadline
