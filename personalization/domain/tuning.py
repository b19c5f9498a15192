from collections.abc import Mapping
from dataclasses import dataclass, field

from personalization.domain.prior import PriorName

DECAY = 0.9
"""Each newer interaction takes a tenth off the weight of an older one."""
EVIDENCE_HALFWAY = 0.5
"""k: one interaction gives live evidence two thirds of the weight, five give it nine tenths."""
VISIT_IGNORED = 1e6
"""From this k on a visit takes no part: its weight would be less than a number's rounding."""
ACTIVATION_EVIDENCE = 2
"""A profile is called the shopper's own from the second interaction on: one is a coincidence."""
EVERY_BIT = 52
"""A float's bits after the leading one."""
KEPT_BITS = 8
"""An error of at most 0.2 % in numbers that are counted among some hundred shoppers."""
INDEX_SESSIONS = 300_000
"""Of more, the older ones would be a product's newest only where it is hardly seen any more."""

PRODUCT_PRIOR_WEIGHTS: Mapping[str, float] = {
    PriorName.POPULARITY.value: 0.2,
    PriorName.POPULARITY_CATEGORY.value: 0.5,
    PriorName.POPULARITY_REGION.value: 0.15,
    PriorName.POPULARITY_SEASON.value: 0.15,
    PriorName.RATING.value: 0.2,
}
"""u before priors without data are left out and the rest is brought back to a sum of 1."""

CATEGORY_PRIOR_WEIGHTS: Mapping[str, float] = {
    PriorName.RATING.value: 0.5,
    PriorName.POPULARITY.value: 0.3,
    PriorName.POPULARITY_REGION.value: 0.2,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Tuning:
    """The boosts and the diversity are summands of a score, whose best is 1; at 0 they are off."""

    decay: float = DECAY
    """Weight that an interaction keeps with each newer one, above 0 and at most 1."""
    time_halflife_seconds: float = 0.0
    """Time in which an interaction loses half of its weight, whatever came after; 0 is never."""
    evidence_halfway: float = EVIDENCE_HALFWAY
    """k: the amount of evidence at which live signals weigh half; see `VISIT_IGNORED`."""
    activation_evidence: int = ACTIVATION_EVIDENCE
    """Interactions from which a profile is called the shopper's own."""
    product_weights: Mapping[str, float] = field(default_factory=lambda: PRODUCT_PRIOR_WEIGHTS)
    """u of the priors of products."""
    category_weights: Mapping[str, float] = field(default_factory=lambda: CATEGORY_PRIOR_WEIGHTS)
    """u of the priors of categories."""
    boost_new: float = 0.0
    """Added to a new arrival's score."""
    boost_rated: float = 0.0
    """Added to a well rated product's score, by how well."""
    boost_viewed: float = 0.0
    """Added to a much viewed product's score, by how much; below 0 it is taken off."""
    diversity: float = 0.0
    """Taken off a product's score for the better ones of its category above it."""
    mantissa_bits: int = EVERY_BIT
    """Of relevances and strengths, each of which is kept with every decision. All of them in
    decisions of earlier releases."""

    @property
    def ignores_visit(self) -> bool:
        return self.evidence_halfway >= VISIT_IGNORED


DEFAULT_TUNING = Tuning()
