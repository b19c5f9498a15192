"""The models that the learner can keep: what each policy needs to be learned for it."""

from collections.abc import Sequence
from enum import StrEnum

from personalization.domain.errors import InvalidPolicyError
from personalization.policies.placement import Placement
from personalization.policies.policy_spec import PolicyKind


class LearnedModel(StrEnum):
    """A model of a snapshot; the values are the names in settings."""

    BASE = "base"
    """Gives the p(a) of the blend; it is always learned."""
    BAG = "bag"
    REGCB = "regcb"
    LINEAR = "linear"


NEEDED = {
    PolicyKind.LINUCB: LearnedModel.LINEAR,
    PolicyKind.THOMPSON_LINEAR: LearnedModel.LINEAR,
    PolicyKind.THOMPSON_BAG: LearnedModel.BAG,
    PolicyKind.REGCB: LearnedModel.REGCB,
}
"""Which model a kind asks beside the base one; the others ask none."""


def parse_models(text: str) -> frozenset[LearnedModel]:
    """Return the models written as `base,bag`; the base model is always among them.

    Raises `InvalidPolicyError` for an unknown name.
    """
    names = [name.strip() for name in text.split(",") if name.strip()]
    unknown = next((name for name in names if name not in set(LearnedModel)), None)
    if unknown is not None:
        raise InvalidPolicyError(
            f"There is no model {unknown!r}. There are {', '.join(LearnedModel)}."
        )
    return frozenset({LearnedModel.BASE, *map(LearnedModel, names)})


def check_placements(placements: Sequence[Placement], learned: frozenset[LearnedModel]) -> None:
    """Raise `InvalidPolicyError` for the first placement whose policy asks what is not learned."""
    for placement in placements:
        needed = NEEDED.get(placement.policy.kind)
        if needed is not None and needed not in learned:
            raise InvalidPolicyError(
                f"Placement {placement.name!r}: the policy {placement.policy.kind} asks the "
                f"model {needed}, which is not learned. Add it to "
                f"FITTING_ROOM_LEARNING_MODELS (now {','.join(sorted(learned))})."
            )
