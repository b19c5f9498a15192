"""What a kept home says of its past: replays, explanations, experiments, estimates, learning.

Run as `python -m tests.homes.figures HOME` to print them.
"""

import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from datetime import UTC, datetime
from functools import partial
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import msgspec
from typer.testing import CliRunner

from cli.main import build_app
from evaluation.wiring import open_replay
from personalization.adapters.sqlite.decision_history import SqliteDecisionHistory
from personalization.adapters.sqlite.event_log import SqliteEventLog
from personalization.adapters.vowpal.snapshots import SnapshotFolder
from personalization.domain.errors import DamagedSnapshotError
from personalization.domain.models.learned_model import LearnedModel
from personalization.domain.privacy.small_counts import ALL_COUNTS
from personalization.explanations.explain import Explained, explain
from personalization.explanations.names import Names
from personalization.learning_wiring import open_learner
from personalization.ports.catalogue import Catalogue
from personalization.ports.decision_history import DecisionRecord
from personalization.ports.event_history import EventHistory
from personalization.ports.model_store import STATE_PART
from personalization.ports.topics import DELAYED_DECISIONS, USER_INTERACTIONS
from personalization.replay.decision_replay import Replayed
from personalization.settings.learning import LearningSettings
from personalization.settings.ranking import RankingSettings
from personalization.settings.storage import StorageSettings
from personalization.wiring import CoreSettings
from realtime.learner import Checkpoints, Learner
from realtime.wiring import LearnersLog
from tests.builders.learning.kept_rounds import a_keeper

Figures = dict[str, Any]
WINDOW_SECONDS = 2.0
"""As long as outcomes were waited for when the home was made."""
_LATER = datetime(2100, 1, 1, tzinfo=UTC)


def figures_of(home: Path) -> Figures:
    """Return the figures of a home; whoever reads them twice gets the same."""
    settings = CoreSettings(storage=StorageSettings(home=home), ranking=RankingSettings())
    with open_replay(settings) as past:
        records = sorted(
            _records(past.kept.history, home), key=lambda record: record.decision.decision_id
        )
        replayed = {again.decision_id: again for again in past.replay.replay_many(records)}
        decisions = {
            record.decision.decision_id: _of_decision(
                record, replayed[record.decision.decision_id], past.kept.catalogue
            )
            for record in records
        }
        events = sum(past.kept.history.days().values())
    return {
        "events": events,
        "decisions": decisions,
        "experiment": _output_of(home, "experiment", "report", "louder", "--json"),
        "off_policy": _output_of(home, "off-policy", "--json"),
        "rules": _output_of(home, "rules", "export"),
        "models": _models(home / "models"),
        "learned_again": _learned_again(home),
    }


def _records(history: EventHistory, home: Path) -> Iterator[DecisionRecord]:
    sessions = {
        event.session_id
        for day in history.days()
        for chunk in history.read_day(day)
        for event in chunk
    }
    with closing(SqliteDecisionHistory(home / "decisions.sqlite", 0)) as decisions:
        for session_id in sessions:
            yield from decisions.list_session(session_id, _LATER, 1_000)


def _of_decision(record: DecisionRecord, replayed: Replayed, catalogue: Catalogue) -> Figures:
    explanation = explain(record, Names.of(record, catalogue), ALL_COUNTS)
    profile = record.profile
    return {
        "made_from": replayed.made_from.value,
        "differences": len(replayed.differences),
        "uncounted": replayed.uncounted_events,
        "slate": [[slot.product_id, slot.propensity] for slot in record.decision.slate],
        "bundles": [bundle.bundle_id for bundle in profile.bundled_discount_suggestions],
        "trending": [product.product_id for product in profile.trending_recommendations],
        "reasons": _digest(
            [[product.product_id, product.reason] for product in profile.score_data.products]
        ),
        "explanation": _digest(
            [*map(_of_subject, explanation.products), *map(_of_subject, explanation.categories)]
        ),
    }


def _of_subject(explained: Explained) -> Sequence[object]:
    clauses = [[clause.words, clause.amount] for clause in explained.clauses]
    shown = explained.shown.words if explained.shown else ""
    return [explained.subject, explained.score, explained.sentence, clauses, shown]


def _models(folder: Path) -> Mapping[str, str]:
    store, found = SnapshotFolder(folder), {}
    for kept in store.versions():
        try:
            parts = store.load(kept.version)
        except DamagedSnapshotError as error:
            found[kept.version] = str(error)
            continue
        found[kept.version] = _digest({name: sha256(parts[name]).hexdigest() for name in parts})
    return found


def _learned_again(home: Path) -> Figures:
    """Return what a new learner makes of the whole log."""
    rules = LearningSettings(outcome_window_seconds=WINDOW_SECONDS).outcome_rules
    models = frozenset({LearnedModel.BASE, LearnedModel.LINEAR})
    with (
        closing(SqliteEventLog(home / "event_log.sqlite", 0)) as log,
        closing(SqliteDecisionHistory(home / "decisions.sqlite", 0)) as decisions,
        TemporaryDirectory() as folder,
    ):
        partitions = range(log.partition_count(USER_INTERACTIONS))
        consumer = log.consumer("figures", [USER_INTERACTIONS], partitions)
        delayed = log.consumer("figures_delayed", [DELAYED_DECISIONS])
        store = SnapshotFolder(Path(folder))
        learner = Learner(
            decisions, Checkpoints(store, 0.0, a_keeper(Path(folder))), rules,
            partial(open_learner, models), LearnersLog(consumer, delayed),
        )  # fmt: skip
        while records := consumer.poll(100, 0.0):
            learner.handle(records)
        learner.idle()
        parts = store.load(learner.checkpoint())
    return {
        "rounds": learner.rounds,
        "corrections": learner.corrections,
        **{
            name: _digest(sha256(parts[name]).hexdigest())
            for name in sorted(parts)
            if name != STATE_PART
        },
    }


def _output_of(home: Path, *arguments: str) -> str:
    settings = {
        "COLUMNS": "200",
        "FITTING_ROOM_HOME": str(home),
        "FITTING_ROOM_LEARNING_OUTCOME_WINDOW_SECONDS": str(WINDOW_SECONDS),
    }
    done = CliRunner().invoke(build_app(arguments[0]), list(arguments), env=settings)
    assert done.exit_code == 0, done.output
    return done.stdout


def _digest(value: object) -> str:
    return sha256(msgspec.json.encode(value)).hexdigest()[:16]


if __name__ == "__main__":
    figures = figures_of(Path(sys.argv[1]))
    sys.stdout.write(msgspec.json.format(msgspec.json.encode(figures, order="sorted")).decode())
