"""Learners over the same traffic, and what is unlearned of it."""

from collections.abc import Callable, Collection, Iterable, Mapping
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from personalization.adapters.sqlite.audit_log import SqliteAuditLog
from personalization.adapters.sqlite.event_log import SqliteEventLog
from personalization.adapters.sqlite.learned_rounds import SqliteLearnedRounds
from personalization.adapters.vowpal.comparison import compare_models
from personalization.adapters.vowpal.model_parts import BASE
from personalization.adapters.vowpal.snapshots import SnapshotFolder
from personalization.audit.recording import Auditor
from personalization.codec.json_codec import EVENT
from personalization.domain.event import Event
from personalization.domain.identifiers import SessionId
from personalization.domain.models.learned_model import LearnedModel
from personalization.domain.outcome_rules import OutcomeRules
from personalization.learning.learner_state import LearnerState, part_names, read_state
from personalization.learning.unlearn_report import UnlearnReport, UnlearnRequest
from personalization.learning.unlearning import Unlearning
from personalization.learning_wiring import models_of, open_learner
from personalization.neighbours.erasures import Erasures, session_digest
from personalization.ports.event_log import Message, Record
from personalization.ports.learned_rounds import SlateOutcomes
from personalization.ports.topics import USER_INTERACTIONS
from tests.builders.learning.kept_rounds import KEY, ROUNDS_FILE
from tests.builders.moments import NOON
from tests.builders.settable_clock import SettableClock
from tests.integration.realtime.test_learner import (
    RULES,
    LoadModels,
    Run,
    Traffic,
    a_run,
)

QUICK_LEARNER = partial(
    open_learner, frozenset({LearnedModel.BASE, LearnedModel.LINEAR, LearnedModel.PRODUCTS})
)
"""Of each kind that learns in its own way; a bag's members are like the base model."""
QUICK_RULES = replace(RULES, window_ms=40_000, correction_ms=40_000)
"""With these, something is learned long before the log's end."""
ASKED = UnlearnRequest(author="somebody")
Change = Callable[[Event], Event | None]


def names_of(numbers: Iterable[int]) -> list[SessionId]:
    return [SessionId(f"session-{number}") for number in numbers]


def erasure_list(sessions: Collection[SessionId]) -> Erasures:
    digests = [session_digest(KEY, name) for name in sessions]
    return Erasures(key=KEY).with_more(digests, NOON, "somebody")


def kept_of(models: Path) -> SqliteLearnedRounds:
    return SqliteLearnedRounds(models / ROUNDS_FILE, 0)


def slates_of(models: Path) -> list[SlateOutcomes]:
    return [slate for slates in kept_of(models).read(0, 10**9) for slate in slates]


def an_unlearning(
    traffic: Traffic,
    models: Path,
    sessions: Collection[SessionId] = (),
    pinned: Collection[str] = (),
    worse_allowed: float = 1e9,
) -> Unlearning:
    return Unlearning(
        store=SnapshotFolder(models),
        kept=kept_of(models),
        decisions=traffic.decisions,
        erasures=lambda: erasure_list(sessions),
        open_models=lambda names: open_learner(models_of(names), {}),
        compare=compare_models,
        auditor=Auditor(SqliteAuditLog(models / "audit.sqlite", 0)),
        pinned=lambda: frozenset(pinned),
        base_part=BASE.name,
        correction_ms=RULES.correction_ms,
        worse_allowed=worse_allowed,
    )


def unlearn(traffic: Traffic, models: Path, sessions: Collection[SessionId] = ()) -> UnlearnReport:
    return an_unlearning(traffic, models, sessions).run(ASKED)


def current_parts(models: Path) -> Mapping[str, bytes]:
    store = SnapshotFolder(models)
    return store.load(store.current() or "")


def bytes_of(models: Path) -> Mapping[str, bytes]:
    parts = current_parts(models)
    return {name: parts[name] for name in part_names(parts)}


def state_of(models: Path) -> LearnerState:
    return read_state("current", current_parts(models))


def learn_all(
    traffic: Traffic,
    models: Path,
    load_models: LoadModels = QUICK_LEARNER,
    rules: OutcomeRules = RULES,
) -> None:
    a_run(traffic, models, 60, load_models, rules).to_the_end().checkpoint()


def a_learner_half_way(
    traffic: Traffic, models: Path, load_models: LoadModels = QUICK_LEARNER
) -> Run:
    """Return a learner by the quick rules that has learned a few rounds and saved them."""
    run = a_run(traffic, models, 60, load_models, QUICK_RULES)
    while run.learner.rounds < 20:
        assert run.step(5)
    run.learner.checkpoint()
    return run


def records_of(log: SqliteEventLog) -> list[Record]:
    consumer = log.consumer("test", [USER_INTERACTIONS], range(log.partition_count("x")))
    with closing(consumer):
        found = consumer.poll(100_000, 0.0)
    return sorted(found, key=lambda record: (record.appended_at_ms, record.offset))


def with_changes(traffic: Traffic, file: str, change: Change) -> Traffic:
    """Return the same log, at the same moments, with other events or without some."""
    clock = SettableClock(NOON)
    log = SqliteEventLog(traffic.folder / file, 0, clock=clock)
    for record in records_of(traffic.log):
        moment = datetime.fromtimestamp(record.appended_at_ms / 1000, UTC)
        clock.advance(moment - clock.now())
        event = change(EVENT.decode(record.value))
        if event is not None:
            message = Message(event.session_id, EVENT.encode(event))
            log.publish(USER_INTERACTIONS, [message]).result(10)
    return replace(traffic, log=log)


def without(sessions: Collection[SessionId]) -> Change:
    return lambda event: None if event.session_id in sessions else event
