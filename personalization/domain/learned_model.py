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
    names = [one.strip() for one in text.split(",") if one.strip()]
    unknown = next((one for one in names if one not in set(LearnedModel)), None)
    if unknown is not None:
        raise InvalidPolicyError(
            f"There is no model {unknown!r}. There are {', '.join(LearnedModel)}."
        )
    return frozenset({LearnedModel.BASE, *map(LearnedModel, names)})


def check_placements(placements: Sequence[Placement], learned: frozenset[LearnedModel]) -> None:
    """Raise `InvalidPolicyError` for the first placement whose policy asks what is not learned."""
    for one in placements:
        needed = NEEDED.get(one.policy.kind)
        if needed is not None and needed not in learned:
            raise InvalidPolicyError(
                f"Placement {one.name!r}: the policy {one.policy.kind} asks the model {needed}, "
                f"which is not learned. Add it to FITTING_ROOM_LEARNING_MODELS (now "
                f"{','.join(sorted(learned))})."
            )
