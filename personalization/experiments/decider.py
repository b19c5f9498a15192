"""Decides by the arms that a session is in, and computes the shadows beside what is shown."""

import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Protocol

from personalization.decisions.decision_maker import DecisionMaker, RankingConfig
from personalization.decisions.given import Given
from personalization.decisions.pinned import Pinned
from personalization.domain.decision import Decision, Exposure, Shadow
from personalization.domain.errors import InvalidPolicyError, PersonalizationError
from personalization.domain.identifiers import Region
from personalization.domain.session import Session
from personalization.experiments.experiment import Experiment, ExperimentBook, Unit
from personalization.experiments.shadows import shadow_of
from personalization.merchandising.visible_lists import VisibleLists
from personalization.plans.current_plan import NO_VERSION, Parsed
from personalization.policies.placement import Placement, on_profiles
from personalization.policies.spec import PolicySpec
from personalization.ports.value_models import ServedPolicy

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

    def config(self, base: RankingConfig, placements: Sequence[Placement]) -> RankingConfig:
        """Raise `InvalidPolicyError` for an unknown policy, or a placement that the page lacks.

        Nothing would be different there, and no arm should be said to have been given.
        """
        # An arm's numbers are read as floats; 4.0 cannot be read again as a whole number.
        tuning: dict[str, Any] = {
            name: type(getattr(base.tuning, name))(of) for name, of in self.tuning
        }
        specs = {name: PolicySpec.parse(text) for name, text in self.policies}
        lacking = sorted(specs.keys() - {placement.name for placement in placements})
        if lacking:
            raise InvalidPolicyError(f"There is no placement {lacking[0]!r}.")
        return replace(base, policies=specs, tuning=replace(base.tuning, **tuning))


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


_LOG = logging.getLogger(__name__)
KEPT_VARIANTS = 200
"""Far more than arms that run at once; each is a few references."""
TRY_AGAIN = timedelta(seconds=30)
"""Until an arm that could not be built is tried again: each try reads the store."""
_Changes = tuple[object, ...]


class Decider(Protocol):
    def pin(self, now: datetime, region: Region | None) -> Pinned: ...

    def decide(self, session: Session, now: datetime, pinned: Pinned | None = None) -> Decision: ...

    def decide_on(
        self, session: Session, given: Given, now: datetime, pinned: Pinned | None = None
    ) -> Decision: ...

    def visible_lists(self, now: datetime, region: Region | None) -> VisibleLists: ...


class ReadsExperiments(Protocol):
    def read(self) -> Parsed[ExperimentBook]: ...


PinnedPolicy = Callable[[str], ServedPolicy]
"""Loads the policy of one snapshot; raises a `PersonalizationError` where it cannot be loaded."""


class ExperimentDecider:
    """Gives what everybody gets, without an exposure, where an arm cannot be built.

    Nothing that an experiment asks for fails a decision, such as a pinned snapshot that is gone.
    """

    def __init__(
        self, decider: DecisionMaker, experiments: ReadsExperiments, pinned: PinnedPolicy
    ) -> None:
        self._decider = decider
        self._experiments = experiments
        self._pinned = pinned
        self._variants: dict[_Changes, DecisionMaker] = {}
        self._again_at: dict[_Changes, datetime] = {}
        self._policies: dict[str, ServedPolicy] = {}
        """Of pinned snapshots, which several treatments may share."""
        self._version = 0
        self._placed = NO_VERSION
        """The version of the placements that variants were built for."""

    def pin(self, now: datetime, region: Region | None) -> Pinned:
        """Return what all arms share: only the policy of a pinned snapshot is an arm's own."""
        return self._decider.pin(now, region, self._experiments.read())

    def decide(self, session: Session, now: datetime, pinned: Pinned | None = None) -> Decision:
        """Return the decision of the session's arms, with its exposures and shadows."""
        pinned = pinned or self.pin(now, session.region)
        treatment, decider = self._treat(session, now, pinned)
        decision = decider.decide(session, now, pinned)
        if treatment is UNTREATED:
            return decision
        shadows = tuple(self._shadows(treatment, decision, pinned))
        return replace(decision, exposures=treatment.exposures, shadows=shadows)

    def decide_on(
        self, session: Session, given: Given, now: datetime, pinned: Pinned | None = None
    ) -> Decision:
        """Return the decision of the session's arms, with its exposures; nothing is shadowed."""
        pinned = pinned or self.pin(now, session.region)
        treatment, decider = self._treat(session, now, pinned)
        decision = decider.decide_on(session, given, now, pinned)
        if not treatment.exposures:
            return decision
        return replace(decision, exposures=treatment.exposures)

    def _treat(
        self, session: Session, now: datetime, pinned: Pinned
    ) -> tuple[Treatment, DecisionMaker]:
        book: Parsed[ExperimentBook] = pinned.experiments or self._experiments.read()
        if not book.document.running:
            return UNTREATED, self._decider
        versions = book.version, pinned.placements.version
        if versions != (self._version, self._placed) or len(self._variants) > KEPT_VARIANTS:
            self._begin(book, pinned.placements.version)
        treatment = treatment_of(session, book.document.running)
        decider = self._variant(treatment, now, pinned)
        return (UNTREATED, self._decider) if decider is None else (treatment, decider)

    def visible_lists(self, now: datetime, region: Region | None) -> VisibleLists:
        return self._decider.visible_lists(now, region)

    def _begin(self, book: Parsed[ExperimentBook], placed: int) -> None:
        """Forget what was built for another version, but for snapshots that are still pinned."""
        arms = (arm for experiment in book.document.running for arm in experiment.arms)
        pinned = {arm.model_version for arm in arms}
        self._policies = {name: of for name, of in self._policies.items() if name in pinned}
        self._variants, self._again_at = {}, {}
        self._version, self._placed = book.version, placed

    def _variant(self, treatment: Treatment, now: datetime, pinned: Pinned) -> DecisionMaker | None:
        changes = treatment.changes
        if changes == UNTREATED.changes:
            return self._decider
        # Other threads may forget or build the same meanwhile: each dictionary is asked once.
        known = self._variants.get(changes)
        if known is not None or now < self._again_at.get(changes, now):
            return known
        built = self._build(treatment, pinned.placements.document)
        if built is None:
            self._again_at[changes] = now + TRY_AGAIN
        else:
            self._variants[changes] = built
        return built

    def _policy(self, version: str) -> ServedPolicy:
        policy = self._policies.get(version)
        if policy is None:
            policy = self._policies[version] = self._pinned(version)
        return policy

    def _build(self, treatment: Treatment, placements: Sequence[Placement]) -> DecisionMaker | None:
        version = treatment.model_version
        try:
            policy = self._policy(version) if version is not None else None
            config = treatment.config(self._decider.config, placements)
            return self._decider.variant(config, policy)
        except PersonalizationError as error:
            _LOG.warning(
                "an arm cannot be built, its units get what everybody gets",
                extra={"fields": {"snapshot": version, "error": str(error)}},
            )
            return None

    def _shadows(
        self, treatment: Treatment, decision: Decision, pinned: Pinned
    ) -> Iterator[Shadow]:
        """Yield what each shadow policy would have shown; one that cannot be built casts none."""
        placements = {placement.name for placement in on_profiles(pinned.placements.document)}
        for placement, spec in treatment.shadows:
            shadow = Treatment(policies=((placement, spec),))
            other = self._variant(shadow, decision.decided_at, pinned)
            if placement in placements and other is not None:
                yield shadow_of(decision, other.redrawn(decision, pinned), placement)
