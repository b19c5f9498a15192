"""The last profile of a session, out of the history of decisions."""

from dataclasses import dataclass
from datetime import datetime

from personalization.decisions.own_decisions import is_own, newest_with_own
from personalization.domain.identifiers import SessionId
from personalization.domain.profile import Profile
from personalization.ports.decision_history import DecisionHistory


@dataclass(frozen=True, slots=True)
class LastKnown:
    profile: Profile | None
    """The one of the highest version that may still be served; never that of a row."""
    version: int
    """The highest that anything says: a row names that of its moment."""


def find_last(decisions: DecisionHistory, session_id: SessionId, now: datetime) -> LastKnown:
    # Profiles of version 0 are made of priors alone: there may be one of events before them.
    records = newest_with_own(decisions, session_id, now, least_version=1)
    alive = [record for record in records if record.profile.expiry > now]
    own = [record.profile for record in alive if is_own(record)]
    # Of equal versions the newest: it was decided again after a crash, and so stored last.
    profile = max(own, key=lambda profile: profile.version, default=None)
    return LastKnown(profile, max((record.profile.version for record in alive), default=0))


def last_profile(
    decisions: DecisionHistory, session_id: SessionId, now: datetime
) -> Profile | None:
    """Return the session's profile of the highest version that may still be served."""
    return find_last(decisions, session_id, now).profile
