"""Makes first profiles with the newest model."""

import logging
import time
from datetime import datetime
from typing import Final, Protocol

from api.services import MakesProfiles
from personalization.domain.errors import DamagedSnapshotError
from personalization.domain.session import Session
from personalization.ports.decision_history import DecisionRecord

_LOGGER: Final = logging.getLogger(__name__)


class Refreshable(Protocol):
    """Something that can load a newer snapshot."""

    def refresh(self) -> bool:
        """Load it if there is one; return whether there was."""
        ...


class FirstProfiles:
    """Implements `MakesProfiles`, and looks for a newer snapshot at most once per period."""

    def __init__(self, maker: MakesProfiles, policy: Refreshable, every_seconds: float) -> None:
        """Take the maker, the policy it asks, and the period."""
        self._maker = maker
        self._policy = policy
        self._every_seconds = every_seconds
        self._looked_at = time.monotonic()

    def make(self, session: Session, now: datetime) -> DecisionRecord:
        """Return the decision and its profile; a damaged snapshot leaves the model as it is."""
        moment = time.monotonic()
        if moment - self._looked_at >= self._every_seconds:
            self._looked_at = moment
            try:
                self._policy.refresh()
            except DamagedSnapshotError as error:
                _LOGGER.warning("a snapshot was refused", extra={"fields": {"why": str(error)}})
        return self._maker.make(session, now)
