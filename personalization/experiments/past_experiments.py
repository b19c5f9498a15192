"""Experiments measured over the histories, streaming: a day in chunks, decisions in handfuls."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

from personalization.domain.event import Event, EventType
from personalization.domain.identifiers import DecisionId, decided_at_of, is_made_up
from personalization.domain.shown_decision import ShownDecision
from personalization.experiments.experiment import Experiment, Unit
from personalization.experiments.measurement import ExposingDecision, Measurement
from personalization.experiments.order_prices import OrderPrices
from personalization.experiments.seen_slate import positions_of
from personalization.ports.catalogue import Catalogue
from personalization.ports.decision_history import DecisionHistory
from personalization.ports.event_history import CLOCK_SLACK, EventHistory
from personalization.settings.experiments import ExperimentSettings

DECISIONS_AT_ONCE = 200
"""Some 30 KB each."""

Exposing = Mapping[DecisionId, ExposingDecision]


@dataclass(frozen=True, slots=True)
class PastExperiments:
    history: EventHistory
    decisions: DecisionHistory
    catalogue: Catalogue
    settings: ExperimentSettings = field(default_factory=ExperimentSettings)

    def measure(self, experiment: Experiment, now: datetime) -> Measurement:
        measurement = Measurement(experiment)
        self.measure_into(measurement, now)
        return measurement

    def measure_into(self, measurement: Measurement, now: datetime) -> None:
        experiment = measurement.experiment
        orders = OrderPrices(self.catalogue, self.settings)
        for chunk in self._chunks(experiment, now):
            exposing = self._exposing(experiment, chunk)
            orders.read(chunk)
            measurement.made_up += sum(map(_is_made_up, chunk))
            # While this reads, shoppers go on: what is later than now belongs to the next look.
            for event in (event for event in chunk if event.occurred_at <= now):
                decision = exposing.get(event.decision_id) if event.decision_id else None
                measurement.take(orders.hold(event), decision, orders.micros)
        measurement.cut_orders += orders.cut
        measurement.finish(now)

    def _chunks(self, experiment: Experiment, now: datetime) -> Iterator[Sequence[Event]]:
        first, last = days_of(experiment, now)
        for day in self.history.days():
            if first <= day <= last:
                yield from self.history.read_day(day)

    def _exposing(self, experiment: Experiment, chunk: Sequence[Event]) -> Exposing:
        started_at = experiment.started_at - timedelta(milliseconds=1)
        seen = (event.decision_id for event in chunk if event.type is EventType.IMPRESSION)
        wanted = dict.fromkeys(key for key in seen if key is not None)
        ids = [key for key in wanted if (decided_at_of(key) or started_at) > started_at]
        found: dict[DecisionId, ExposingDecision] = {}
        for start in range(0, len(ids), DECISIONS_AT_ONCE):
            shown = self.decisions.read_slates(ids[start : start + DECISIONS_AT_ONCE])
            for decision_id, decision in shown.items():
                carried = exposing_decision(experiment, decision)
                if carried is not None:
                    found[decision_id] = carried
        return found


def _is_made_up(event: Event) -> bool:
    decision_id = event.decision_id if event.type is EventType.IMPRESSION else None
    return decision_id is not None and is_made_up(decision_id, event.received_at + CLOCK_SLACK)


def exposing_decision(experiment: Experiment, decision: ShownDecision) -> ExposingDecision | None:
    arms = {exposure.experiment: exposure.arm for exposure in decision.exposures}
    arm = arms.get(experiment.experiment_id)
    unit = decision.user_id if experiment.unit is Unit.USER else decision.session_id
    if arm is None or unit is None:
        return None
    return ExposingDecision(decision.session_id, unit, arm, positions_of(decision))


def days_of(experiment: Experiment, now: datetime) -> tuple[date, date]:
    """Return the first and the last day by UTC whose events may count."""
    last = now if experiment.ended_at is None else min(now, experiment.ended_at)
    return (
        (experiment.started_at - CLOCK_SLACK).astimezone(UTC).date(),
        (last + CLOCK_SLACK).astimezone(UTC).date(),
    )
