"""The past is judged by the rounds that were learned: the history makes the learner's own model."""

import random
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from personalization.adapters.sqlite.decision_history import SqliteDecisionHistory
from personalization.adapters.sqlite.event_history import SqliteEventHistory
from personalization.adapters.sqlite.event_log import SqliteEventLog
from personalization.adapters.vowpal.model_parts import BASE
from personalization.adapters.vowpal.policy import VowpalLearner
from personalization.adapters.vowpal.snapshots import SnapshotFolder
from personalization.codec.json_codec import EVENT
from personalization.domain.event import Event
from personalization.domain.identifiers import ProductId
from personalization.learning.past_rounds import PastRounds, Period, attribute
from personalization.learning.rounds import learning_round
from personalization.policies.draws import draw_slate
from personalization.ports.event_log import Message
from personalization.ports.topics import USER_INTERACTIONS
from tests.builders.moments import NOON
from tests.builders.settable_clock import SettableClock
from tests.builders.shown_slate import ShownSlate
from tests.integration.realtime.test_learner import RULES, Traffic, a_run

SLATES = 60


def events_of(slates: list[ShownSlate]) -> list[Event]:
    """Return impressions, some purchases within the window and some after it, as received."""
    chance = random.Random(5)
    events = [slate.impression() for slate in slates]
    for slate in slates:
        for number, product in enumerate(slate.products):
            if chance.random() < 0.5:
                # Thousandths keep two events of a moment apart: their order is the log's.
                after = timedelta(seconds=chance.randrange(2, 200), milliseconds=number + 1)
                events.append(slate.checkout(product, after))
    return sorted(events, key=lambda event: (event.received_at, event.event_id))


def test_the_history_makes_the_model_that_the_learner_made(tmp_path: Path) -> None:
    slates = [
        ShownSlate.make(number, decided_at=NOON + timedelta(seconds=7 * number, microseconds=50))
        for number in range(SLATES)
    ]
    clock = SettableClock(NOON)
    with (
        closing(SqliteEventLog(tmp_path / "log.sqlite", 0, clock=clock)) as log,
        closing(SqliteDecisionHistory(tmp_path / "decisions.sqlite", 0)) as decisions,
        closing(SqliteEventHistory(tmp_path / "history.sqlite", 0)) as history,
    ):
        decisions.append([slate.record for slate in slates])
        events = events_of(slates)
        history.append(events)
        for event in events:
            clock.advance(event.received_at - clock.now())
            message = Message(event.session_id, EVENT.encode(event))
            log.publish(USER_INTERACTIONS, [message]).result(10)
        clock.advance(timedelta(hours=1))
        models = SnapshotFolder(tmp_path / "models")
        traffic = Traffic(log, decisions, tmp_path, 3 * SLATES)
        learner = a_run(traffic, tmp_path / "models").to_the_end()
        learned = models.load(learner.checkpoint())[BASE.name]

        past = PastRounds(history, decisions, RULES).read_outcomes(Period(), clock.now()).settled
        closed, _ = attribute(events, RULES, clock.now())
        found = decisions.read_many([position.decision_id for position in closed])
        again = VowpalLearner(None)
        again.learn(
            [
                learning_round(
                    found[position.decision_id].decision,
                    position.product_id,
                    position.outcome,
                    position.corrects,
                )
                for position in closed
            ]
        )

    assert learner.rounds == len(past) == 3 * SLATES
    assert learner.corrections == len(closed) - len(past) > 0
    assert len({position.outcome for position in past}) > 1
    assert again.dump() == learned


def test_neither_the_learner_nor_the_past_takes_a_pinned_position(tmp_path: Path) -> None:
    slates = [ShownSlate.make(number) for number in range(5)]
    pinned = []
    for other_slate in slates:
        decision = other_slate.decision
        pins = {("home", 1): ProductId("p4")}
        slate = draw_slate(decision.actions, decision.draws, decision.seed, pins)
        pinned.append(ShownSlate(replace(decision, slate=slate)))
    clock = SettableClock(NOON)
    with (
        closing(SqliteEventLog(tmp_path / "log.sqlite", 0, clock=clock)) as log,
        closing(SqliteDecisionHistory(tmp_path / "decisions.sqlite", 0)) as decisions,
        closing(SqliteEventHistory(tmp_path / "history.sqlite", 0)) as history,
    ):
        decisions.append([slate.record for slate in pinned])
        events = [slate.impression() for slate in pinned]
        history.append(events)
        clock.advance(timedelta(seconds=1))
        for event in events:
            message = Message(event.session_id, EVENT.encode(event))
            log.publish(USER_INTERACTIONS, [message]).result(10)
        clock.advance(timedelta(hours=1))
        traffic = Traffic(log, decisions, tmp_path, 15)
        learner = a_run(traffic, tmp_path / "models").to_the_end()
        past = PastRounds(history, decisions, RULES)
        shown = list(past.impressions(past.read_outcomes(Period(), clock.now()).settled))

    assert learner.rounds == len(shown) == 10
    assert "p4" not in {action.product_id for position in shown for action in position.remaining}
