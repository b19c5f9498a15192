"""Whether an experiment may begin: everything that it asks for must exist."""

from dataclasses import dataclass

from personalization.decisions.decision_maker import RankingConfig
from personalization.domain.errors import DamagedSnapshotError, InvalidExperimentError
from personalization.domain.learned_model import LearnedModel
from personalization.experiments.experiment import Experiment, ExperimentBook
from personalization.policies.placement import Placement, check_placements
from personalization.policies.spec import PolicySpec
from personalization.ports.model_store import ModelStore
from personalization.settings.tuning import TuningSettings


@dataclass(frozen=True, slots=True)
class Admission:
    models: ModelStore
    learned: frozenset[LearnedModel]
    config: RankingConfig
    tuning: TuningSettings

    def check(self, experiment: Experiment) -> None:
        try:
            ExperimentBook(experiments=(experiment,))
        except ValueError as error:
            raise InvalidExperimentError(str(error)) from error
        self._check_placements(experiment)
        for arm in experiment.arms:
            self.tuning.with_changes(",".join(f"{name}={of:g}" for name, of in arm.tuning.items()))
            if arm.model_version is not None:
                self._check_snapshot(arm.model_version)

    def _check_placements(self, experiment: Experiment) -> None:
        asked = [pair for arm in experiment.arms for pair in arm.policies.items()]
        asked += [(name, text) for name, several in experiment.shadows.items() for text in several]
        known = [placement.name for placement in self.config.placements]
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
