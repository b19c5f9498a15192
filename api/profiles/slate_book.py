"""The slates that this process has handed out lately: what impressions are judged by."""

from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from threading import Lock
from typing import Final

import msgspec

from personalization.domain.identifiers import DecisionId, ProductId, SessionId

BOOK_BYTES: Final = 32 * 2**20
"""Some 20,000 slates, half of them with tokens: minutes of a busy shop's pages."""
ENTRY_BYTES: Final = 600
"""What an entry takes beside its lines and its token."""

ONLY_THE_PAGE_HAS_IT: Final = ""
"""In place of a token that takes too much room to be remembered."""

Line = tuple[ProductId, int]
"""A product and its position; each placement has positions of its own."""


_LINES: Final = msgspec.msgpack.Decoder(tuple[Line, ...])


@dataclass(frozen=True, slots=True)
class HandedSlate:
    decision_id: DecisionId
    session_id: SessionId
    packed: bytes
    token: str | None = None
    """Of a decision that is written nowhere yet."""

    @classmethod
    def of(
        cls,
        decision_id: DecisionId,
        session_id: SessionId,
        lines: Iterable[Line],
        token: str | None = None,
    ) -> "HandedSlate":
        return cls(decision_id, session_id, msgspec.msgpack.encode(tuple(lines)), token)

    @property
    def lines(self) -> frozenset[Line]:
        return frozenset(_LINES.decode(self.packed))

    @property
    def cost(self) -> int:
        return ENTRY_BYTES + len(self.packed) + len(self.token or "")


class SlateBook:
    """Slates by decision, the least recently used leaving first; threads may share it."""

    def __init__(self, capacity_bytes: int = BOOK_BYTES) -> None:
        self._slates: OrderedDict[DecisionId, HandedSlate] = OrderedDict()
        self._unwritten: dict[SessionId, DecisionId] = {}
        """Session -> the newest of its decisions here that are written nowhere yet."""
        self._capacity_bytes = capacity_bytes
        self._bytes = 0
        self._lock = Lock()

    def put(self, slate: HandedSlate) -> None:
        """Remember a slate; of one that is known already, the first stays."""
        with self._lock:
            if slate.decision_id in self._slates:
                self._slates.move_to_end(slate.decision_id)
                return
            self._slates[slate.decision_id] = slate
            self._bytes += slate.cost
            if slate.token:
                self._unwritten[slate.session_id] = slate.decision_id
            while self._bytes > self._capacity_bytes:
                _, oldest = self._slates.popitem(last=False)
                self._bytes -= oldest.cost
                self._leave(oldest)

    def find(self, decision_id: DecisionId) -> HandedSlate | None:
        with self._lock:
            slate = self._slates.get(decision_id)
            if slate is not None:
                self._slates.move_to_end(decision_id)
            return slate

    def token_of(self, session_id: SessionId) -> str | None:
        """Return the token of the page that the session was shown last, if nothing is written."""
        with self._lock:
            decision_id = self._unwritten.get(session_id)
            slate = self._slates.get(decision_id) if decision_id is not None else None
            return slate.token if slate is not None else None

    def forget_token(self, decision_id: DecisionId) -> None:
        """Note that the decision is in the history now."""
        with self._lock:
            slate = self._slates.get(decision_id)
            if slate is not None and slate.token is not None:
                kept = self._slates[decision_id] = replace(slate, token=None)
                self._bytes += kept.cost - slate.cost
                self._leave(slate)

    def _leave(self, slate: HandedSlate) -> None:
        if self._unwritten.get(slate.session_id) == slate.decision_id:
            del self._unwritten[slate.session_id]
