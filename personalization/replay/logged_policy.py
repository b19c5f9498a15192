"""A policy that repeats what was logged, where its model is no longer kept."""

from collections.abc import Sequence

from personalization.domain.context import Context
from personalization.domain.decision import Decision
from personalization.domain.draw import Draw
from personalization.policies.draws import NOTHING_BARRED, Barred
from personalization.policies.placement import Placement
from personalization.policies.policy import Ranked
from personalization.ports.policy import Candidate
from personalization.ports.value_models import ServedModels


class LoggedPolicy:
    """Implements `ServedPolicy` and `MakesDraws` with what one past decision kept of them."""

    def __init__(self, decision: Decision) -> None:
        self._decision = decision
        self._known = {
            action.product_id: action.ingredients.probability for action in decision.actions
        }

    @property
    def name(self) -> str:
        return self._decision.base_policy

    @property
    def version(self) -> str:
        return self._decision.policy_version

    @property
    def models(self) -> ServedModels:
        """No model: what they said is in the draws."""
        return ServedModels(version=self.version)

    def pin(self) -> "LoggedPolicy":
        return self

    def draws(
        self,
        placements: Sequence[Placement],
        ranked: Ranked,
        seed: int,
        barred: Barred = NOTHING_BARRED,
    ) -> tuple[Draw, ...]:
        del placements, ranked, seed, barred
        return self._decision.draws

    def probabilities(self, context: Context, candidates: Sequence[Candidate]) -> list[float]:
        """Return what was logged; a product that was no action has 0."""
        del context
        return [self._known.get(candidate.product_id, 0.0) for candidate in candidates]
