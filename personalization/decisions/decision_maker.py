"""From a session to its decision: the ranking path, from end to end."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Protocol, cast

from personalization.catalogue.catalogue_cache import CatalogueCache
from personalization.decisions.given import Given, by_terms, settle, with_terms
from personalization.decisions.pinned import Pinned
from personalization.decisions.visit import VisitEvidence, VisitReader
from personalization.domain.action_table import product_ids_of
from personalization.domain.asked import Asked, AskedKind
from personalization.domain.decision import (
    Action,
    ActionSource,
    Adjustment,
    CategoryScore,
    Decision,
    Evidence,
    Frame,
)
from personalization.domain.draw import Draw, Place
from personalization.domain.identifiers import ProductId, Region, decision_id_of, seed_of
from personalization.domain.prior import GLOBAL_SCOPE, PriorTable
from personalization.domain.session import Session
from personalization.domain.tuning import DEFAULT_TUNING, Tuning
from personalization.merchandising.current_rules import Merchandising, NoRules
from personalization.merchandising.visible_lists import KeptLists, Viewer, VisibleLists
from personalization.plans.current_plan import NO_VERSION, Parsed
from personalization.policies.draws import DrawMaker, MakesDraws, draw_slate
from personalization.policies.placement import (
    ONE_PLACEMENT,
    Placement,
    check_placements,
    on_profiles,
)
from personalization.policies.spec import PolicySpec
from personalization.ports.value_models import ServedPolicy
from personalization.priors.active_priors import ActivePriors
from personalization.ranking.adjustments import adjust
from personalization.ranking.blend import Blend, Drafts
from personalization.ranking.boosts import content_boosts
from personalization.ranking.breadth import MOST_POPULAR, breadth
from personalization.ranking.candidates import Sources, VisitLists, action_set
from personalization.ranking.categories import score_categories
from personalization.ranking.diversity import diversity
from personalization.ranking.fatigue import fatigue
from personalization.ranking.left_out import NOTHING_LEFT_OUT, LeftOut
from personalization.ranking.prior_strengths import product_strengths
from personalization.ranking.ranker import Considered, RankedActions, rank_actions
from personalization.ranking.relevance import relevances_of
from personalization.ranking.tastes import taste_terms
from personalization.value_classes import copy_with


@dataclass(frozen=True, slots=True, kw_only=True)
class RankingConfig:
    """The settings of decisions: number of actions, placements, tuning and rules."""

    actions: int = 100
    placements: tuple[Placement, ...] = ONE_PLACEMENT
    policies: Mapping[str, PolicySpec] = field(default_factory=dict[str, PolicySpec])
    """Placement -> the policy that fills it instead of its own, as an arm has it."""
    tuning: Tuning = DEFAULT_TUNING
    rules: Merchandising = field(default_factory=NoRules)
    left_out: LeftOut = NOTHING_LEFT_OUT
    """Only ever something while a ranking is measured."""


DEFAULT_CONFIG = RankingConfig()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Choice:
    """What a decision is made of, before its slots are drawn."""

    visit: VisitEvidence
    ranked: RankedActions
    pins: Mapping[Place, ProductId]
    tuning: Tuning
    placements: tuple[Placement, ...]
    category_frame: Frame
    categories: tuple[CategoryScore, ...] = ()
    asked: Asked | None = None


class ReadsPlacements(Protocol):
    def read(self) -> Parsed[tuple[Placement, ...]]: ...


class DecisionMaker:
    """Raise `InvalidPolicyError` for a placement whose policy asks a model that is not learned."""

    def __init__(
        self,
        priors: ActivePriors,
        catalogue: CatalogueCache,
        policy: ServedPolicy,
        config: RankingConfig = DEFAULT_CONFIG,
        draws: MakesDraws | None = None,
        plan: ReadsPlacements | None = None,
    ) -> None:
        """`draws=None` builds draws from the policy's models.

        A `plan` says which placements there are, instead of the configuration.
        """
        if draws is None:
            check_placements(_overridden(config.placements, config), policy.models.available)
        self._priors = priors
        self._catalogue = catalogue
        self._policy = policy
        self._draws = draws
        self._config = config
        self._plan = plan
        self._kept_lists = KeptLists()

    @property
    def config(self) -> RankingConfig:
        return self._config

    def placements(self) -> tuple[Placement, ...]:
        """Return those of now."""
        return self._placements().document

    def variant(self, config: RankingConfig, policy: ServedPolicy | None = None) -> "DecisionMaker":
        """Return one by another configuration; where that has other placements, no plan holds."""
        plan = self._plan if config.placements is self._config.placements else None
        policy = policy or self._policy
        return DecisionMaker(self._priors, self._catalogue, policy, config, plan=plan)

    def with_tuning(self, tuning: Tuning) -> "DecisionMaker":
        return self.variant(replace(self._config, tuning=tuning))

    def redrawn(self, decision: Decision, pinned: Pinned) -> tuple[Draw, ...]:
        """Return how this one would have drawn the slots from a decision's actions."""
        draws = self._draws or DrawMaker(pinned.policy_of(self._policy))
        placements = _overridden(on_profiles(pinned.placements.document), self._config)
        return draws.draws(placements, decision, decision.seed, decision.barred_actions)

    def with_rules(self, rules: Merchandising) -> "DecisionMaker":
        return self.variant(replace(self._config, rules=rules))

    def visible_lists(self, now: datetime, region: Region | None) -> VisibleLists:
        rules = self._config.rules.at(now, region).rules
        return VisibleLists(self._priors, self._catalogue, rules, Viewer(now, region))

    def pin(
        self, now: datetime, region: Region | None, experiments: Parsed[Any] | None = None
    ) -> Pinned:
        """Raise `NoActiveGenerationError` before the first nightly run."""
        priors, rules = self._priors.pin(), self._config.rules.at(now, region)
        catalogue = self._catalogue.pin()
        return Pinned(
            priors=priors,
            catalogue=catalogue,
            live_policy=self._policy,
            policy=self._policy.pin(),
            rules=rules,
            visible=VisibleLists(
                priors, catalogue, rules.rules, Viewer(now, region), self._kept_lists
            ),
            placements=self._placements(),
            experiments=experiments,
        )

    def _placements(self) -> Parsed[tuple[Placement, ...]]:
        if self._plan is not None:
            return self._plan.read()
        return Parsed(NO_VERSION, self._config.placements)

    def decide(self, session: Session, now: datetime, pinned: Pinned | None = None) -> Decision:
        """Raise as `pin` does; `pinned` is what the profile will be made of, too."""
        pinned = pinned or self.pin(now, session.region)
        tuning = self._config.tuning
        visit = VisitReader(session, now, pinned).read(tuning)
        ranked, pins = self._rank(visit, pinned, pinned.policy_of(self._policy))
        category_frame, categories = score_categories(
            visit.evidence, visit.context, pinned.priors, ranked.actions, tuning
        )
        choice = _Choice(
            visit=visit,
            ranked=ranked,
            pins=pins,
            tuning=tuning,
            placements=on_profiles(pinned.placements.document),
            category_frame=category_frame,
            categories=categories,
        )
        return self._decision(session, now, pinned, choice)

    def decide_on(
        self, session: Session, given: Given, now: datetime, pinned: Pinned | None = None
    ) -> Decision:
        """Return the decision on products that were found already; it scores no categories.

        Raises as `pin` does, and `InvalidPolicyError` for a policy whose model is not learned.
        """
        pinned = pinned or self.pin(now, session.region)
        policy = pinned.policy_of(self._policy)
        tuning = given.tuning_by(self._config.tuning)
        visit = (given.visit or VisitReader(session, now, pinned)).read(tuning)
        sources: Sources = dict(given.sources.items())
        pins = _pins_among(sources, given.placement, pinned)
        given = settle(copy_with(given, tuning=tuning), tuning.mantissa_bits)
        sources = by_terms(sources, given.terms)
        tired = fatigue(session) if given.asked.kind is AskedKind.ROW else ()
        ranked = self._score(visit, sources, pinned, policy, given, tired)
        if given.asked.is_broad:
            ranked = _spread(ranked, visit.evidence.pieces, pinned)
        choice = _Choice(
            visit=visit,
            ranked=ranked,
            pins=pins,
            tuning=tuning,
            placements=(given.placement,),
            category_frame=Frame(priors=(), normaliser=1.0, scale=1.0, decay=tuning.decay),
            asked=given.asked,
        )
        return self._decision(session, now, pinned, choice)

    def _decision(
        self, session: Session, now: datetime, pinned: Pinned, choice: "_Choice"
    ) -> Decision:
        """Draw the slots of the placements, and return all that is kept of it."""
        visit, ranked, asked = choice.visit, choice.ranked, choice.asked
        policy, generation = pinned.policy_of(self._policy), pinned.priors.generation()
        pieces = visit.evidence.pieces
        # The version grows with every decision of a session, so the id is the decision's own; rows
        # of one moment have their nonces.
        material = f"{session.session_id}/{session.profile_version}/{generation.generation_id}"
        material = material if asked is None else f"{material}/{asked.nonce}"
        decision_id = decision_id_of(now, material)
        seed = seed_of(decision_id)
        draws = self._draw(choice.placements, ranked, seed, pinned)
        return Decision(
            decision_id=decision_id,
            session_id=session.session_id,
            decided_at=now,
            context=visit.context,
            # Reads as a tuple does.
            actions=cast("tuple[Action, ...]", ranked.actions),
            slate=draw_slate(ranked.actions, draws, seed, choice.pins),
            base_policy=policy.name,
            policy_version=policy.version,
            generation_id=generation.generation_id,
            evidence=pieces,
            frame=ranked.frame,
            evidence_amount=visit.evidence.amount,
            live_weight=ranked.live_weight,
            categories=choice.categories,
            category_frame=choice.category_frame,
            seed=seed,
            draws=draws,
            tuning=choice.tuning,
            last_event_id=session.seen[-1] if session.seen else None,
            rules_version=pinned.rules.version,
            erased_version=_erased_version(pieces, pinned.priors),
            asked=asked,
            by_pieces=session.takes_pieces_back,
        )

    def _draw(
        self, placements: tuple[Placement, ...], ranked: RankedActions, seed: int, pinned: Pinned
    ) -> tuple[Draw, ...]:
        barred = pinned.rules.rules.barred_among(ranked.actions)
        drawing = self._draws or DrawMaker(pinned.policy_of(self._policy))
        return drawing.draws(_overridden(placements, self._config), ranked, seed, barred)

    def _rank(
        self, visit: VisitEvidence, pinned: Pinned, policy: ServedPolicy
    ) -> tuple[RankedActions, Mapping[Place, ProductId]]:
        visible, config = pinned.visible, self._config
        of_visit = VisitLists(
            visible.visible_among(visit.signals.candidates),
            () if visit.tastes is None else visit.tastes.lists(visible),
        )
        sources = action_set(
            visit.evidence.pieces,
            visit.context,
            visible,
            config.actions,
            of_visit,
            config.left_out.sources,
        )
        drawn = on_profiles(pinned.placements.document)
        sizes = {placement.name: placement.size for placement in drawn}
        pins = self._add_pins(sources, pinned, sizes)
        return self._score(visit, sources, pinned, policy), pins

    def _score(
        self,
        visit: VisitEvidence,
        sources: Sources,
        pinned: Pinned,
        policy: ServedPolicy,
        given: Given | None = None,
        tired: tuple[Adjustment, ...] = (),
    ) -> RankedActions:
        """Return the products of `sources` that the catalogue knows, scored, best first."""
        priors, left_out = pinned.priors, self._config.left_out
        tuning = (given and given.tuning) or self._config.tuning
        products = pinned.catalogue.products(cast("Sequence[ProductId]", list(sources)))
        categories = {product: known.category_id for product, known in products.items()}
        strengths = product_strengths(categories, visit.context, priors, tuning.product_weights)
        product_ids = list(products)
        terms = () if given is None else given.terms
        room = 1.0 - sum([term.share for term in terms])
        terms = (*terms, *taste_terms(visit.tastes, categories, priors, room))
        if terms:
            strengths = with_terms(strengths, terms, product_ids)
        relevances = left_out.relevances(relevances_of(product_ids, visit.evidence.pieces, priors))
        weights = left_out.weights({**strengths.weights, **visit.signals.weights})
        drafts = Drafts(relevances, visit.signals.below(strengths.rows, product_ids))
        drafts = drafts.round_to(tuning.mantissa_bits)
        blend = Blend.of(visit.evidence, weights, drafts, len(visit.signals.weights))
        considered = Considered(
            product_ids=product_ids,
            category_ids=list(categories.values()),
            sources=[sources[product] for product in products],
        )
        ranked = rank_actions(visit.context, considered, blend, policy)
        return self._adjust(ranked, pinned, tired)

    def _add_pins(
        self, sources: Sources, pinned: Pinned, sizes: Mapping[str, int]
    ) -> Mapping[Place, ProductId]:
        """Return the pins that can be shown, whose products are added to the actions."""
        wanted = pinned.rules.rules.pins_within(sizes)
        if not wanted:
            return wanted
        products = list(wanted.values())
        sold = pinned.catalogue.products(products).keys() - pinned.visible.hidden_among(products)
        pins = {place: product for place, product in wanted.items() if product in sold}
        for product in pins.values():
            sources[product] = (*sources.get(product, ()), ActionSource.PINNED)
        return pins

    def _adjust(
        self, ranked: RankedActions, pinned: Pinned, tired: tuple[Adjustment, ...]
    ) -> RankedActions:
        """Apply all boosts, then diversity, which looks at the order that all else has made."""
        tuning, actions = self._config.tuning, ranked.actions
        boosts = content_boosts(product_ids_of(actions), pinned.priors, tuning)
        adjustments = [*boosts, *pinned.rules.rules.adjustments(actions), *tired]
        if not (adjustments or tuning.diversity):
            return ranked
        actions, frame = adjust(actions, ranked.frame, adjustments)
        actions, frame = adjust(actions, frame, diversity(actions, tuning.diversity))
        return replace(ranked, actions=actions, frame=frame)


def _spread(ranked: RankedActions, pieces: Sequence[Evidence], pinned: Pinned) -> RankedActions:
    """Leave room beside what rows of other strategies show, most of it of the newest product."""
    read, actions = pinned.priors.member_ids, ranked.actions
    popular = pinned.visible.member_ids((PriorTable.POPULAR_PRODUCTS, GLOBAL_SCOPE))
    kinds: list[Collection[str]] = [{piece.subject for piece in pieces}, popular[:MOST_POPULAR]]
    newest = next((piece for piece in pieces if piece.type.is_of_product), None)
    if newest is not None:
        columns = zip(actions.product_ids, actions.category_ids, strict=True)
        kinds.append({product for product, category in columns if category != newest.category_id})
        bundles = [
            read((PriorTable.BUNDLE_PRODUCTS, bundle))
            for bundle in read((PriorTable.BUNDLES, newest.subject))
        ]
        kinds.append({product for bundle in bundles for product in bundle})
    actions, frame = adjust(actions, ranked.frame, breadth(actions, kinds))
    return replace(ranked, actions=actions, frame=frame)


def _pins_among(
    sources: Sources, placement: Placement, pinned: Pinned
) -> Mapping[Place, ProductId]:
    """Return the pins of what was found, which is marked: what a filter left out is not pinned."""
    wanted = pinned.rules.rules.pins_within({placement.name: placement.size})
    known = pinned.catalogue.products(list(wanted.values())) if wanted else {}
    pins = {place: product for place, product in wanted.items() if product in sources}
    pins = {place: product for place, product in pins.items() if product in known}
    for product in pins.values():
        if ActionSource.PINNED not in sources[product]:
            sources[product] = (*sources[product], ActionSource.PINNED)
    return pins


def _overridden(placements: tuple[Placement, ...], config: RankingConfig) -> tuple[Placement, ...]:
    """Return the placements with the policies that the configuration gives some of them."""
    others = config.policies
    if not others:
        return placements
    return tuple(
        replace(placement, policy=others.get(placement.name, placement.policy))
        for placement in placements
    )


def _erased_version(evidence: tuple[Evidence, ...], priors: ActivePriors) -> int:
    """Return 0 where nobody was asked, as on first visits, which are made again by other lists."""
    index = priors.session_index()
    return index.erased_version if evidence and index is not None else 0
