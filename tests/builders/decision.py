"""Builds decisions."""

from dataclasses import replace
from typing import Any

from personalization.domain.context import CategoryAffinity, Context, Daypart, Season
from personalization.domain.decision import (
    Action,
    ActionSource,
    CategoryScore,
    Decision,
    Evidence,
    Frame,
    Ingredients,
    PriorTerm,
    Slot,
)
from personalization.domain.event import Device, EventType
from personalization.domain.identifiers import (
    CategoryId,
    DecisionId,
    EventId,
    GenerationId,
    ProductId,
    Region,
    SessionId,
)
from tests.builders.moments import NOON

_SHIRTS = CategoryId("shirts")
_FRAME = Frame(
    priors=(PriorTerm(name="popular", weight=1.0, total=1.0),), normaliser=1.0, scale=1.0
)
_INGREDIENTS = Ingredients(probability=1.0, cap=1.0, relevances=((0, 1.0),), strengths=((0, 1.0),))
_DECISION = Decision(
    decision_id=DecisionId("decision-1"),
    session_id=SessionId("session-1"),
    decided_at=NOON,
    context=Context(
        season=Season.SUMMER,
        daypart=Daypart.AFTERNOON,
        device=Device.MOBILE,
        region=Region("pl"),
        affinities=(CategoryAffinity(_SHIRTS, 1.0),),
        interaction_count=1,
    ),
    actions=(
        Action(
            product_id=ProductId("shirt-2"),
            category_id=_SHIRTS,
            sources=(ActionSource.AFFINITY, ActionSource.POPULAR),
            relevance=1.0,
            prior=1.0,
            score=1.0,
            ingredients=_INGREDIENTS,
        ),
    ),
    slate=(Slot(position=0, product_id=ProductId("shirt-2"), propensity=1.0, explored=False),),
    base_policy="epsilon_greedy",
    policy_version="1",
    generation_id=GenerationId("generation-1"),
    evidence=(
        Evidence(
            event_id=EventId("event-1"),
            type=EventType.PRODUCT_VIEW,
            subject="shirt-1",
            label="Blue linen shirt",
            reward=1.0,
            age=0,
            category_id=_SHIRTS,
        ),
    ),
    frame=_FRAME,
    evidence_amount=1.0,
    live_weight=0.25,
    categories=(CategoryScore(category_id=_SHIRTS, score=1.0, ingredients=_INGREDIENTS),),
    category_frame=_FRAME,
    seed=7,
)


def a_decision(**overrides: Any) -> Decision:
    """Return a decision over one shirt, with some fields replaced."""
    return replace(_DECISION, **overrides)
