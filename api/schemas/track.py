from datetime import datetime

import msgspec

from personalization.tracking.event_warning import EventWarning
from personalization.tracking.wire_event import WireConsent, WireEvent, WireMoment


class TrackBatch(msgspec.Struct, frozen=True):
    """A batch of events; a bare list of events or a single event is taken as well."""

    events: list[WireEvent]
    sent_at: WireMoment | None = None
    """When the sender's clock sent it: by this the times of its events are corrected."""
    session_secret: str | None = None
    """22 to 128 URL-safe characters that the client made at random for its session. Whoever sends
    the first event with it gets the same session again; the header `X-Session-Secret` does too."""
    consent: WireConsent | None = None
    """What the shopper agrees to, for the events that do not say it themselves."""
    decision_token: str | list[str] | None = None
    """That of the profile which the events follow from, if it had one; a list where several pages
    share a queue. The header `X-Decision-Token` does too."""
    user_token: str | None = None
    """What vouches for the `user_id` of the events; the header `X-User-Token` does too. It logs
    nobody in: `POST /v1/sessions/{session_id}/login` does."""


class Verdict(msgspec.Struct, frozen=True, omit_defaults=True):
    """What became of one event, in the order they were sent."""

    event_id: str | None
    verdict: str
    """accepted, waiting (its product is not known yet: it counts once it is), duplicate or
    rejected."""
    code: str = "ok"
    """The reason, for programs."""
    detail: str = ""
    """The reason, with what to do about it."""
    warnings: tuple[EventWarning, ...] = ()
    """What an accepted event lost or had corrected."""


class TrackAnswer(msgspec.Struct, frozen=True, omit_defaults=True):
    """The verdicts, and a session token on first contact."""

    accepted: int
    duplicate: int
    rejected: int
    verdicts: list[Verdict]
    waiting: int = 0
    """Kept for products that are not known yet: there is nothing to send again."""
    session_token: str | None = None
    """Send it as `Authorization: Bearer` from now on (browsers also get it as a cookie)."""
    session_expires_at: datetime | None = None
