from enum import StrEnum

from personalization.domain.errors import InvalidPolicyError


class LearnedModel(StrEnum):
    """A model of a snapshot; the values are the names in settings."""

    BASE = "base"
    """Gives the p(a) of the blend; it is always learned."""
    BAG = "bag"
    REGCB = "regcb"
    LINEAR = "linear"
    PRODUCTS = "products"


def parse_models(text: str) -> frozenset[LearnedModel]:
    """Return the models of `base,bag`, always with the base one; may raise `InvalidPolicyError`."""
    names = [name.strip() for name in text.split(",") if name.strip()]
    unknown = next((name for name in names if name not in set(LearnedModel)), None)
    if unknown is not None:
        raise InvalidPolicyError(
            f"There is no model {unknown!r}. There are {', '.join(LearnedModel)}."
        )
    return frozenset({LearnedModel.BASE, *map(LearnedModel, names)})
