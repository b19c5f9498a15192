"""Tells a session's own decisions, which profiles are made of, from those of rows and lists."""

from collections.abc import Sequence
from datetime import datetime

from personalization.domain.identifiers import SessionId
from personalization.ports.decision_history import DecisionHistory, DecisionRecord

LOOKS = 1, 20, 200
"""Decisions looked through, while what is wanted is not among them. Rows of a page come with every
view, and profiles of priors while the store of profiles is away; a fifth of a second at most."""


def is_own(record: DecisionRecord) -> bool:
    """Say whether its profile is the session's, and not the items of a row or list."""
    return record.decision.asked is None


def newest_with_own(
    decisions: DecisionHistory, session_id: SessionId, until: datetime, least_version: int = 0
) -> Sequence[DecisionRecord]:
    """Return a session's newest decisions, back to one of its own of such a version.

    That one is missing where none of the last `LOOKS` is.
    """
    found: Sequence[DecisionRecord] = ()
    for limit in LOOKS:
        found = decisions.list_session(session_id, until, limit)
        has_it = any(is_own(record) and record.profile.version >= least_version for record in found)
        if has_it or len(found) < limit:
            break
    return found


def decision_to_explain(
    decisions: DecisionHistory, session_id: SessionId, until: datetime
) -> DecisionRecord | None:
    """Return the session's newest own decision, or its newest row where a page had only rows."""
    found = newest_with_own(decisions, session_id, until)
    return next(filter(is_own, found), found[0] if found else None)
