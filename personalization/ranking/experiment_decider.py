"""Decides by the arms that a session is in, and computes the shadows beside what is shown."""

import logging
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime
from typing import Protocol

from personalization.domain.decision import Decision, Shadow
from personalization.domain.errors import PersonalizationError
from personalization.domain.experiment import ExperimentBook
from personalization.domain.identifiers import Region
from personalization.domain.session import Session
from personalization.ports.value_models import ServedPolicy
from personalization.ranking.current_plan import CurrentPlan
from personalization.ranking.decision_maker import DecisionMaker
from personalization.ranking.shadows import shadow_of
from personalization.ranking.shelf import Shelf
from personalization.ranking.treatments import UNTREATED, Treatment, treatment_of

_LOG = logging.getLogger(__name__)
KEPT_VARIANTS = 200
"""Far more than arms that run at once; each is a few references."""


class Decider(Protocol):
    """Makes decisions."""

    def decide(self, session: Session, now: datetime) -> Decision:
        """Return the decision."""
        ...

    def shelf(self, now: datetime, region: Region | None) -> Shelf:
        """Return what decisions of a moment may show of the precomputed lists."""
        ...


PinnedPolicy = Callable[[str], ServedPolicy]
"""Loads the policy of one snapshot; raises a `PersonalizationError` where it cannot be had."""


class ExperimentDecider:
    """A `Decider` over the one that everybody gets.

    Nothing that an experiment asks for fails a decision: an arm that cannot be had, such as one
    whose pinned snapshot is gone, gives what everybody gets, and no exposure is kept.
    """

    def __init__(
        self,
        decider: DecisionMaker,
        experiments: CurrentPlan[ExperimentBook],
        pinned: PinnedPolicy,
    ) -> None:
        self._decider = decider
        self._experiments = experiments
        self._pinned = pinned
        self._variants: dict[tuple[object, ...], DecisionMaker | None] = {}
        self._version = 0

    def decide(self, session: Session, now: datetime) -> Decision:
        """Return the decision of the session's arms, with its exposures and shadows.

        Raises what the decider raises.
        """
        book = self._experiments.read()
        if not book.document.running:
            return self._decider.decide(session, now)
        if book.version != self._version or len(self._variants) > KEPT_VARIANTS:
            # What could not be had under one version is tried again under the next.
            self._variants, self._version = {}, book.version
        treatment = treatment_of(session, book.document.running)
        decider = self._variant(treatment)
        if decider is None:
            treatment, decider = UNTREATED, self._decider
        decision = decider.decide(session, now)
        shadows = tuple(self._shadows(treatment, decision))
        return replace(decision, exposures=treatment.exposures, shadows=shadows)

    def shelf(self, now: datetime, region: Region | None) -> Shelf:
        """Return what decisions of a moment may show: rules are the same in every arm."""
        return self._decider.shelf(now, region)

    def _variant(self, treatment: Treatment) -> DecisionMaker | None:
        """Return the decider of a treatment, None where it cannot be had."""
        if treatment.changes == UNTREATED.changes:
            return self._decider
        if treatment.changes not in self._variants:
            self._variants[treatment.changes] = self._built(treatment)
        return self._variants[treatment.changes]

    def _built(self, treatment: Treatment) -> DecisionMaker | None:
        version = treatment.model_version
        try:
            policy = self._pinned(version) if version is not None else None
            return self._decider.variant(treatment.plan(self._decider.plan), policy)
        except PersonalizationError as error:
            _LOG.warning(
                "an arm cannot be had, its units get what everybody gets",
                extra={"fields": {"snapshot": version, "error": str(error)}},
            )
            return None

    def _shadows(self, treatment: Treatment, decision: Decision) -> Iterator[Shadow]:
        """Yield what each shadow policy would have shown; one that cannot be had casts none."""
        placements = {one.name for one in self._decider.plan.placements}
        for placement, spec in treatment.shadows:
            other = self._variant(Treatment(policies=((placement, spec),)))
            if placement in placements and other is not None:
                yield shadow_of(decision, other.redrawn(decision), placement)
