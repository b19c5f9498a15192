"""The judgement of a whole request: whether there is a shopper behind it."""

from collections.abc import Sequence
from typing import Final

from starlette.requests import Request

from api.schemas.track import Verdict
from api.tracking.judged_batch import REJECTED
from personalization.telemetry.metrics import EVENTS_TRACKED, REQUESTS_NOT_COUNTED
from personalization.tracking.passing_requests import (
    PURPOSE_HEADERS,
    PassingReason,
    passing_reason,
)
from personalization.tracking.sent_event import SentEvent

NOT_COUNTED: Final = "not_counted"
_DETAILS: Final = {
    PassingReason.CRAWLER: "The User-Agent is that of a crawler: its events do not count.",
    PassingReason.PREFETCH: (
        "The browser loads this page ahead: send its events when the shopper sees it."
    ),
    PassingReason.HEAD: "A HEAD request has no shopper: send a POST.",
}


def reason_to_pass(request: Request) -> PassingReason | None:
    """Return why the request does not count, and count that; None where it does."""
    headers = request.headers
    purposes = (headers.get(name, "") for name in PURPOSE_HEADERS)
    reason = passing_reason(headers.get("user-agent", ""), purposes)
    if reason is None and request.method == "HEAD":
        reason = PassingReason.HEAD
    if reason is not None:
        REQUESTS_NOT_COUNTED.labels(reason.value).inc()
    return reason


def verdicts_of(events: Sequence[SentEvent], reason: PassingReason) -> list[Verdict]:
    """Return a verdict per event: none is taken, set aside, or worth sending again."""
    EVENTS_TRACKED.labels(NOT_COUNTED).inc(len(events))
    return [Verdict(_id_of(event), REJECTED, NOT_COUNTED, _DETAILS[reason]) for event in events]


def _id_of(event: SentEvent) -> str | None:
    event_id = event.fields.event_id if event.fields is not None else None
    return None if event_id is None else str(event_id)
