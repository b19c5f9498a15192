"""Stops experiments and arms: every hour by the stop rule, or by hand."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from personalization.domain.errors import InvalidExperimentError
from personalization.experiments.conclusion import Conclusion, conclude
from personalization.experiments.editor import ExperimentEditor
from personalization.experiments.experiment import ExperimentBook, StoppedArm
from personalization.experiments.past_experiments import PastExperiments

AUTHOR = "experiment check"


@dataclass(frozen=True, slots=True)
class Checked:
    conclusion: Conclusion
    stopped: Sequence[StoppedArm]


def check(editor: ExperimentEditor, past: PastExperiments, now: datetime) -> Sequence[Checked]:
    checked = []
    for experiment in editor.book().running:
        conclusion = conclude(past.measure(experiment, now))
        stops = conclusion.stops(now)
        if stops:
            stop = partial(stop_arms, experiment_id=experiment.experiment_id, stops=stops)
            editor.change(stop, AUTHOR)
        checked.append(Checked(conclusion, stops))
    return checked


def stop_by_hand(
    editor: ExperimentEditor, experiment_id: str, arm: str | None, now: datetime, author: str
) -> None:
    """Raise `InvalidExperimentError` for an unknown or ended experiment or an unknown arm."""
    experiment = editor.find(experiment_id)
    if arm is None:
        editor.change(partial(end_experiment, experiment_id=experiment_id, at=now), author)
        return
    if not experiment.running:
        raise InvalidExperimentError(f"The experiment {experiment_id!r} has ended.")
    stop = StoppedArm(arm=arm, at=now, reason=f"by hand, {author}")
    editor.change(partial(stop_arms, experiment_id=experiment_id, stops=[stop]), author)


def stop_arms(
    book: ExperimentBook, experiment_id: str, stops: Iterable[StoppedArm]
) -> ExperimentBook:
    experiment = book.find(experiment_id)
    if experiment is None or not experiment.running:
        return book
    for stop in stops:
        experiment = experiment.with_stopped(stop)
    return book.with_experiment(experiment)


def end_experiment(book: ExperimentBook, experiment_id: str, at: datetime) -> ExperimentBook:
    """End an experiment as it stands in the book: arms may have been stopped."""
    experiment = book.find(experiment_id)
    return book if experiment is None else book.with_experiment(experiment.with_end(at))
