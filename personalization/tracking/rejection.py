"""Why an event is refused, and the checks of ids that every part of it shares."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final, NoReturn

from personalization.domain.consent import Consent
from personalization.domain.errors import PersonalizationError
from personalization.domain.identifiers import MAXIMUM_ID_LENGTH, id_fault
from personalization.tracking.wire_event import WireId

OTHER_USER: Final = "other_user"
"""Code of an event of another person than its session: the client begins a new session."""


@dataclass(frozen=True, slots=True)
class EventRejection:
    """Why an event cannot be taken: a code for programs, a sentence for people."""

    code: str
    detail: str
    refused_at: datetime | None = None
    """When the event happened, where nothing that it may be used for is left."""
    said: Consent | None = None
    """What it said of consent then."""


NO_CONSENT: Final = "no_consent"
"""Code of an event of a shopper who agreed to nothing: it is neither kept nor set aside."""
_NO_CONSENT: Final = (
    "The shopper agrees to nothing, so nothing is kept of it: there is nothing to do."
)


class RejectedEventError(PersonalizationError):
    """The event cannot be taken."""

    def __init__(
        self,
        code: str,
        detail: str,
        refused_at: datetime | None = None,
        said: Consent | None = None,
    ) -> None:
        super().__init__(detail)
        self.rejection = EventRejection(code, detail, refused_at, said)


def reject(code: str, detail: str) -> NoReturn:
    raise RejectedEventError(code, detail)


def reject_without_consent(refused_at: datetime, said: Consent | None) -> NoReturn:
    raise RejectedEventError(NO_CONSENT, _NO_CONSENT, refused_at, said)


def reject_missing(field: str, kind: str) -> NoReturn:
    reject("missing_field", f"A {kind} event needs `{field}`: send it.")


def checked_id(field: str, sent: WireId) -> str:
    value = str(sent)
    if len(value) > MAXIMUM_ID_LENGTH:
        reject("too_long", f"`{field}` may have {MAXIMUM_ID_LENGTH} characters: shorten it.")
    if id_fault(value) is not None:
        reject(
            "bad_id", f"`{field}` is empty or holds control characters or outer spaces: clean it."
        )
    return value
