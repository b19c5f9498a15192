"""From a session to its decision: the ranking path, from end to end."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from personalization.catalogue.catalogue_cache import CachedCatalogue
from personalization.domain.context import Context
from personalization.domain.decision import ActionSource, Decision, Evidence
from personalization.domain.decision_id import decision_id_of, seed_of
from personalization.domain.draw import Draw, Place
from personalization.domain.identifiers import ProductId, Region
from personalization.domain.session import Session
from personalization.domain.tuning import DEFAULT_TUNING, Tuning
from personalization.merchandising.current_rules import Merchandising, NoRules
from personalization.merchandising.in_force import RulesInForce
from personalization.merchandising.visible_lists import Shelf
from personalization.policies.draws import DrawMaker, MakesDraws
from personalization.policies.placement import ONE_PLACEMENT, Placement, check_placements
from personalization.policies.slate import draw_slate
from personalization.ports.value_models import ServedPolicy
from personalization.priors.active_priors import ActivePriors
from personalization.ranking.adjustments import adjusted
from personalization.ranking.blend import Blend, Draft
from personalization.ranking.boosts import content_boosts
from personalization.ranking.candidates import Sources, action_set
from personalization.ranking.categories import score_categories
from personalization.ranking.context import context_of
from personalization.ranking.diversity import diversity
from personalization.ranking.evidence import evidence_of
from personalization.ranking.prior_strengths import product_strengths
from personalization.ranking.ranker import RankedActions, Subject, rank_actions
from personalization.ranking.relevance import Relevances


@dataclass(frozen=True, slots=True, kw_only=True)
class RankingPlan:
    """What a decision goes by: how many actions, which placements, which numbers and rules."""

    actions: int = 100
    placements: tuple[Placement, ...] = ONE_PLACEMENT
    tuning: Tuning = DEFAULT_TUNING
    rules: Merchandising = field(default_factory=NoRules)


DEFAULT_PLAN = RankingPlan()


class DecisionMaker:
    """Builds context and action set, asks the policy, blends, and draws the slate.

    Raises `InvalidPolicyError` for a placement whose policy asks a model that is not learned.
    """

    def __init__(
        self,
        priors: ActivePriors,
        catalogue: CachedCatalogue,
        policy: ServedPolicy,
        plan: RankingPlan = DEFAULT_PLAN,
        draws: MakesDraws | None = None,
    ) -> None:
        """Take what it goes by; without draws of others, they are made of the policy's models."""
        if draws is None:
            check_placements(plan.placements, policy.models.learned)
        self._priors = priors
        self._catalogue = catalogue
        self._policy = policy
        self._draws = draws
        self._plan = plan

    @property
    def plan(self) -> RankingPlan:
        """What it goes by."""
        return self._plan

    @property
    def _drawing(self) -> MakesDraws:
        return self._draws or DrawMaker(self._policy)

    def variant(self, plan: RankingPlan, policy: ServedPolicy | None = None) -> "DecisionMaker":
        """Return one that decides by another plan, or another model too, and shares all caches."""
        return DecisionMaker(self._priors, self._catalogue, policy or self._policy, plan)

    def with_tuning(self, tuning: Tuning) -> "DecisionMaker":
        """Return one that decides by other numbers and shares all caches with this one."""
        return self.variant(replace(self._plan, tuning=tuning))

    def redrawn(self, decision: Decision) -> tuple[Draw, ...]:
        """Return how this one would have drawn the slots from a decision's actions."""
        return self._drawing.draws(self._plan.placements, decision, decision.seed, decision.barred)

    def with_rules(self, rules: Merchandising) -> "DecisionMaker":
        """Return one that decides by other merchandising rules, with the same caches."""
        return self.variant(replace(self._plan, rules=rules))

    def shelf(self, now: datetime, region: Region | None) -> Shelf:
        """Return what decisions of a moment may show of the precomputed lists."""
        return Shelf(self._priors, self._catalogue, self._plan.rules.at(now, region).rules)

    def decide(self, session: Session, now: datetime) -> Decision:
        """Return the decision; without interactions it rests on priors alone.

        Raises `NoActiveGenerationError` before the first nightly run.
        """
        return self._pinned()._decide(session, now)  # noqa: SLF001 (one of its own class)

    def _pinned(self) -> "DecisionMaker":
        """Return one with the snapshot and the generation of now.

        Both may be replaced while a decision is made, by another thread or because time passed:
        what is kept of it would then tell of one and be made of two.
        """
        policy = self._policy.pinned()
        draws = self._draws or DrawMaker(policy)
        return DecisionMaker(self._priors.pinned(), self._catalogue, policy, self._plan, draws)

    def _decide(self, session: Session, now: datetime) -> Decision:
        generation = self._priors.generation()
        tuning = self._plan.tuning
        context = context_of(session, now, tuning)
        evidence = evidence_of(session, self._catalogue, now, tuning.time_halflife_seconds)
        applied = self._plan.rules.at(now, session.region)
        ranked, pins = self._ranked(context, evidence, applied.rules)
        category_frame, categories = score_categories(
            evidence, context, self._priors, ranked.actions, tuning
        )
        # The version grows with every decision of a session, so the id is the decision's own.
        material = f"{session.session_id}/{session.profile_version}/{generation.generation_id}"
        decision_id = decision_id_of(now, material)
        seed = seed_of(decision_id)
        barred = applied.rules.barred_among(ranked.actions)
        draws = self._drawing.draws(self._plan.placements, ranked, seed, barred)
        return Decision(
            decision_id=decision_id,
            session_id=session.session_id,
            decided_at=now,
            context=context,
            actions=ranked.actions,
            slate=draw_slate(ranked.actions, draws, seed, pins),
            base_policy=self._policy.name,
            policy_version=self._policy.version,
            generation_id=generation.generation_id,
            evidence=evidence,
            frame=ranked.frame,
            evidence_amount=sum((interaction.freshness for interaction in evidence), 0.0),
            live_weight=ranked.live_weight,
            categories=categories,
            category_frame=category_frame,
            seed=seed,
            draws=draws,
            tuning=tuning,
            last_event_id=session.seen[-1] if session.seen else None,
            rules_version=applied.version,
        )

    def _ranked(
        self, context: Context, evidence: tuple[Evidence, ...], rules: RulesInForce
    ) -> tuple[RankedActions, Mapping[Place, ProductId]]:
        shelf = Shelf(self._priors, self._catalogue, rules)
        sources = action_set(evidence, context, shelf, self._plan.actions)
        pins = self._with_pins(sources, shelf, rules)
        products = self._catalogue.products([ProductId(source) for source in sources])
        affinities = Relevances(evidence, self._priors)
        strengths = product_strengths(
            {product_id: product.category_id for product_id, product in products.items()},
            context,
            self._priors,
            self._plan.tuning.product_weights,
        )
        drafts = [
            Draft(affinities.of(product_id), sparse)
            for product_id, sparse in zip(products, strengths.sparse, strict=True)
        ]
        blend = Blend.of(evidence, strengths.weights, drafts, self._plan.tuning)
        subjects = [
            Subject(product_id, product.category_id, tuple(sources[product_id]))
            for product_id, product in products.items()
        ]
        return self._tuned(rank_actions(context, subjects, blend, self._policy), rules), pins

    def _with_pins(
        self, sources: Sources, shelf: Shelf, rules: RulesInForce
    ) -> Mapping[Place, ProductId]:
        """Return the pins that can be shown, whose products are added to the actions."""
        wanted = rules.pins_within(
            {placement.name: placement.size for placement in self._plan.placements}
        )
        if not wanted:
            return wanted
        products = list(wanted.values())
        sold = self._catalogue.products(products).keys() - shelf.hidden(products)
        pins = {place: product for place, product in wanted.items() if product in sold}
        for product in pins.values():
            sources.setdefault(product, []).append(ActionSource.PINNED)
        return pins

    def _tuned(self, ranked: RankedActions, rules: RulesInForce) -> RankedActions:
        """Apply all boosts, then diversity, which looks at the order that all else has made."""
        tuning, actions = self._plan.tuning, ranked.actions
        boosts = content_boosts([action.product_id for action in actions], self._priors, tuning)
        asked = [*boosts, *rules.adjustments(actions)]
        actions, frame = adjusted(actions, ranked.frame, asked)
        actions, frame = adjusted(actions, frame, diversity(actions, tuning.diversity))
        return replace(ranked, actions=actions, frame=frame)
