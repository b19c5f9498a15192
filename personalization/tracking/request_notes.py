"""What an event's request said of it beside the event, as it is kept with what is set aside."""

from collections.abc import Callable
from dataclasses import replace
from typing import Final

import msgspec

from personalization.domain.consent import UNSAID, Consent
from personalization.tracking.validation import Circumstances

Notes = tuple[tuple[str, str], ...]
"""Headers of a dead letter."""
CONSENT: Final = "consent"
"""What its batch said of consent, as JSON."""
ATTESTED: Final = "attested"
"""Whether the shop's server sent it: true or false, and nothing where that was not asked for."""
VOUCHED_FOR: Final = "vouched_for"
"""Whose name in `user_id` counts, as JSON: a user's, or true for anybody's."""
REFUSED: Final = "refused"
"""What the browser refused by itself, as JSON."""
SILENT: Final = "silent"
"""What an event without a word was granted, as JSON; nothing where that was the usual."""
CHOSEN: Final = "chosen"
"""What the session had chosen by a call, as JSON; nothing where there was no such call."""
_LONGEST: Final = 256
"""Characters of a consent: what is longer is kept as one that cannot be read."""
_UNREADABLE: Final = '"?"'


def notes_of(batch: Circumstances) -> Notes:
    vouched = batch.vouched_for or None
    said = {
        CONSENT: batch.consent,
        ATTESTED: batch.attested,
        VOUCHED_FOR: vouched,
        REFUSED: batch.refused or None,
        SILENT: batch.consent_at(None, batch.received_at),
        CHOSEN: batch.statement.chosen,
    }
    texts = {
        name: msgspec.json.encode(value).decode()
        for name, value in said.items()
        if value is not None
    }
    return tuple(
        (name, text if len(text) <= _LONGEST else _UNREADABLE) for name, text in texts.items()
    )


def with_notes(batch: Circumstances, note: Callable[[str], str]) -> Circumstances:
    """Return the circumstances with what was kept, of which `note` gives each or an empty text."""
    consent, attested, vouched = note(CONSENT), note(ATTESTED), note(VOUCHED_FOR)
    refused, silent, chosen = note(REFUSED), note(SILENT), note(CHOSEN)
    return replace(
        batch,
        consent=msgspec.json.decode(consent) if consent else batch.consent,
        attested=attested == "true" if attested else batch.attested,
        vouched_for=msgspec.json.decode(vouched) if vouched else batch.vouched_for,
        refused=msgspec.json.decode(refused, type=Consent) if refused else batch.refused,
        silent_limit=msgspec.json.decode(silent, type=Consent) if silent else UNSAID,
        spoken_limit=msgspec.json.decode(chosen, type=Consent) if chosen else None,
    )
