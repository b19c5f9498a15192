"""How many streams may be open: of a session, of an address, and in all."""

from collections import Counter
from collections.abc import Hashable, Iterator
from contextlib import contextmanager

from api.edge.addresses import address_key
from api.errors import (
    STREAMS_OF_ADDRESS,
    STREAMS_OF_ALL,
    STREAMS_OF_SESSION,
    Kind,
    ProblemError,
)
from personalization.domain.identifiers import SessionId
from personalization.settings.http_limits import HttpLimits
from personalization.telemetry.metrics import REQUESTS_REFUSED

_ADVICE = "Close a page that is open elsewhere, or try again a little later."


class StreamLimits:
    """Lives on one event loop. A stream above a limit raises `ProblemError`."""

    def __init__(self, limits: HttpLimits) -> None:
        self._limits = limits
        self._open = 0
        self._of: Counter[Hashable] = Counter()

    @contextmanager
    def of_address(self, host: str) -> Iterator[None]:
        """Count a stream before anything is read for it."""
        if self._open >= self._limits.streams:
            raise _refusal(STREAMS_OF_ALL, self._limits.streams)
        most = self._limits.streams_per_address
        with self._place(("address", address_key(host)), most, STREAMS_OF_ADDRESS):
            self._open += 1
            try:
                yield
            finally:
                self._open -= 1

    @contextmanager
    def of_session(self, session_id: SessionId) -> Iterator[None]:
        """Count a stream of a session, once its token has been seen: a stranger takes no place."""
        most = self._limits.streams_per_session
        with self._place(("session", session_id), most, STREAMS_OF_SESSION):
            yield

    @contextmanager
    def _place(self, key: Hashable, most: int, kind: Kind) -> Iterator[None]:
        if self._of[key] >= most:
            raise _refusal(kind, most)
        self._of[key] += 1
        try:
            yield
        finally:
            self._of[key] -= 1
            if not self._of[key]:
                del self._of[key]


def _refusal(kind: Kind, most: int) -> ProblemError:
    REQUESTS_REFUSED.labels(kind.slug).inc()
    return ProblemError(kind, f"{most} streams are open, as many as may be. {_ADVICE}")
