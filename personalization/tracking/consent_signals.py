"""Consent in the words of others: Google's Consent Mode and Shopify's customer privacy.

Their purposes are not ours. Each of ours is agreed to where all that it rests on are; where one of
those was never answered, nothing is said of it.

Sources: Google, "Consent mode reference" (types and `granted`/`denied`); Shopify, "Customer Privacy
API" (`currentVisitorConsent`, `yes`/`no`/empty) and the `customerPrivacy` of web pixels (booleans).
"""

from collections.abc import Mapping
from typing import Final

from personalization.domain.consent import Consent, ConsentPurpose, consent_of

_MEASURE, _PERSONALIZE = ConsentPurpose.MEASURE, ConsentPurpose.PERSONALIZE
_LEARN, _SHARE = ConsentPurpose.LEARN, ConsentPurpose.SHARE

GOOGLE: Final[Mapping[ConsentPurpose, tuple[str, ...]]] = {
    _MEASURE: ("analytics_storage",),
    _PERSONALIZE: ("personalization_storage",),
    _LEARN: ("analytics_storage", "personalization_storage"),
    _SHARE: ("ad_user_data", "ad_personalization"),
}
SHOPIFY: Final[Mapping[ConsentPurpose, tuple[str, ...]]] = {
    _MEASURE: ("analytics",),
    _PERSONALIZE: ("preferences",),
    _LEARN: ("analytics", "preferences"),
    _SHARE: ("marketing", "sale_of_data"),
}
SHOPIFY_PIXEL: Final[Mapping[ConsentPurpose, tuple[str, ...]]] = {
    _MEASURE: ("analyticsProcessingAllowed",),
    _PERSONALIZE: ("preferencesProcessingAllowed",),
    _LEARN: ("analyticsProcessingAllowed", "preferencesProcessingAllowed"),
    _SHARE: ("marketingAllowed", "saleOfDataAllowed"),
}
_PASSED_OVER: Final = frozenset(
    {"ad_storage", "functionality_storage", "security_storage", "wait_for_update"}
)
"""Names of the same vocabularies that no purpose of ours rests on."""
_VOCABULARIES: Final = (GOOGLE, SHOPIFY, SHOPIFY_PIXEL)
_ANSWERS: Final[Mapping[object, bool]] = {
    True: True, "granted": True, "yes": True, "true": True,
    False: False, "denied": False, "no": False, "false": False,
}  # fmt: skip


def foreign_names() -> frozenset[str]:
    """Return all names that another vocabulary than ours has."""
    rested_on = (names for words in _VOCABULARIES for names in words.values())
    return _PASSED_OVER.union(*rested_on)


def answer_of(value: object) -> bool | None:
    """Return whether an answer is yes; None for one that was not given, or is none."""
    return _ANSWERS.get(value) if isinstance(value, (bool, str)) else None


def translate(sent: Mapping[str, object], unsaid: Consent) -> Consent | None:
    """Return the consent that others' words come to, `unsaid` for what they leave open.

    None where they are none of these vocabularies, or leave all open.
    """
    answers = {name: answer_of(value) for name, value in sent.items()}
    agreed, answered = set(unsaid), False
    for words in _VOCABULARIES:
        for purpose, names in words.items():
            given = [answers.get(name) for name in names]
            if False in given:
                agreed.discard(purpose)
            elif None not in given:
                agreed.add(purpose)
            answered |= given != [None] * len(names)
    return consent_of(agreed) if answered else None
