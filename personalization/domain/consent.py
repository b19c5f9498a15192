"""What a shopper has agreed to, as the shop's page or server says it."""

from collections.abc import Iterable
from enum import StrEnum


class ConsentPurpose(StrEnum):
    """What events may be used for; the values are the names in events and in the history."""

    MEASURE = "measure"
    """Count what happened: experiments and reports."""
    PERSONALIZE = "personalize"
    """Choose for this shopper by what they have done."""
    LEARN = "learn"
    """Learn from them for others: priors, models, neighbours."""
    SHARE = "share"
    """Hand it on to others than the shop."""


Consent = tuple[ConsentPurpose, ...]
"""What was agreed to, each purpose once and in their order; an empty one refuses them all."""


def consent_of(purposes: Iterable[ConsentPurpose]) -> Consent:
    agreed = set(purposes)
    return tuple(purpose for purpose in ConsentPurpose if purpose in agreed)
