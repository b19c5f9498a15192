"""Whether an experiment may begin: everything that it asks for must exist."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from personalization.domain.errors import DamagedSnapshotError, InvalidExperimentError
from personalization.domain.identifiers import MAXIMUM_ID_LENGTH
from personalization.domain.models.learned_model import LearnedModel
from personalization.experiments.experiment import Experiment, ExperimentBook
from personalization.policies.placement import Placement, check_placements
from personalization.policies.spec import PolicySpec
from personalization.ports.model_store import ModelStore
from personalization.settings.tuning import TuningSettings

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._ -]{0,63}")
MOST_ARMS = 20
MOST_SHADOWS = 20
LONGEST_WINDOW_SECONDS = 90 * 86_400.0
MOST_UNITS = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Admission:
    models: ModelStore
    learned: frozenset[LearnedModel]
    placements: Callable[[], Sequence[Placement]]
    """Returns those of now."""
    tuning: TuningSettings

    def check(self, experiment: Experiment) -> None:
        try:
            ExperimentBook(experiments=(experiment,))
        except ValueError as error:
            raise InvalidExperimentError(str(error)) from error
        _check_bounds(experiment)
        self._check_placements(experiment)
        for arm in experiment.arms:
            self.tuning.with_changes(",".join(f"{name}={of:g}" for name, of in arm.tuning.items()))
            if arm.model_version is not None:
                self._check_snapshot(arm.model_version)

    def _check_placements(self, experiment: Experiment) -> None:
        asked = [pair for arm in experiment.arms for pair in arm.policies.items()]
        asked += [(name, text) for name, several in experiment.shadows.items() for text in several]
        known = [placement.name for placement in self.placements()]
        for name, spec in asked:
            if name not in known:
                raise InvalidExperimentError(
                    f"There is no placement {name!r}. There are {', '.join(known)}."
                )
            check_placements([Placement(name=name, policy=PolicySpec.parse(spec))], self.learned)

    def _check_snapshot(self, version: str) -> None:
        try:
            self.models.load(version)
        except DamagedSnapshotError as error:
            raise InvalidExperimentError(str(error)) from error


def _check_bounds(experiment: Experiment) -> None:
    """Refuse what every process would have to carry in each decision from then on."""
    for name in (experiment.experiment_id, *(arm.name for arm in experiment.arms)):
        if not _NAME.fullmatch(name):
            raise InvalidExperimentError(
                f"{name[:80]!r} is no name: 64 letters, digits, spaces, '.', '_' or '-' at most."
            )
    shadows = sum(len(several) for several in experiment.shadows.values())
    fits = (
        len(experiment.arms) <= MOST_ARMS
        and len(experiment.guardrails) <= MOST_ARMS
        and shadows <= MOST_SHADOWS
        and len(experiment.salt) <= MAXIMUM_ID_LENGTH
        and experiment.window_seconds <= LONGEST_WINDOW_SECONDS
        and experiment.planned_units <= MOST_UNITS
    )
    if not fits:
        raise InvalidExperimentError(
            f"An experiment has at most {MOST_ARMS} arms and guardrails, {MOST_SHADOWS} shadows, "
            f"a salt of 128 characters, {MOST_UNITS:,} planned units and a window of 90 days."
        )
