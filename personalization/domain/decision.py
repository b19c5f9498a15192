from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from personalization.domain.asked import Asked
from personalization.domain.context import Context
from personalization.domain.draw import HOME, Draw
from personalization.domain.event import EventType
from personalization.domain.identifiers import (
    CategoryId,
    DecisionId,
    EventId,
    GenerationId,
    ProductId,
    SessionId,
)
from personalization.domain.tuning import DECAY, DEFAULT_TUNING, Tuning
from personalization.value_classes import set_by_slots


class ActionSource(StrEnum):
    """The set that put a product into the action set; a rule put in `PINNED`."""

    AFFINITY = "affinity"
    NEIGHBOURS = "neighbours"
    RECENT = "recent"
    CATEGORY = "category"
    RATED = "rated"
    REGION = "region"
    SEASON = "season"
    POPULAR = "popular"
    TRENDING = "trending"
    NEW = "new"
    USER_PRODUCTS = "user_products"
    """Of what a known person likes, and below, of the leaders of categories that they like."""
    USER_CATEGORIES = "user_categories"
    PINNED = "pinned"
    TOGETHER = "together"
    """What is bought with a product, by the bundles of the night or the shop's own."""
    BOUGHT = "bought"
    """What the person bought in earlier visits, or in this one."""
    CATALOGUE = "catalogue"
    """What the catalogue's columns gave where lists ended."""
    SHOP = "shop"
    """The shop's own list, of which only the order was asked for."""


@set_by_slots
@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """An interaction that took part in the scores, kept once per decision."""

    event_id: EventId
    type: EventType
    subject: str
    """The product or category id acted on."""
    label: str
    """What a sentence calls the subject."""
    reward: float
    age: int
    """Number of newer interactions: the decay's exponent."""
    freshness: float = 1.0
    """What time had left of its weight."""
    category_id: CategoryId | None = None
    category_name: str | None = None
    """What a sentence calls the category; None in decisions kept before it was."""


@set_by_slots
@dataclass(frozen=True, slots=True, kw_only=True)
class PriorTerm:
    """A prior that took part: its weight u (adding up to 1) and its total over the set.

    Signals (`personalization.ranking.signals`) are terms, too, whose weights add to that.
    """

    name: str
    weight: float
    total: float


@set_by_slots
@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """The parts of the blend's formula that all scores of one set share."""

    priors: tuple[PriorTerm, ...]
    normaliser: float
    """Z: brings live sums to shares."""
    scale: float
    """M: brings the best score to 1."""
    decay: float = DECAY
    adjustments: tuple[str, ...] = ()
    """What was added to some scores after the blend: content boosts, diversity, rules."""


@dataclass(frozen=True, slots=True)
class Adjustment:
    """One named reason to move some products up or down, in units of the best score."""

    name: str
    amounts: Mapping[ProductId, float]
    """Products without an amount stay where they are."""


class Ingredients(NamedTuple):
    """What one score was made of; see `personalization.ranking.blend`.

    A named tuple is made in a fifth of a frozen dataclass's time and stored in half the space.
    `relevances`, `strengths` and `adjustments` are sparse: (index into the decision's evidence, or
    into the frame's priors or adjustments, number). An adjustment's number is added to the score.
    """

    probability: float
    """The policy's probability (for a category the mean over its actions)."""
    cap: float
    """Below 1 where the live share would have exceeded 1."""
    relevances: tuple[tuple[int, float], ...] = ()
    strengths: tuple[tuple[int, float], ...] = ()
    adjustments: tuple[tuple[int, float], ...] = ()


class Action(NamedTuple):
    product_id: ProductId
    category_id: CategoryId
    sources: tuple[ActionSource, ...]
    relevance: float
    """Its share of live part and signals under a uniform policy, 0..1: the policy's feature."""
    prior: float
    """Its prior share without signals, 0..1: the policy's other feature."""
    score: float
    ingredients: Ingredients


@set_by_slots
@dataclass(frozen=True, slots=True, kw_only=True)
class CategoryScore:
    category_id: CategoryId
    score: float
    ingredients: Ingredients


@set_by_slots
@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """One position of the slate; a pinned one was filled by a rule before anything was drawn."""

    position: int
    product_id: ProductId
    propensity: float
    """Conditional on the slots before it, drawn without replacement; 1 where pinned."""
    explored: bool
    """True where the draw did not take the most probable remaining action."""
    placement: str = HOME
    pinned: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Exposure:
    experiment: str
    arm: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Shadow:
    """What another policy would have shown in a placement; nobody saw it."""

    placement: str = HOME
    policy: str
    policy_version: str
    product_ids: tuple[ProductId, ...]
    """Its own slate."""
    probabilities: tuple[float, ...]
    """With what probability it would have filled each slot of the placement as it was filled, the
    slots before it being as they were."""


@set_by_slots
@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What was decided at one moment, whole enough to explain and to learn from later."""

    decision_id: DecisionId
    session_id: SessionId
    decided_at: datetime
    context: Context
    actions: tuple[Action, ...]
    """Best score first."""
    slate: tuple[Slot, ...]
    base_policy: str
    """Its probabilities are in the scores; each draw names the policy of its slots."""
    policy_version: str
    generation_id: GenerationId | None
    evidence: tuple[Evidence, ...]
    """Newest first."""
    frame: Frame
    evidence_amount: float
    """n, the sum of the amounts of the evidence that took part."""
    live_weight: float
    """w = n / (n + k)."""
    categories: tuple[CategoryScore, ...]
    """Best score first."""
    category_frame: Frame
    seed: int
    draws: tuple[Draw, ...] = ()
    """One per placement, in the order of drawing; none in decisions kept before there were any."""
    tuning: Tuning = DEFAULT_TUNING
    last_event_id: EventId | None = None
    """The session's newest event that had been counted; None on a first visit."""
    rules_version: int = 0
    """The merchandising rules that applied; 0 is none."""
    exposures: tuple[Exposure, ...] = ()
    shadows: tuple[Shadow, ...] = ()
    erased_version: int = 0
    """Of the list of erased sessions, the newest that took some out of the index that was asked for
    neighbours; 0 where none did."""
    asked: Asked | None = None
    """The row or list that it is the answer to; None of a profile's own decision."""
    by_pieces: bool = False
    """Whether its session had something taken back by pieces; not in decisions of former releases,
    which took back everything."""

    @property
    def barred_actions(self) -> Mapping[str, tuple[int, ...]]:
        """Placement -> the actions that could not be shown in it, though in others."""
        return {draw.placement: draw.barred for draw in self.draws}

    @property
    def pins(self) -> Mapping[tuple[str, int], ProductId]:
        """Placement and position -> the product that a rule had put there."""
        pinned = (slot for slot in self.slate if slot.pinned)
        return {(slot.placement, slot.position): slot.product_id for slot in pinned}

    def remaining_at(self, slot: Slot) -> tuple[int, ...]:
        """Return the indexes of the actions that a slot was drawn from, in ascending order."""
        products = [action.product_id for action in self.actions]
        if slot.pinned:
            return tuple(i for i, product in enumerate(products) if product == slot.product_id)
        before = {other_slot.product_id for other_slot in self.slate if other_slot.pinned}
        for other_slot in self.slate:
            if other_slot is slot or other_slot == slot:
                break
            before.add(other_slot.product_id)
        barred = self.barred_actions.get(slot.placement, ())
        return tuple(
            i for i, product in enumerate(products) if product not in before and i not in barred
        )

    def distribution_at(self, slot: Slot) -> list[float]:
        """Return the probability of each action of `remaining_at` in the slot."""
        remaining = self.remaining_at(slot)
        if slot.pinned:
            return [1.0]
        for draw in self.draws:
            if draw.placement == slot.placement:
                return self._under(draw, remaining)
        return _epsilon_greedy(slot, self.actions[remaining[0]], len(remaining))

    def chance_under(self, draw: Draw, slot: Slot) -> float:
        """Return with what probability another draw would have filled a slot as it was filled."""
        remaining = self.remaining_at(slot)
        chances = zip(remaining, self._under(draw, remaining), strict=True)
        return next(
            chance for index, chance in chances if self.actions[index].product_id == slot.product_id
        )

    def _under(self, draw: Draw, remaining: Sequence[int]) -> list[float]:
        return draw.probabilities([action.score for action in self.actions], remaining)


def _epsilon_greedy(slot: Slot, best: Action, count: int) -> list[float]:
    """Return the distribution of a slot kept without its draw: all were epsilon-greedy then."""
    if count == 1:
        return [1.0]
    is_best = slot.product_id == best.product_id
    each = (1.0 - slot.propensity) / (count - 1) if is_best else slot.propensity
    return [1.0 - (count - 1) * each, *([each] * (count - 1))]
