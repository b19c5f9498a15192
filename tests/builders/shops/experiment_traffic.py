"""Builds what an experiment's shoppers saw and did: decisions with exposures, and events."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from personalization.domain.decision import Exposure, Shadow
from personalization.domain.event import Event, EventType
from personalization.domain.identifiers import EventId, ProductId
from personalization.experiments.experiment import Experiment
from personalization.ports.decision_history import DecisionRecord
from tests.builders.event import an_event
from tests.builders.shown_slate import ShownSlate


@dataclass(frozen=True)
class Visit:
    """One session: its decision was seen, and maybe something came of it."""

    record: DecisionRecord
    events: Sequence[Event]


def a_visit(experiment: Experiment, number: int, at: datetime, *, clicks: bool) -> Visit:
    """Return a visit that is served as the experiment says, and clicks on the first slot."""
    slate = ShownSlate.make(number, decided_at=at)
    decision = slate.decision
    exposure = Exposure(
        experiment=experiment.experiment_id, arm=experiment.serving_arm(decision.session_id).name
    )
    shadow = Shadow(
        policy="greedy", policy_version="1", product_ids=slate.products,
        probabilities=tuple(slot.propensity for slot in decision.slate),
    )  # fmt: skip
    carried = replace(decision, exposures=(exposure,), shadows=(shadow,))
    events = [slate.impression()]
    if clicks:
        events.append(_click(slate, at + timedelta(seconds=3)))
    return Visit(DecisionRecord(carried, slate.record.profile), events)


def _click(slate: ShownSlate, at: datetime) -> Event:
    return an_event(
        event_id=EventId(f"{slate.decision.session_id}-click"),
        session_id=slate.decision.session_id,
        type=EventType.PRODUCT_VIEW,
        product_ids=(ProductId(slate.products[0]),),
        slots=(0,),
        decision_id=slate.decision.decision_id,
        occurred_at=at,
        received_at=at,
    )
