"""A decision is made of one snapshot and one generation, whatever is replaced meanwhile."""

from collections.abc import Callable, Sequence
from pathlib import Path

from personalization.adapters.vowpal.model_parts import BASE
from personalization.adapters.vowpal.policy import COLD_VERSION, VowpalLearner, VowpalPolicy
from personalization.decisions.decision_maker import DecisionMaker
from personalization.domain.context import Context
from personalization.domain.event import Event
from personalization.domain.identifiers import GenerationId
from personalization.domain.session import Session
from personalization.ports.model_store import ModelStore
from personalization.ports.policy import Candidate
from personalization.priors.active_priors import ActivePriors
from personalization.sessions.counting import take
from tests.builders.event import an_event
from tests.builders.generation import a_generation
from tests.builders.moments import NOON
from tests.builders.shops.small_shop import SmallShop, a_small_shop

OTHER = GenerationId("other")


class OvertakenPolicy(VowpalPolicy):
    """Something happens while it is asked."""

    def __init__(self, store: ModelStore, meanwhile: Callable[[], object]) -> None:
        super().__init__(store)
        self._meanwhile = meanwhile

    def probabilities(self, context: Context, candidates: Sequence[Candidate]) -> list[float]:
        """Return the probabilities, after the other thing."""
        self._meanwhile()
        return super().probabilities(context, candidates)


def after_a_view(shop: SmallShop) -> Session:
    event: Event = an_event()
    return take(Session.start(event), event, shop.catalogue.products(event.product_ids))[0]


def test_a_snapshot_that_comes_meanwhile_serves_the_next_decision(tmp_path: Path) -> None:
    shop = a_small_shop(tmp_path)

    def meanwhile() -> None:
        if shop.models.current() is None:
            shop.models.save({BASE.name: VowpalLearner(None).dump()}, None)
            policy.refresh()

    policy = OvertakenPolicy(shop.models, meanwhile)
    decider = DecisionMaker(shop.active_priors, shop.catalogue, policy)

    first, second = (decider.decide(after_a_view(shop), NOON) for _ in range(2))

    assert (first.policy_version, first.draws[0].policy_version) == (COLD_VERSION, COLD_VERSION)
    assert (second.policy_version, second.draws[0].policy_version) == (shop.models.current(),) * 2


def test_a_generation_that_comes_meanwhile_serves_the_next_decision(tmp_path: Path) -> None:
    shop = a_small_shop(tmp_path)
    shop.priors.register(a_generation(generation_id=OTHER))

    def meanwhile() -> None:
        # It has no lists at all: whatever is read of it is missing.
        shop.priors.promote(OTHER)
        priors.refresh()

    priors = ActivePriors(shop.priors)
    usual = DecisionMaker(ActivePriors(shop.priors), shop.catalogue, VowpalPolicy(shop.models))
    undisturbed = usual.decide(after_a_view(shop), NOON)
    decider = DecisionMaker(priors, shop.catalogue, OvertakenPolicy(shop.models, meanwhile))

    assert decider.decide(after_a_view(shop), NOON) == undisturbed
    assert priors.generation().generation_id == OTHER
