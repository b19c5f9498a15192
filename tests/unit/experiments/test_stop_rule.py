"""Writers of experiments keep what others wrote."""

from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path

from personalization.adapters.sqlite.audit_log import SqliteAuditLog
from personalization.audit.recording import Auditor
from personalization.experiments.editor import ExperimentEditor
from personalization.experiments.experiment import ExperimentBook, StoppedArm
from personalization.experiments.stop_rule import end_experiment, stop_arms
from tests.builders.experiment import an_experiment
from tests.builders.moments import NOON
from tests.builders.plan_store import a_plan_store

LATER = NOON + timedelta(hours=1)
STOP = StoppedArm(arm="uniform", at=NOON, reason="it loses")


def test_an_experiment_is_ended_with_the_arms_that_were_stopped_meanwhile(tmp_path: Path) -> None:
    editor = ExperimentEditor(
        a_plan_store(tmp_path), Auditor(SqliteAuditLog(tmp_path / "audit.sqlite", 0))
    )
    experiment = an_experiment()
    editor.change(lambda book: book.with_experiment(experiment), "operator")
    writers = [partial(stop_arms, experiment_id=experiment.experiment_id, stops=[STOP])]

    def end(book: ExperimentBook) -> ExperimentBook:
        # The hourly check writes between this writer's reading and writing.
        if writers:
            editor.change(writers.pop(), "check")
        return end_experiment(book, experiment.experiment_id, LATER)

    editor.change(end, "operator")

    assert editor.find(experiment.experiment_id) == replace(
        experiment, stopped=(STOP,), ended_at=LATER
    )


def test_ending_again_or_what_is_not_there_changes_nothing() -> None:
    ended = ExperimentBook(experiments=(an_experiment().with_end(NOON),))

    assert end_experiment(ended, "experiment-1", LATER) == ended
    assert end_experiment(ended, "another", LATER) == ended
