"""From a placement's policy to its draw: how the slots get their actions, ready to be kept."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Protocol, cast

from personalization.domain.action_table import product_ids_of, scores_of
from personalization.domain.decision import Action, Slot
from personalization.domain.draw import Draw, Kernel, Place
from personalization.domain.identifiers import ProductId
from personalization.domain.slates.slot_table import SlotTable
from personalization.policies.placement import Placement
from personalization.policies.policy import Question, Ranked
from personalization.policies.spec import PolicySpec
from personalization.ports.value_models import ModelSource

Barred = Mapping[str, tuple[int, ...]]
"""Placement -> indexes of the actions that may not be shown in it."""
NOTHING_BARRED: Barred = {}


class MakesDraws(Protocol):
    def draws(
        self,
        placements: Sequence[Placement],
        ranked: Ranked,
        seed: int,
        barred: Barred = NOTHING_BARRED,
    ) -> tuple[Draw, ...]: ...


@dataclass(frozen=True, slots=True)
class DrawMaker:
    source: ModelSource

    def draws(
        self,
        placements: Sequence[Placement],
        ranked: Ranked,
        seed: int,
        barred: Barred = NOTHING_BARRED,
    ) -> tuple[Draw, ...]:
        """Raise `InvalidPolicyError` where a policy asks a model that is not learned."""
        models = self.source.models
        slots = sum(placement.size for placement in placements)
        return tuple(
            _draw(
                placement,
                Question(
                    kind=placement.policy.kind,
                    parameters=placement.policy.parameters,
                    ranked=ranked,
                    models=models,
                    slots=slots,
                    # Each placement has samples of its own.
                    seed=seed + place,
                    barred=barred.get(placement.name, ()),
                ),
            )
            for place, placement in enumerate(placements)
        )


def _draw(placement: Placement, question: Question) -> Draw:
    spec, models = placement.policy, question.models
    policy = spec.policy
    return Draw(
        placement=placement.name,
        policy=str(spec),
        policy_version=models.version,
        size=placement.size,
        epsilon=epsilon_after(spec, models.rounds),
        kernel=policy.kernel,
        inverse_temperature=spec.parameters.get("inverse_temperature", 0.0),
        gamma=spec.parameters.get("gamma", 0.0),
        ballots=() if policy.ballots is None else policy.ballots(question),
        barred=question.barred,
    )


def epsilon_after(spec: PolicySpec, rounds: int) -> float:
    return spec.policy.epsilon(spec.parameters, rounds)


NO_PINS: Mapping[Place, ProductId] = {}


def draw_slate(
    actions: Sequence[Action],
    draws: Sequence[Draw],
    seed: int,
    pins: Mapping[Place, ProductId] = NO_PINS,
) -> tuple[Slot, ...]:
    """Draw the positions of each placement from actions ordered best first.

    A pinned product has its place before anything is drawn. Each other position takes one of the
    remaining actions with the probability that its placement's draw gives it, which is what
    learning and off-policy estimates divide by.
    """
    generator = Random(seed)
    scores, product_ids = scores_of(actions), product_ids_of(actions)
    pinned = set(pins.values())
    remaining = [index for index, product in enumerate(product_ids) if product not in pinned]
    slate: list[Slot] = []
    for number, draw in enumerate(draws, 1):
        barred = set(draw.barred)
        allowed = [index for index in remaining if index not in barred] if barred else remaining[:]
        if pins or draw.ballots or draw.kernel is not Kernel.BALLOTS:
            slate += _draw_slots(product_ids, draw, scores, allowed, (generator.random, pins))
        else:
            drawn = _draw_greedily(product_ids, draw, allowed, generator.random)
            if len(draws) == 1:
                # Reads as a tuple does.
                return cast("tuple[Slot, ...]", drawn)
            slate += drawn
        if number < len(draws):
            shown = {slot.product_id for slot in slate}
            remaining = [index for index in remaining if product_ids[index] not in shown]
    return tuple(slate)


def _draw_slots(
    product_ids: Sequence[ProductId],
    draw: Draw,
    scores: Sequence[float],
    allowed: list[int],
    given: tuple[Callable[[], float], Mapping[Place, ProductId]],
) -> Iterator[Slot]:
    """Take what is drawn out of `allowed`; given are what gives chances, and the pins."""
    draw_chance, pins = given
    for position in range(draw.size):
        # Also for a pin: the same seed draws the other positions by the same chances.
        chance = draw_chance()
        product_id = pins.get((draw.placement, position))
        if product_id is not None:
            yield _pin_slot(draw.placement, position, product_id)
        elif allowed:
            yield _draw_slot(product_ids, draw, position, scores, allowed, chance)


def _draw_greedily(
    product_ids: Sequence[ProductId],
    draw: Draw,
    allowed: list[int],
    draw_chance: Callable[[], float],
) -> SlotTable:
    """Draw as `_draw_slots` does by epsilon-greed, with no work for a slot that takes the best."""
    epsilon, size, count = draw.epsilon, max(draw.size, 0), len(allowed)
    filled, kept = min(size, count), 1.0 - epsilon
    floors = [epsilon / left for left in range(count, count - filled, -1)]
    propensities = [kept + floor for floor in floors]
    chances = [draw_chance() for _ in floors]
    for _ in range(size - filled):
        draw_chance()
    explored = [False] * filled
    taken = list[int]()
    for position, (chance, best) in enumerate(zip(chances, propensities, strict=True)):
        if chance >= best and floors[position]:
            # Those between the explored ones are the best that were left, in their order.
            _move(allowed, position - len(taken), taken)
            place, propensity, explored[position] = _epsilon_greedy(chance, epsilon, len(allowed))
            propensities[position] = propensity
            taken.append(allowed.pop(place))
    _move(allowed, filled - len(taken), taken)
    products = list(map(product_ids.__getitem__, taken))
    return SlotTable(draw.placement, products, propensities, explored)


def _move(waiting: list[int], count: int, taken: list[int]) -> None:
    taken += waiting[:count]
    del waiting[:count]


def _pin_slot(placement: str, position: int, product_id: ProductId) -> Slot:
    return Slot(
        position=position,
        product_id=product_id,
        propensity=1.0,
        explored=False,
        placement=placement,
        pinned=True,
    )


def _draw_slot(
    product_ids: Sequence[ProductId],
    draw: Draw,
    position: int,
    scores: Sequence[float],
    remaining: list[int],
    chance: float,
) -> Slot:
    """Take the drawn action out of `remaining`."""
    if draw.kernel is Kernel.BALLOTS and not draw.ballots:
        place, propensity, explored = _epsilon_greedy(chance, draw.epsilon, len(remaining))
    else:
        probabilities = draw.probabilities(scores, remaining)
        place = _place_at(chance, probabilities)
        propensity = probabilities[place]
        explored = propensity < max(probabilities)
    product_id = product_ids[remaining[place]]
    del remaining[place]
    return Slot(
        position=position,
        product_id=product_id,
        propensity=propensity,
        explored=explored,
        placement=draw.placement,
    )


def _epsilon_greedy(chance: float, epsilon: float, count: int) -> tuple[int, float, bool]:
    """Return what the way by all probabilities returns, where all but the first are the same."""
    floor = epsilon / count
    best = (1.0 - epsilon) + floor
    if chance < best or not floor:
        return 0, best, False
    chance -= best
    for place in range(1, count):
        if chance < floor:
            return place, floor, floor < best
        chance -= floor
    return count - 1, floor if count > 1 else best, count > 1 and floor < best


def _place_at(chance: float, probabilities: Sequence[float]) -> int:
    last = 0
    for place, probability in enumerate(probabilities):
        if probability > 0.0:
            if chance < probability:
                return place
            chance -= probability
            last = place
    # Rounding may leave a last bit over; it belongs to an action that could be shown at all.
    return last
