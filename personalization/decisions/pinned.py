"""Everything that one decision and its profile are made of, as it stood at one moment."""

from dataclasses import dataclass
from typing import Any

from personalization.catalogue.pinned_catalogue import PinnedCatalogue
from personalization.merchandising.current_rules import Applied
from personalization.merchandising.visible_lists import VisibleLists
from personalization.plans.current_plan import Parsed
from personalization.policies.placement import Placement
from personalization.ports.value_models import ServedPolicy
from personalization.priors.active_priors import ActivePriors


@dataclass(frozen=True, slots=True, kw_only=True)
class Pinned:
    """Priors, policy, rules, placements and catalogue of now.

    Any of them may be replaced while a decision is made, by another thread or because time passed:
    the kept decision would then name one version and be made from two.
    """

    priors: ActivePriors
    catalogue: PinnedCatalogue
    live_policy: ServedPolicy
    """The policy that everybody gets, which goes on learning."""
    policy: ServedPolicy
    """The same as it is now."""
    rules: Applied
    visible: VisibleLists
    """The lists of `priors` without what `rules` hide."""
    placements: Parsed[tuple[Placement, ...]]
    """Those of everybody, before an arm gives some of them another policy."""
    experiments: Parsed[Any] | None = None
    """The plan of those that were running, where an `ExperimentDecider` pinned it."""

    def policy_of(self, policy: ServedPolicy) -> ServedPolicy:
        """Return an arm's own policy as it is now, the pinned one where it is everybody's."""
        return self.policy if policy is self.live_policy else policy.pin()
