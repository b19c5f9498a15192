"""How many streams may be open: of a session, of an address, and in all."""

from collections import Counter
from typing import TypeVar

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
from personalization.telemetry.metrics import REQUESTS_REFUSED, STREAMS_OPEN

_Key = TypeVar("_Key", bound=str)
_ADVICE = "Close a page that is open elsewhere, or try again a little later."


class StreamLimits:
    """Lives on one event loop. A stream above a limit raises `ProblemError`."""

    def __init__(self, limits: HttpLimits) -> None:
        self.limits = limits
        self.places = 0
        self.of_address: Counter[str] = Counter()
        self.of_session: Counter[SessionId] = Counter()

    def take_place(self, host: str) -> "StreamPlace":
        """Count a stream before anything is read for it."""
        if self.places >= self.limits.streams:
            raise _refusal(STREAMS_OF_ALL, self.limits.streams)
        address = address_key(host)
        if self.of_address[address] >= self.limits.streams_per_address:
            raise _refusal(STREAMS_OF_ADDRESS, self.limits.streams_per_address)
        return StreamPlace(self, address)


class StreamPlace:
    """What one stream takes of the limits until it leaves."""

    __slots__ = ("_address", "_limits", "_session_id")

    def __init__(self, limits: StreamLimits, address: str) -> None:
        self._limits = limits
        self._address: str | None = address
        self._session_id: SessionId | None = None
        limits.places += 1
        limits.of_address[address] += 1

    def admit(self, session_id: SessionId) -> None:
        """Count it for its session, once its token has been seen: a stranger takes no place."""
        limits = self._limits
        if limits.of_session[session_id] >= limits.limits.streams_per_session:
            raise _refusal(STREAMS_OF_SESSION, limits.limits.streams_per_session)
        self._session_id = session_id
        limits.of_session[session_id] += 1
        STREAMS_OPEN.inc()

    def leave(self) -> None:
        """Give the place back; a second time changes nothing."""
        if self._address is not None:
            self._limits.places -= 1
            _take_one(self._limits.of_address, self._address)
        if self._session_id is not None:
            _take_one(self._limits.of_session, self._session_id)
            STREAMS_OPEN.dec()
        self._address = self._session_id = None


def _take_one(counts: Counter[_Key], key: _Key) -> None:
    counts[key] -= 1
    if not counts[key]:
        del counts[key]


def _refusal(kind: Kind, most: int) -> ProblemError:
    REQUESTS_REFUSED.labels(kind.slug).inc()
    return ProblemError(kind, f"{most} streams are open, as many as may be. {_ADVICE}")
