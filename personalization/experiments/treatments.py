"""What a session's experiments change: the arms it is in, and all that they override."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from personalization.decisions.decision_maker import RankingConfig
from personalization.domain.decision import Exposure
from personalization.domain.errors import InvalidPolicyError
from personalization.domain.session import Session
from personalization.experiments.experiment import Experiment, Unit
from personalization.policies.spec import PolicySpec

Shadowed = tuple[str, str]
"""A placement, and a policy as text that is computed for it beside the one that serves."""


@dataclass(frozen=True, slots=True)
class Treatment:
    """All arms of a session together; no two experiments change the same."""

    exposures: tuple[Exposure, ...] = ()
    policies: tuple[tuple[str, str], ...] = ()
    """Placements with policies as text."""
    tuning: tuple[tuple[str, float], ...] = ()
    model_version: str | None = None
    shadows: tuple[Shadowed, ...] = ()

    @property
    def changes(self) -> tuple[object, ...]:
        """What makes one treatment decide as another one does."""
        return self.policies, self.tuning, self.model_version

    def config(self, base: RankingConfig) -> RankingConfig:
        """Raise `InvalidPolicyError` for an unknown policy, or a placement that `base` lacks.

        Nothing would be different there, and no arm should be said to have been given.
        """
        # An arm's numbers are read as floats; 4.0 cannot be read again as a whole number.
        tuning: dict[str, Any] = {
            name: type(getattr(base.tuning, name))(of) for name, of in self.tuning
        }
        specs = {name: PolicySpec.parse(text) for name, text in self.policies}
        lacking = sorted(specs.keys() - {placement.name for placement in base.placements})
        if lacking:
            raise InvalidPolicyError(f"There is no placement {lacking[0]!r}.")
        placements = tuple(
            replace(placement, policy=specs.get(placement.name, placement.policy))
            for placement in base.placements
        )
        return replace(base, placements=placements, tuning=replace(base.tuning, **tuning))


UNTREATED = Treatment()


def treatment_of(session: Session, running: Sequence[Experiment]) -> Treatment:
    exposures, shadows = [], []
    policies: dict[str, str] = {}
    tuning: dict[str, float] = {}
    model_version = None
    for experiment in running:
        unit_id = session.user_id if experiment.unit is Unit.USER else session.session_id
        if unit_id is None:
            continue
        arm = experiment.serving_arm(unit_id)
        exposures.append(Exposure(experiment=experiment.experiment_id, arm=arm.name))
        policies |= arm.policies
        tuning |= arm.tuning
        model_version = arm.model_version or model_version
        for placement, policies_beside in experiment.shadows.items():
            shadows += [(placement, text) for text in policies_beside]
    return Treatment(
        exposures=tuple(exposures),
        policies=tuple(policies.items()),
        tuning=tuple(tuning.items()),
        model_version=model_version,
        shadows=tuple(dict.fromkeys(shadows)),
    )
