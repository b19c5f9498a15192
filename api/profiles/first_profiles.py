"""Makes first profiles with the newest model."""

import logging
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Final, Protocol

from api.services import MakesProfiles
from personalization.domain.errors import (
    DamagedSnapshotError,
    NoActiveGenerationError,
    StoreUnavailableError,
)
from personalization.domain.identifiers import SessionId
from personalization.domain.session import Session
from personalization.ports.decision_history import DecisionRecord
from personalization.telemetry.metrics import STORE_FAILURES

_LOGGER: Final = logging.getLogger(__name__)


class Refreshable(Protocol):
    """Something that can load a newer snapshot."""

    def refresh(self) -> bool:
        """Load it if there is one; return whether there was."""
        ...


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
        """Take the maker, the policy it asks, the period, and what reads the priors ahead."""
        self._maker = maker
        self._policy = policy
        self._read_ahead = read_ahead
        self._every_seconds = every_seconds
        self._looked_at = time.monotonic()

    def make(self, session: Session, now: datetime) -> DecisionRecord:
        """Return the decision and its profile; a damaged snapshot leaves the model as it is."""
        moment = time.monotonic()
        if moment - self._looked_at >= self._every_seconds:
            self._looked_at = moment
            self._refresh()
        try:
            return self._maker.make(session, now)
        except NoActiveGenerationError:
            raise
        except StoreUnavailableError:
            STORE_FAILURES.labels("priors").inc()
            return self._maker.make(replace(session, region=None), now)

    def warm(self) -> None:
        """Read ahead what a first visitor needs; without priors there is nothing to read."""
        now = datetime.now(UTC)
        nobody = Session(session_id=SessionId(""), started_at=now, watermark=now)
        try:
            self._read_ahead()
            self._maker.make(nobody, now)
        except StoreUnavailableError as error:
            _LOGGER.info("nothing read ahead", extra={"fields": {"why": str(error)}})

    def _refresh(self) -> None:
        try:
            self._policy.refresh()
        except (DamagedSnapshotError, StoreUnavailableError) as error:
            _LOGGER.warning("no newer snapshot", extra={"fields": {"why": str(error)}})
