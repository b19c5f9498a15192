"""Consent as an event or a batch says it: a list of purposes, or each with true or false."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from personalization.domain.consent import UNSAID, Consent, ConsentPurpose, consent_of
from personalization.tracking.consent_signals import answer_of, foreign_names, translate
from personalization.tracking.event_warning import EventWarning, warning
from personalization.tracking.rejection import reject
from personalization.tracking.wire_event import WireConsent

_PURPOSES: Final = {purpose.value: purpose for purpose in ConsentPurpose}
_FOREIGN: Final = foreign_names()
_FAULT: Final = (
    '`consent` is a list of purposes, such as ["measure", "learn"], or an object of them with '
    "true or false, or one of Google's or Shopify's: correct it. An empty list refuses all, and "
    "without the field nothing is said."
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


def consent_in(sent: WireConsent | None, unsaid: Consent = UNSAID) -> SentConsent:
    """Return what was sent; others' words leave open what counts where nothing is said."""
    if sent is None:
        return NOTHING_SAID
    given: Mapping[str, object] = sent if isinstance(sent, dict) else dict.fromkeys(sent, True)
    foreign = _FOREIGN.intersection(given)
    unknown = tuple(name for name in given if name not in _PURPOSES and name not in foreign)
    if foreign:
        # Words of ours beside others' narrow what these come to.
        refused = {name for name, value in given.items() if not answer_of(value)}
        came_to = translate(given, unsaid)
        agreed = (name for name in came_to or () if name not in refused)
        return SentConsent(None if came_to is None else consent_of(agreed), unknown)
    if any(answer_of(value) is None for value in given.values()):
        return SentConsent(is_unreadable=True)
    names = [name for name, value in given.items() if answer_of(value)]
    return SentConsent(consent_of(_PURPOSES[name] for name in names if name in _PURPOSES), unknown)


class _WithConsent(msgspec.Struct):
    consent: Any = None


def refuses_everything(raw: bytes, unsaid: Consent = UNSAID) -> bool:
    """Say of an event that could not be read whether it can be seen to agree to nothing.

    What cannot be read of its consent counts as a no.
    """
    try:
        sent = consent_of_batch(msgspec.json.decode(raw, type=_WithConsent).consent, unsaid)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return False
    return sent.is_unreadable or sent.consent == ()


def consent_of_batch(sent: object, unsaid: Consent = UNSAID) -> SentConsent:
    """Return what a batch says, which may be anything that JSON can hold."""
    try:
        return consent_in(msgspec.convert(sent, WireConsent | None, strict=False), unsaid)
    except msgspec.ValidationError:
        return SentConsent(is_unreadable=True)
