"""Where the last part of the sessions begins, in a few bytes for each row."""

from array import array
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from pathlib import Path

import numpy as np

from importers.held_out import HeldOutSessions
from importers.sink import ImportSink
from personalization.domain.event import Event

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


class SessionStarts:
    """Collects the first moment of every session by a hash of its id."""

    def __init__(self) -> None:
        self._sessions = array("Q")
        self._moments = array("q")
        self._last: tuple[str, datetime] | None = None

    def see(self, session: str, moment: datetime) -> None:
        if self._last is not None and self._last[0] == session and moment >= self._last[1]:
            return
        self._last = session, moment
        digest = blake2b(session.encode(), digest_size=8).digest()
        self._sessions.append(int.from_bytes(digest, "big"))
        self._moments.append((moment - _EPOCH) // _MICROSECOND)

    def boundary(self, share: float) -> datetime | None:
        """Return when the last such share of the sessions starts, at least one; None for none.

        None too where no earlier session would be left to learn from.
        """
        starts = self._first_moments()
        if share <= 0 or len(starts) == 0:
            return None
        held_out = max(1, round(len(starts) * share))
        cut = starts[-held_out]
        if cut <= starts[0]:
            return None
        return _EPOCH + int(cut) * _MICROSECOND

    def _first_moments(self) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
        sessions = np.frombuffer(self._sessions, dtype=np.uint64)
        moments = np.frombuffer(self._moments, dtype=np.int64)
        order = np.lexsort((moments, sessions))
        first = np.ones(len(order), dtype=bool)
        first[1:] = np.diff(sessions[order]) != 0
        return np.sort(moments[order][first])


class SessionSurvey(ImportSink):
    """Keeps nothing of what it is given but when each session starts."""

    def __init__(self) -> None:
        super().__init__(None, HeldOutSessions(Path("survey"), None))
        self.starts = SessionStarts()

    def event(self, event: Event) -> None:
        super().event(event)
        self.starts.see(event.session_id, event.occurred_at)
