"""One policy in one simulated shop: ranking, draws, delays and learning by the code that serves.

The ranking counts what was viewed before: followers of the product that is viewed, and popularity.
Outcomes come late: a slate is learned when the outcome window of its clicks has passed, and an
order corrects it later. What is counted is not luck but the true chance of a click in each slot.
"""

from collections import Counter, deque
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from evaluation.simulation.calibration import (
    CALIBRATED,
    FATIGUE,
    MOST_FATIGUE,
    POSITION_BIAS,
    Floats,
)
from evaluation.simulation.online_models import OnlineModels
from evaluation.simulation.oracle import Oracle, Page
from evaluation.simulation.shops import LARGEST_CHANCE, Shop, Visits
from personalization.domain.context import Context, Daypart, Season
from personalization.domain.decision import ActionSource, Evidence, Slot
from personalization.domain.draw import Draw
from personalization.domain.event import Device, EventType
from personalization.domain.identifiers import CategoryId, EventId, ProductId
from personalization.domain.tuning import DEFAULT_TUNING
from personalization.policies.draws import DrawMaker, draw_slate
from personalization.policies.placement import Placement
from personalization.policies.plain_scores import relevance_weight
from personalization.policies.spec import PolicySpec
from personalization.ports.policy import Candidate, LearningRound
from personalization.ranking.blend import Blend, Drafts, WeighedEvidence
from personalization.ranking.ranker import Considered, RankedActions, rank_actions

SLOTS = 6
ACTIONS = 24
"""Half of them followers of what is viewed, the rest what sells well."""
WINDOW_PAGES = 200
"""After so many more pages a slate is learned, and after as many again corrected by orders."""
PRODUCT_NUMBER = {ProductId(f"p{number}"): number for number in range(CALIBRATED.products)}
_IDS = list(PRODUCT_NUMBER)
_CATEGORY = CategoryId("dresses")
CLICKED, ORDERED = 0.2, 1.0
"""Outcomes of a click, and of a click with an order (`personalization.domain.reward`)."""


class Situation(NamedTuple):
    """A page as the ranking sees it."""

    context: Context
    considered: Considered
    blend: Blend


class Answer(NamedTuple):
    """What one snapshot says of a situation."""

    ranked: RankedActions
    draws: Sequence[Draw]
    candidates: tuple[Candidate, ...]
    places: dict[ProductId, int]
    relevance_weight: float


class LatePage(NamedTuple):
    """Rounds that wait for their windows, and what orders change of them."""

    rounds: list[LearningRound]
    corrections: list[LearningRound]


@dataclass(frozen=True, slots=True)
class ShopRun:
    """What a policy did in a shop, a number a page."""

    clicks: Floats
    """Expected clicks by the true chances."""

    def up_to(self, impressions: int) -> float:
        return float(self.clicks[: impressions // SLOTS].sum())

    def curve(self) -> "ClickCurve":
        looks = range(CURVE_STEP, len(self.clicks) * SLOTS + SLOTS, CURVE_STEP)
        return ClickCurve(tuple(self.up_to(look) for look in looks))


CURVE_STEP = 2_500
"""Impressions between two points of a curve."""


@dataclass(frozen=True, slots=True)
class ClickCurve:
    """What is kept of a run: clicks summed up to each step."""

    clicks: tuple[float, ...]

    def up_to(self, impressions: int) -> float:
        """Return the sum at a whole number of steps."""
        return self.clicks[impressions // CURVE_STEP - 1]


class ShopPages:
    """Serves the pages of one shop with one policy."""

    def __init__(self, shop: Shop, policy: PolicySpec, online: OnlineModels) -> None:
        self._shop, self._online = shop, online
        self._placement = Placement(size=SLOTS, policy=policy)
        self._maker = DrawMaker(online.policy)
        self._situations: dict[int, Situation] = {}
        self._answers: dict[int, Answer] = {}
        self._version = online.policy.version

    def run(
        self, visits: Visits, seed: int, *, learning: bool = True, oracle: Oracle | None = None
    ) -> ShopRun:
        """Serve all pages; an oracle gives the order where the policy does not explore."""
        pages = len(visits.session)
        clicks, seen = np.zeros(pages), Counter[int]()
        waiting: deque[LatePage] = deque()
        session = -1
        for page in range(pages):
            if visits.session[page] != session:
                session, seen = int(visits.session[page]), Counter()
            viewed = int(visits.viewed[page]) if self._shop.has_evidence else -1
            answer = self._answer(viewed)
            at = Page(viewed, int(visits.type[page]), int(2 * page >= pages))
            draws = answer.draws if oracle is None else _draws_of(oracle, at, answer, seen)
            # Any fixed numbers that differ from page to page.
            slots = draw_slate(answer.ranked.actions, draws, seed * 1_000_003 + page)
            shown = [PRODUCT_NUMBER[slot.product_id] for slot in slots]
            chances = self._chances(shown, seen, at)
            seen.update(shown)
            clicks[page] = sum(chances)
            if learning:
                luck = visits.luck[page][shown].tolist()
                waiting.append(_late_page(answer, slots, chances, luck))
                self._learn(waiting)
        return ShopRun(clicks)

    def _answer(self, viewed: int) -> Answer:
        if self._online.policy.version != self._version:
            self._answers.clear()
            self._version = self._online.policy.version
        if viewed not in self._answers:
            # Made once for all pages of a situation until the next snapshot: it is the same.
            self._answers[viewed] = self._make_answer(viewed)
        return self._answers[viewed]

    def _make_answer(self, viewed: int) -> Answer:
        if viewed not in self._situations:
            self._situations[viewed] = _situation(self._shop, viewed)
        situation = self._situations[viewed]
        ranked = rank_actions(*situation, self._online.policy)
        draws = self._maker.draws((self._placement,), ranked, viewed + 1)
        candidates = tuple(map(Candidate.of, ranked.actions))
        places = {action.product_id: place for place, action in enumerate(ranked.actions)}
        weight = relevance_weight(ranked.live_weight, ranked.frame)
        return Answer(ranked, draws, candidates, places, weight)

    def _chances(self, shown: Sequence[int], seen: Counter[int], page: Page) -> list[float]:
        fresh = self._shop.chances[page.late, page.kind]
        return [
            min(
                LARGEST_CHANCE,
                float(fresh[product])
                * POSITION_BIAS[place]
                * FATIGUE ** min(seen[product], MOST_FATIGUE),
            )
            for place, product in enumerate(shown)
        ]

    def _learn(self, waiting: deque[LatePage]) -> None:
        if len(waiting) > WINDOW_PAGES:
            self._online.learn(waiting[-1 - WINDOW_PAGES].rounds)
        if len(waiting) > 2 * WINDOW_PAGES:
            self._online.learn(waiting.popleft().corrections)


def _draws_of(oracle: Oracle, page: Page, answer: Answer, seen: Counter[int]) -> list[Draw]:
    products = [PRODUCT_NUMBER[product_id] for product_id in answer.places]
    return [replace(answer.draws[0], ballots=(oracle.order(page, products, seen),))]


def _late_page(
    answer: Answer, slots: Sequence[Slot], chances: Sequence[float], luck: Sequence[float]
) -> LatePage:
    rounds, corrections = list[LearningRound](), list[LearningRound]()
    gone: list[int] = []
    for slot, chance, drawn in zip(slots, chances, luck, strict=True):
        chosen = answer.places[slot.product_id]
        outcomes = [CLICKED] if drawn < chance else [0.0]
        if drawn < chance * CALIBRATED.purchase_share:
            outcomes.append(ORDERED)
        for former, outcome in zip([None, *outcomes], outcomes, strict=False):
            (rounds if former is None else corrections).append(
                LearningRound(
                    context=answer.ranked.context,
                    candidates=answer.candidates,
                    chosen=chosen,
                    propensity=slot.propensity,
                    outcome=outcome,
                    corrects=former,
                    score=answer.ranked.actions[chosen].score,
                    gone=tuple(sorted(gone)),
                    relevance_weight=answer.relevance_weight,
                )
            )
        gone.append(chosen)
    return LatePage(rounds, corrections)


def _situation(shop: Shop, viewed: int) -> Situation:
    """Return what is known of a shopper who views a product, -1 being none."""
    popular = np.argsort(-shop.past.views, kind="stable").tolist()
    follows = shop.past.following[viewed] if viewed >= 0 else np.zeros(len(popular), np.int64)
    followers = np.argsort(-follows, kind="stable")[: ACTIONS // 2 if viewed >= 0 else 0].tolist()
    products = [product for product in dict.fromkeys([*followers, *popular]) if product != viewed]
    products = products[:ACTIONS]
    context = Context(
        season=Season.SPRING,
        daypart=Daypart.MORNING,
        device=Device.DESKTOP,
        region=None,
        affinities=(),
        interaction_count=int(viewed >= 0),
    )
    ids = [_IDS[product] for product in products]
    considered = Considered(ids, [_CATEGORY] * len(ids), [(ActionSource.POPULAR,)] * len(ids))
    chosen = list(products)
    views = np.array([shop.past.views[chosen]], float)
    largest = float(follows.max()) or 1.0
    relevances = np.array([follows[chosen]], float) / largest
    drafts = Drafts(relevances if viewed >= 0 else np.zeros((0, len(ids))), views)
    evidence = (_evidence(viewed),) if viewed >= 0 else ()
    blend = Blend.of(WeighedEvidence.of(evidence, DEFAULT_TUNING), {"popularity": 1.0}, drafts)
    return Situation(context, considered, blend)


def _evidence(viewed: int) -> Evidence:
    return Evidence(
        event_id=EventId("viewed"),
        type=EventType.PRODUCT_VIEW,
        subject=_IDS[viewed],
        label="What was just viewed",
        reward=1.0,
        age=0,
    )
