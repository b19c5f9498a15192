from datetime import datetime
from typing import Literal

import msgspec

from personalization.domain.asked import AskedKind, Strategy
from personalization.ports.decision_history import DecisionRecord


class DecisionSummary(msgspec.Struct, frozen=True):
    """One past decision: when, by what, and what it showed."""

    decision_id: str
    decided_at: datetime
    kind: Literal["profile", "row", "rank"]
    """What it is the answer to: the session's profile, a row of a page, or a list to order."""
    strategy: Strategy | None
    """The one that found a row's products; null for profiles and lists."""
    placements: list[str]
    version: int
    """The profile version that carried it."""
    active: bool
    live_weight: float
    base_policy: str
    policy_version: str
    generation_id: str | None
    product_ids: list[str]
    """The slate, in the order shown."""


class DecisionList(msgspec.Struct, frozen=True):
    """Past decisions of a session, newest first."""

    session_id: str
    decisions: list[DecisionSummary]


def decision_summary(record: DecisionRecord) -> DecisionSummary:
    decision, profile, asked = record.decision, record.profile, record.decision.asked
    return DecisionSummary(
        decision_id=decision.decision_id,
        decided_at=decision.decided_at,
        kind=asked.kind.value if asked else "profile",
        strategy=asked.strategy if asked and asked.kind is AskedKind.ROW else None,
        placements=[draw.placement for draw in decision.draws],
        version=profile.version,
        active=profile.active,
        live_weight=decision.live_weight,
        base_policy=decision.base_policy,
        policy_version=decision.policy_version,
        generation_id=decision.generation_id,
        product_ids=[slot.product_id for slot in decision.slate],
    )
