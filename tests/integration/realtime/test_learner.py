"""What is learned is a function of the log: kills change nothing, and nothing counts twice."""

import random
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from hashlib import sha256
from pathlib import Path

import pytest
from prometheus_client import REGISTRY

from personalization.adapters.sqlite.decision_history import SqliteDecisionHistory
from personalization.adapters.sqlite.event_history import SqliteEventHistory
from personalization.adapters.sqlite.event_log import SqliteEventLog
from personalization.adapters.vowpal.model_parts import BAG, BASE, REGCB
from personalization.adapters.vowpal.policy import VowpalLearner
from personalization.adapters.vowpal.snapshots import SnapshotFolder
from personalization.codec.json_codec import EVENT
from personalization.decisions.decision_record import encode_record
from personalization.domain.errors import StoreUnavailableError, SupersededError
from personalization.domain.event import Event, EventType
from personalization.domain.identifiers import EventId, SessionId
from personalization.domain.models.learned_model import LearnedModel
from personalization.domain.outcome_rules import OutcomeRules
from personalization.domain.session import Session
from personalization.learning.linear_values import LINEAR_PART, LinearLearner
from personalization.learning.model_set import ModelSet
from personalization.learning.rollback import roll_back
from personalization.learning.round_keeper import RoundKeeper
from personalization.learning_wiring import open_learner
from personalization.ports.decision_history import DecisionRecord
from personalization.ports.event_log import EventConsumer, Message, TopicPartition
from personalization.ports.model_store import STATE_PART
from personalization.ports.topics import (
    DELAYED_DECISIONS,
    HISTORY_GROUP,
    LEARNER_GROUP,
    USER_INTERACTIONS,
)
from personalization.settings.learning import LearningSettings
from realtime.history_writer import HistoryWriter
from realtime.learner import Checkpoints, Learner
from realtime.wiring import LearnersLog
from tests.builders.event import an_event
from tests.builders.learning.kept_rounds import a_keeper
from tests.builders.made_up_decisions import MADE_UP, impressions_of_nothing
from tests.builders.moments import NOON
from tests.builders.settable_clock import SettableClock
from tests.builders.shops.small_shop import SmallShop, a_small_shop
from tests.builders.spoiled_model import with_a_weight

SESSIONS = 30
WINDOW_SECONDS = 120.0
RULES = LearningSettings(outcome_window_seconds=WINDOW_SECONDS).outcome_rules
SEED = 11
EVERY_MODEL = frozenset(LearnedModel)
LoadModels = Callable[[Mapping[str, bytes]], ModelSet]
EVERY_LEARNER = partial(open_learner, EVERY_MODEL)
CHECKPOINTS = 0.1
"""How often one is written after a step: that takes far longer than the learning."""


def one_of_each_kind(parts: Mapping[str, bytes]) -> ModelSet:
    """Return a model set that is checked in a third of the time: the bag's members are alike."""
    vowpal = [
        (part.name, VowpalLearner(parts.get(part.name), part.arguments))
        for part in (BASE, BAG[0], REGCB)
    ]
    return ModelSet({**dict(vowpal), LINEAR_PART: LinearLearner(parts.get(LINEAR_PART))})


@dataclass(frozen=True)
class Traffic:
    """A log of shown slates and what came of them, and the stores it refers to."""

    log: SqliteEventLog
    decisions: SqliteDecisionHistory
    folder: Path
    shown: int


@dataclass
class Run:
    """One life of the learner."""

    learner: Learner
    consumer: EventConsumer

    def step(self, records: int) -> int:
        found = self.consumer.poll(records, 0.0)
        self.learner.handle(found)
        self.consumer.commit(self.learner.idle())
        return len(found)

    def to_the_end(self) -> Learner:
        while self.step(100):
            pass
        return self.learner


def a_run(
    traffic: Traffic,
    models: Path,
    every_seconds: float = 0.0,
    load_models: LoadModels = EVERY_LEARNER,
    rules: OutcomeRules = RULES,
    keeper: RoundKeeper | None = None,
) -> Run:
    log = traffic.log
    partitions = range(log.partition_count(USER_INTERACTIONS))
    consumer = log.consumer(LEARNER_GROUP, [USER_INTERACTIONS], partitions)
    delayed = log.consumer(HISTORY_GROUP, [DELAYED_DECISIONS])
    checkpoints = Checkpoints(SnapshotFolder(models), every_seconds, keeper or a_keeper(models))
    learner = Learner(
        traffic.decisions, checkpoints, rules, load_models,
        LearnersLog(consumer, delayed),
    )  # fmt: skip
    places = [TopicPartition(USER_INTERACTIONS, partition) for partition in partitions]
    consumer.seek({place: learner.offsets.get(place, 0) for place in places})
    return Run(learner, consumer)


def model_of(learner: Learner, models: Path, load_models: LoadModels = EVERY_LEARNER) -> str:
    version = learner.checkpoint()
    parts = SnapshotFolder(models).load(version)
    learned = [parts[name] for name in sorted(parts) if name != STATE_PART]
    assert len(learned) == len(load_models({}).names)
    return sha256(b"".join(learned)).hexdigest()


def an_early_snapshot(traffic: Traffic, models: Path) -> tuple[str, SnapshotFolder]:
    """Return the version of a learner that had not learned anything yet, and its store."""
    run = a_run(traffic, models, every_seconds=60)
    run.step(20)
    assert run.learner.rounds == 0
    return run.learner.checkpoint(), SnapshotFolder(models)


def refused_so_far() -> float:
    return REGISTRY.get_sample_value("fitting_room_snapshots_refused_total") or 0.0


def unknown_so_far() -> float:
    labels = {"reason": "unknown_decision"}
    return REGISTRY.get_sample_value("fitting_room_impressions_refused_total", labels) or 0.0


def slate_of(shop: SmallShop, number: int) -> DecisionRecord:
    session = Session.start(an_event(session_id=SessionId(f"session-{number}")))
    return shop.maker.make(session, NOON + timedelta(seconds=number))


def events_of(record: DecisionRecord, chance: random.Random) -> Iterator[Event]:
    """Yield the impression of the slate, some outcomes, and some of it twice."""
    decision = record.decision
    shown = tuple(slot.product_id for slot in decision.slate)
    said = {"session_id": decision.session_id, "decision_id": decision.decision_id}
    impression = an_event(
        event_id=EventId(f"{decision.session_id}-seen"), type=EventType.IMPRESSION,
        product_ids=shown, slots=tuple(range(len(shown))), **said,
    )  # fmt: skip
    yield impression
    for number, product in enumerate(shown):
        if chance.random() < 0.5:
            yield an_event(
                event_id=EventId(f"{decision.session_id}-{number}"),
                type=chance.choice([EventType.PRODUCT_VIEW, EventType.ADD_TO_CART]),
                product_ids=(product,), **said,
            )  # fmt: skip
    if chance.random() < 0.3:
        yield impression


@pytest.fixture
def traffic(tmp_path: Path) -> Iterator[Traffic]:
    """Return thirty sessions in a log whose records are seconds apart."""
    chance, clock = random.Random(SEED), SettableClock(NOON)
    shop = a_small_shop(tmp_path, epsilon=0.2)
    records = [slate_of(shop, number) for number in range(SESSIONS)]
    with (
        closing(SqliteEventLog(tmp_path / "log.sqlite", 0, clock=clock)) as log,
        closing(SqliteDecisionHistory(tmp_path / "decisions.sqlite", 0)) as decisions,
    ):
        decisions.append(records)
        waiting = [list(events_of(record, chance)) for record in records]
        while waiting:
            mine = chance.choice(waiting)
            event = mine.pop(0)
            waiting = [events for events in waiting if events]
            message = Message(event.session_id, EVENT.encode(event))
            log.publish(USER_INTERACTIONS, [message]).result(10)
            clock.advance(timedelta(seconds=chance.choice([0, 0, 1, 3])))
        shown = sum(len(record.decision.slate) for record in records)
        yield Traffic(log, decisions, tmp_path, shown)


def test_every_shown_position_is_learned_once(traffic: Traffic) -> None:
    learner = a_run(traffic, traffic.folder / "models").to_the_end()

    assert learner.rounds == traffic.shown


def test_impressions_of_decisions_that_were_never_made_are_passed_over_and_counted(
    traffic: Traffic,
) -> None:
    for event in impressions_of_nothing():
        message = Message(event.session_id, EVENT.encode(event))
        traffic.log.publish(USER_INTERACTIONS, [message]).result(10)
    before = unknown_so_far()

    learner = a_run(traffic, traffic.folder / "models").to_the_end()

    assert learner.rounds == traffic.shown
    assert unknown_so_far() - before == 2 * len(MADE_UP)


@pytest.mark.parametrize(
    ("seed", "load_models"), [*enumerate([EVERY_LEARNER, *[one_of_each_kind] * 4])]
)
def test_kills_at_any_moment_leave_the_model_of_an_uninterrupted_run(
    traffic: Traffic, seed: int, load_models: LoadModels
) -> None:
    chance = random.Random(seed)
    whole = traffic.folder / "whole"
    uninterrupted = a_run(traffic, whole, load_models=load_models).to_the_end()
    killed = traffic.folder / "killed"
    saved = set()
    for _ in range(20):
        run = a_run(traffic, killed, 60, load_models)
        for _ in range(chance.randrange(2, 16)):
            run.step(chance.randrange(1, 24))
            if run.learner.offsets and chance.random() < CHECKPOINTS:
                saved.add(run.learner.checkpoint())
    last = a_run(traffic, killed, load_models=load_models).to_the_end()

    assert len(saved) > 3
    assert last.rounds == uninterrupted.rounds == traffic.shown
    assert last.corrections == uninterrupted.corrections > 0
    assert model_of(last, killed, load_models) == model_of(uninterrupted, whole, load_models)


def test_a_second_learner_is_refused_and_its_successor_learns_nothing_twice(
    traffic: Traffic,
) -> None:
    models = traffic.folder / "models"
    first, second = a_run(traffic, models, 60.0), a_run(traffic, models, 60.0)
    first.step(50)
    second.step(20)
    first.learner.checkpoint()

    with pytest.raises(SupersededError):
        second.learner.checkpoint()

    assert a_run(traffic, models).to_the_end().rounds == traffic.shown


def test_a_delayed_decision_is_waited_for(traffic: Traffic, tmp_path: Path) -> None:
    last = NOON + timedelta(days=1)
    records = [
        traffic.decisions.list_session(SessionId(f"session-{number}"), last, 1)[0]
        for number in range(SESSIONS)
    ]
    messages = [Message(record.decision.session_id, encode_record(record)) for record in records]
    with (
        closing(SqliteDecisionHistory(tmp_path / "late.sqlite", 0)) as late,
        closing(SqliteEventHistory(tmp_path / "history.sqlite", 0)) as history,
    ):
        behind = Traffic(traffic.log, late, tmp_path, traffic.shown)
        traffic.log.publish(DELAYED_DECISIONS, messages).result(10)
        run = a_run(behind, tmp_path / "models")
        with pytest.raises(StoreUnavailableError, match="30 decisions"):
            run.to_the_end()
        run.learner.finish()
        assert SnapshotFolder(tmp_path / "models").current() is None

        consumer = traffic.log.consumer(HISTORY_GROUP, [DELAYED_DECISIONS])
        writer = HistoryWriter(history, late)
        consumer.commit(writer.handle(consumer.poll(100, 1.0)))
        run.consumer.commit(run.learner.idle())

        assert run.to_the_end().rounds == traffic.shown


def test_what_waits_is_learned_in_pieces_to_the_same_model(
    traffic: Traffic, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = a_run(traffic, traffic.folder / "whole", every_seconds=60).to_the_end()
    monkeypatch.setattr("realtime.learner._LEARNED_AT_ONCE", 7)
    pieces = a_run(traffic, traffic.folder / "pieces", every_seconds=60).to_the_end()

    assert pieces.rounds == whole.rounds == traffic.shown
    assert model_of(pieces, traffic.folder / "pieces") == model_of(whole, traffic.folder / "whole")


def test_a_decision_that_nobody_made_is_passed_over(traffic: Traffic, tmp_path: Path) -> None:
    with closing(SqliteDecisionHistory(tmp_path / "empty.sqlite", 0)) as empty:
        learner = a_run(Traffic(traffic.log, empty, tmp_path, 0), tmp_path / "models").to_the_end()

    assert learner.rounds == 0


def test_a_refused_model_is_not_promoted_and_nothing_learned_is_lost(
    traffic: Traffic, tmp_path: Path
) -> None:
    expected = model_of(a_run(traffic, tmp_path / "m1").to_the_end(), tmp_path / "m1")
    models = SnapshotFolder(tmp_path / "m2")
    run = a_run(traffic, tmp_path / "m2")
    while models.current() is None:
        run.step(20)
    served, refused = models.current(), refused_so_far()
    # From here on somebody writes into the learner's memory.
    spoiled = a_run(
        traffic, tmp_path / "m2",
        load_models=lambda parts: open_learner(
            EVERY_MODEL, {**parts, BASE.name: with_a_weight(parts[BASE.name], float("nan"))}
        ),
    )  # fmt: skip

    spoiled.to_the_end().finish()

    assert spoiled.learner.rounds > 0
    assert refused_so_far() > refused
    assert models.current() == served
    resumed = a_run(traffic, tmp_path / "m2").to_the_end()
    assert model_of(resumed, tmp_path / "m2") == expected


def test_a_model_that_scorers_would_not_play_as_it_is_meant_is_never_promoted(
    traffic: Traffic, tmp_path: Path
) -> None:
    def other_features(parts: Mapping[str, bytes]) -> ModelSet:
        arguments = f"{BASE.arguments} -q pp"
        return ModelSet({BASE.name: VowpalLearner(parts.get(BASE.name), arguments)})

    learner = a_run(traffic, tmp_path / "m", load_models=other_features).to_the_end()
    learner.finish()

    assert learner.rounds > 0
    # Only what had learned nothing yet.
    assert a_run(traffic, tmp_path / "m").learner.rounds == 0


def test_gone_back_to_as_a_whole_a_snapshot_learns_the_log_since_then_again(
    traffic: Traffic, tmp_path: Path
) -> None:
    expected = model_of(a_run(traffic, tmp_path / "m1").to_the_end(), tmp_path / "m1")
    early, models = an_early_snapshot(traffic, tmp_path / "m2")
    run = a_run(traffic, tmp_path / "m2", every_seconds=60)
    run.to_the_end().checkpoint()

    roll_back(models, early, models_only=False)

    with pytest.raises(SupersededError):
        run.learner.checkpoint()
    again = a_run(traffic, tmp_path / "m2").to_the_end()
    assert again.rounds == traffic.shown
    assert model_of(again, tmp_path / "m2") == expected


def test_gone_back_to_with_the_models_alone_what_was_learned_since_is_left_out(
    traffic: Traffic, tmp_path: Path
) -> None:
    early, models = an_early_snapshot(traffic, tmp_path / "m")
    a_run(traffic, tmp_path / "m", every_seconds=60).to_the_end().checkpoint()

    made = roll_back(models, early, models_only=True)

    again = a_run(traffic, tmp_path / "m").to_the_end()
    assert again.rounds == 0
    again.checkpoint()
    assert (models.current() or "") > made


def test_a_model_that_begins_later_is_taught_no_correction_of_what_it_never_learned(
    traffic: Traffic, tmp_path: Path
) -> None:
    base_alone = partial(open_learner, frozenset({LearnedModel.BASE}))
    rules = replace(RULES, window_ms=20_000, correction_ms=20_000)
    run = a_run(traffic, tmp_path / "m", 60.0, base_alone, rules)
    while not run.learner._book.settled:  # noqa: SLF001 (what waits for corrections)
        assert run.step(5)
    run.learner.checkpoint()

    again = a_run(traffic, tmp_path / "m", load_models=base_alone, rules=rules).learner
    with_more = a_run(traffic, tmp_path / "m", rules=rules).learner

    assert again._book.settled  # noqa: SLF001
    assert not with_more._book.settled  # noqa: SLF001
    assert with_more._book.closed == again._book.closed  # noqa: SLF001
