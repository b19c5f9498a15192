"""Consent as an event or a batch says it: a list of purposes, or each with true or false."""

from dataclasses import dataclass
from typing import Final

import msgspec

from personalization.domain.consent import Consent, ConsentPurpose, consent_of
from personalization.tracking.event_warning import EventWarning, warning
from personalization.tracking.rejection import reject
from personalization.tracking.wire_event import WireConsent

_PURPOSES: Final = {purpose.value: purpose for purpose in ConsentPurpose}
_FAULT: Final = (
    '`consent` is a list of purposes, such as ["measure", "learn"], or an object of them with '
    "true or false: correct it. An empty list refuses all, and without the field nothing is said."
)


@dataclass(frozen=True, slots=True)
class SentConsent:
    consent: Consent | None = None
    unknown: tuple[str, ...] = ()
    """Purposes that there are not."""
    is_unreadable: bool = False

    def warnings(self) -> list[EventWarning]:
        if not self.unknown:
            return []
        why = f"There are no such purposes, so they were passed over: use {', '.join(_PURPOSES)}."
        return [warning("unknown_purpose", why, self.unknown)]

    def readable(self) -> Consent | None:
        """Return the consent; raises `RejectedEventError` for what cannot be read.

        An event without its consent might be used for what was refused.
        """
        if self.is_unreadable:
            reject("invalid_field", _FAULT)
        return self.consent


NOTHING_SAID: Final = SentConsent()


def consent_in(sent: WireConsent | None) -> SentConsent:
    if sent is None:
        return NOTHING_SAID
    given = sent if isinstance(sent, dict) else dict.fromkeys(sent, True)
    names = [name for name, is_given in given.items() if is_given]
    unknown = [name for name in given if name not in _PURPOSES]
    agreed = [_PURPOSES[name] for name in names if name in _PURPOSES]
    return SentConsent(consent_of(agreed), tuple(unknown))


def consent_of_batch(sent: object) -> SentConsent:
    """Return what a batch says, which may be anything that JSON can hold."""
    try:
        return consent_in(msgspec.convert(sent, WireConsent | None, strict=False))
    except msgspec.ValidationError:
        return SentConsent(is_unreadable=True)
