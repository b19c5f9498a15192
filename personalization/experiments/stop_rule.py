"""The stop rule: what runs every hour, and by hand."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from personalization.experiments.conclusion import Conclusion, conclude
from personalization.experiments.editor import ExperimentDesk
from personalization.experiments.experiment import ExperimentBook, StoppedArm
from personalization.experiments.past_experiments import PastExperiments

AUTHOR = "experiment check"


@dataclass(frozen=True, slots=True)
class Checked:
    """What an experiment looks like now, and the arms that were stopped for it."""

    conclusion: Conclusion
    stopped: Sequence[StoppedArm]


def check(desk: ExperimentDesk, past: PastExperiments, now: datetime) -> Sequence[Checked]:
    """Stop the arms of running experiments that lose or break a guardrail, and nothing else."""
    checked = []
    for experiment in desk.book().running:
        conclusion = conclude(past.measure(experiment, now))
        stops = conclusion.stops(now)
        if stops:
            desk.change(
                partial(stopping, experiment_id=experiment.experiment_id, stops=stops), AUTHOR
            )
        checked.append(Checked(conclusion, stops))
    return checked


def stopping(
    book: ExperimentBook, experiment_id: str, stops: Iterable[StoppedArm]
) -> ExperimentBook:
    """Return the book with arms of an experiment stopped; one that has ended stays as it is."""
    experiment = book.find(experiment_id)
    if experiment is None or not experiment.running:
        return book
    for stopped_arm in stops:
        experiment = experiment.with_stopped(stopped_arm)
    return book.with_experiment(experiment)


def ending(book: ExperimentBook, experiment_id: str, at: datetime) -> ExperimentBook:
    """Return the book with an experiment ended, as it stands there: arms may have been stopped."""
    experiment = book.find(experiment_id)
    return book if experiment is None else book.with_experiment(experiment.ended(at))
