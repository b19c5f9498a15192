import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Final, Protocol

from personalization.domain.clock import Throttle
from personalization.domain.errors import (
    DamagedSnapshotError,
    NoActiveGenerationError,
    StoreUnavailableError,
)
from personalization.domain.first_visit import FirstVisit
from personalization.domain.identifiers import SessionId
from personalization.domain.session import Session
from personalization.ports.decision_history import DecisionRecord
from personalization.ports.policy import Refreshable
from personalization.telemetry.metrics import STORE_FAILURES

_LOGGER: Final = logging.getLogger(__name__)


class MakesProfiles(Protocol):
    """Makes the profile of a session that has none yet, from priors."""

    def make(self, session: Session, now: datetime) -> tuple[DecisionRecord, FirstVisit]:
        """Return also what it is made again from; `NoActiveGenerationError` before any night."""


class ReadsAhead(MakesProfiles, Protocol):
    def look(self) -> None:
        """Look for a newer model, at most once per period."""

    def warm(self) -> None:
        """Read it, as far as the stores answer."""


class FirstProfiles:
    """Implements `MakesProfiles`, and looks for a newer snapshot at most once per period.

    While the priors do not answer, a visitor of a region whose lists were never read gets the
    profile of a visitor of no region: `warm` has read what that one needs.
    """

    def __init__(
        self,
        maker: MakesProfiles,
        policy: Refreshable,
        every_seconds: float,
        read_ahead: Callable[[], int],
    ) -> None:
        self._maker = maker
        self._policy = policy
        self._read_ahead = read_ahead
        self._due = Throttle(every_seconds, due_at_once=False)

    def make(self, session: Session, now: datetime) -> tuple[DecisionRecord, FirstVisit]:
        """Return the decision and its profile; a damaged snapshot leaves the model as it is."""
        self.look()
        try:
            return self._maker.make(session, now)
        except NoActiveGenerationError:
            raise
        except StoreUnavailableError:
            STORE_FAILURES.labels("priors").inc()
            return self._maker.make(replace(session, region=None), now)

    def look(self) -> None:
        if not self._due.due():
            return
        try:
            self._policy.refresh()
        except (DamagedSnapshotError, StoreUnavailableError) as error:
            _LOGGER.warning("no newer snapshot", extra={"fields": {"why": str(error)}})

    def warm(self) -> None:
        now = datetime.now(UTC)
        nobody = Session(session_id=SessionId(""), started_at=now, watermark=now)
        try:
            self._read_ahead()
            self._maker.make(nobody, now)
        except StoreUnavailableError as error:
            _LOGGER.info("nothing read ahead", extra={"fields": {"why": str(error)}})
