"""Whether an experiment may begin: all that it asks for must be there to be had."""

from dataclasses import dataclass

from personalization.domain.errors import DamagedSnapshotError, InvalidExperimentError
from personalization.domain.experiment import Experiment, ExperimentBook
from personalization.ports.model_store import ModelStore
from personalization.ranking.decision_maker import RankingPlan
from personalization.settings.tuning import TuningSettings


@dataclass(frozen=True, slots=True)
class Admission:
    """What serving has, to hold an experiment against."""

    models: ModelStore
    plan: RankingPlan
    tuning: TuningSettings

    def check(self, experiment: Experiment) -> None:
        """Raise an error that says what is missing, or out of its range."""
        try:
            ExperimentBook(experiments=(experiment,))
        except ValueError as error:
            raise InvalidExperimentError(str(error)) from error
        self._check_placements(experiment)
        for arm in experiment.arms:
            self.tuning.changed(",".join(f"{name}={of:g}" for name, of in arm.tuning.items()))
            if arm.model_version is not None:
                self._check_snapshot(arm.model_version)

    def _check_placements(self, experiment: Experiment) -> None:
        known = {one.name for one in self.plan.placements}
        asked = {one for arm in experiment.arms for one in arm.policies} | set(experiment.shadows)
        if asked - known:
            raise InvalidExperimentError(
                f"There is no placement {min(asked - known)!r}. There are {', '.join(known)}."
            )

    def _check_snapshot(self, version: str) -> None:
        try:
            self.models.load(version)
        except DamagedSnapshotError as error:
            raise InvalidExperimentError(f"{error} Snapshots are in `models`.") from error
