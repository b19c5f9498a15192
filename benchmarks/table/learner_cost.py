"""What learning from a position costs: from rounds, and from the log and the history on."""

import gc
import random
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import chain, islice
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.held_out_queries import held_out_queries
from benchmarks.processor_time import least_mean_of
from benchmarks.table.figure_row import MORE, FigureRow
from personalization.adapters.sqlite.learned_rounds import SqliteLearnedRounds
from personalization.adapters.vowpal.snapshots import SnapshotFolder
from personalization.codec.json_codec import EVENT
from personalization.domain.decision import Decision
from personalization.domain.event import Event, EventType
from personalization.domain.identifiers import EventId, SessionId, decision_id_of
from personalization.domain.models.learned_model import parse_models
from personalization.learning.round_keeper import RoundKeeper
from personalization.learning.rounds import SlateRounds
from personalization.learning_wiring import open_learner
from personalization.neighbours.erasures import session_digest
from personalization.ports.decision_history import DecisionHistory, DecisionRecord
from personalization.ports.event_log import Record, TopicPartition
from personalization.ports.topics import USER_INTERACTIONS
from personalization.settings.learning import LearningSettings
from personalization.wiring import CoreSettings, open_kept, open_ranking
from realtime.learner import Checkpoints, Learner

SESSIONS = 60
DECISIONS = 300
DECISIONS_AT_ONCE = 50
RECORDS_AT_ONCE = 500
GOAL_POSITIONS = 20_000
CLICK_RATE = 0.05
SEED = 7
START = datetime(2026, 1, 1, 12, tzinfo=UTC)
BETWEEN = timedelta(seconds=10)
"""From one decision to the next: those of all together are made within two outcome windows."""


def learner_cost(home: Path, decisions: int = DECISIONS) -> list[FigureRow]:
    """Learn every position of real slates, some clicked, in the models of the settings."""
    settings = CoreSettings.of_home(home)
    with open_kept(settings) as kept:
        ranking = open_ranking(kept, settings)
        queries = held_out_queries(settings.storage.held_out_file, ranking.catalogue, SESSIONS)
        made = [
            _at(number, ranking.maker.make(*query))
            for number, query in enumerate(islice(queries, decisions))
        ]
        kept.decisions.append(made)
        with TemporaryDirectory() as models:
            whole = _whole_speed(made, kept.decisions, Path(models), settings.learning)
    of_rounds = _speed_of_rounds([record.decision for record in made], settings.learning)
    note = f"models: {settings.learning.models}; rounds made of decisions, processor time"
    return [
        FigureRow("learner", of_rounds, " positions/s", GOAL_POSITIONS, MORE, note),
        FigureRow("the same, events and decisions read and attributed", whole, " positions/s"),
    ]


def _speed_of_rounds(decided: Sequence[Decision], learning: LearningSettings) -> float:
    models, chance = open_learner(parse_models(learning.models), {}), random.Random(SEED)

    def learn(batch: Sequence[Decision]) -> None:
        models.learn(
            [
                rounds.round(slot.product_id, float(chance.random() < CLICK_RATE))
                for decision in batch
                for rounds in (SlateRounds(decision),)
                for slot in decision.slate
            ]
        )

    firsts = range(0, len(decided), DECISIONS_AT_ONCE)
    batches = [decided[first : first + DECISIONS_AT_ONCE] for first in firsts]
    return _positions(decided) / len(batches) / least_mean_of(learn, batches)


@dataclass(slots=True)
class _ReadLog:
    """All of the log up to a moment has been read, and no decision is on its way."""

    moment_ms: int = 0

    def read_up_to_ms(self) -> int:
        return self.moment_ms

    def first_offsets(self) -> Mapping[TopicPartition, int]:
        return {}

    def delayed_decisions(self) -> int:
        return 0

    def erased_version(self) -> int:
        return 0

    def is_erased(self, session_id: SessionId) -> bool:
        del session_id
        return False


def _whole_speed(
    made: Sequence[DecisionRecord],
    decisions: DecisionHistory,
    models: Path,
    learning: LearningSettings,
) -> float:
    """Return positions a second of the learner's role, without checkpoints."""
    log, chance = _ReadLog(), random.Random(SEED)
    load_models = partial(open_learner, parse_models(learning.models))
    kept = SqliteLearnedRounds(models / "learned_rounds.sqlite")
    keeper = RoundKeeper(kept, partial(session_digest, ""))
    checkpoints = Checkpoints(SnapshotFolder(models), 1e9, keeper)
    learner = Learner(decisions, checkpoints, learning.outcome_rules, load_models, log)
    events = chain.from_iterable(_events(record.decision, chance) for record in made)
    records = [_record(offset, event) for offset, event in enumerate(events)]
    gc.collect()
    gc.freeze()  # What is measured with is no garbage of the learner's.
    started = time.process_time()
    for first in range(0, len(records), RECORDS_AT_ONCE):
        learner.handle(records[first : first + RECORDS_AT_ONCE])
        log.moment_ms = records[first : first + RECORDS_AT_ONCE][-1].appended_at_ms
        learner.idle()
    log.moment_ms += learning.outcome_rules.whole_ms + 1
    learner.idle()
    seconds = time.process_time() - started
    positions = _positions([record.decision for record in made])
    if learner.rounds != positions:
        raise RuntimeError(f"{learner.rounds} of {positions} positions were learned.")
    return positions / seconds


def _positions(decided: Sequence[Decision]) -> int:
    return sum(len(decision.slate) for decision in decided)


def _at(number: int, record: DecisionRecord) -> DecisionRecord:
    """Return the decision as if it had been made in these years: older ids are none of ours."""
    decided_at = START + number * BETWEEN
    decision_id = decision_id_of(decided_at, str(number))
    moved = replace(record.decision, decision_id=decision_id, decided_at=decided_at)
    return replace(record, decision=moved)


def _events(decision: Decision, chance: random.Random) -> Iterator[Event]:
    """Yield the impression of the whole slate, and views of some of it."""
    seen = Event(
        event_id=EventId(f"{decision.decision_id}-seen"),
        session_id=decision.session_id,
        type=EventType.IMPRESSION,
        occurred_at=decision.decided_at,
        received_at=decision.decided_at,
        product_ids=tuple(slot.product_id for slot in decision.slate),
        slots=tuple(slot.position for slot in decision.slate),
        decision_id=decision.decision_id,
    )
    yield seen
    for slot in decision.slate:
        if chance.random() < CLICK_RATE:
            yield replace(
                seen,
                event_id=EventId(f"{decision.decision_id}-{slot.position}"),
                type=EventType.PRODUCT_VIEW,
                product_ids=(slot.product_id,),
                slots=(slot.position,),
            )


def _record(offset: int, event: Event) -> Record:
    at_ms = int(event.received_at.timestamp() * 1000)
    place = TopicPartition(USER_INTERACTIONS, 0)
    return Record(place, offset, at_ms, event.session_id, EVENT.encode(event))
