"""The last profile of a session, out of the history of decisions."""

from datetime import datetime

from personalization.domain.identifiers import SessionId
from personalization.domain.profile import Profile
from personalization.ports.decision_history import DecisionHistory

LOOKED_THROUGH = 20
"""While the store of profiles is away, pages get profiles made of priors, each with a decision of
its own: so many of them may be newer than the last one made of events."""


def last_profile(
    decisions: DecisionHistory, session_id: SessionId, now: datetime
) -> Profile | None:
    """Return the session's profile of the highest version that may still be served."""
    records = decisions.list_session(session_id, now, 1)
    if records and records[0].profile.version == 0:
        records = decisions.list_session(session_id, now, LOOKED_THROUGH)
    # Of equal versions the newest: it was decided again after a crash, and so stored last.
    profiles = [record.profile for record in records if record.profile.expiry > now]
    return max(profiles, key=lambda profile: profile.version, default=None)
