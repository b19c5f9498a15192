"""When an event happened, by a clock that may be wrong.

The sender says when it sent the batch by the same clock as its events. How old an event is,
`sent_at - occurred_at`, is therefore right however wrong that clock is, and so is

    occurred_at' = received_at - (sent_at - occurred_at) = occurred_at + (received_at - sent_at).

A difference of clocks up to `clock_skew` is taken for the way of the message and left alone.
Without `sent_at`, what lies ahead of our clock is set to the moment of receipt. Whatever is sent,
the result is never after the receipt nor more than `maximum_age` before it. A correction is the
same for all events of a batch, so that it keeps their order and distances.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

import msgspec

from personalization.tracking.event_warning import EventWarning, warning
from personalization.tracking.rejection import EventRejection, RejectedEventError, reject
from personalization.tracking.wire_event import WireMoment

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_FIRST_MS: Final = -62_135_596_800_000
_LAST_MS: Final = 253_402_300_799_999
"""The first and the last year that a date can have."""
_UNITS: Final = (("seconds", 1), ("microseconds", 10**6), ("nanoseconds", 10**9))
_PLAUSIBLE_SECONDS: Final = (10**9, 4_102_444_800)
"""2001 to 2100: a number that stands for a moment of these years in another unit was meant so.
The same numbers are milliseconds of January 1970 or of years after 5000."""
_NO_SHIFT: Final = timedelta(0)
SENT_AT: Final = "sent-at"
"""Header of a dead letter: its batch's `sent_at`, as JSON."""
_LONGEST_TEXT: Final = 64
"""Of a header: above it, it is no moment."""


def sent_at_headers(sent_at: object) -> tuple[tuple[str, str], ...]:
    """Return the headers with which a dead letter keeps what its batch said of its sending."""
    text = msgspec.json.encode(sent_at).decode()
    return ((SENT_AT, text),) if sent_at is not None and len(text) <= _LONGEST_TEXT else ()


def sent_at_in(header: str) -> object:
    """Return what `sent_at_headers` kept, None for an empty header."""
    return msgspec.json.decode(header) if header else None


@dataclass(frozen=True, slots=True)
class SenderClock:
    """How far our clock is ahead of a sender's, as far as it is corrected."""

    shift: timedelta = _NO_SHIFT
    fault: EventRejection | None = None
    """Why `sent_at` could not be used."""

    @classmethod
    def of(cls, sent_at: object, received_at: datetime, clock_skew: timedelta) -> "SenderClock":
        """Return what `sent_at` says, which may be anything that JSON can hold."""
        if sent_at is None:
            return cls()
        try:
            moment = msgspec.convert(sent_at, WireMoment, strict=False)
            shift = received_at - read_moment("sent_at", moment)
        except msgspec.ValidationError as error:
            return cls(fault=EventRejection("invalid_field", f"`sent_at`: {error}."))
        except RejectedEventError as error:
            return cls(fault=error.rejection)
        return cls(shift if abs(shift) > clock_skew else _NO_SHIFT)


@dataclass(frozen=True, slots=True)
class Receipt:
    """The moment of receipt and what it allows."""

    at: datetime
    clock_skew: timedelta
    maximum_age: timedelta


def moment_of(
    sent: WireMoment, clock: SenderClock, receipt: Receipt
) -> tuple[datetime, list[EventWarning]]:
    """Return when it happened, in UTC, and what was corrected; raises `RejectedEventError`."""
    uncorrected = receipt.at - read_moment("occurred_at", sent)
    age = uncorrected - clock.shift
    plausible = _NO_SHIFT <= uncorrected <= receipt.maximum_age
    if plausible and abs(clock.shift) > receipt.maximum_age:
        # Corrected it would be lost or clamped: it was not timed by the clock that was sent.
        fault = EventRejection("", "It does not fit `occurred_at`, which fits our clock.")
        clock, age = SenderClock(fault=fault), uncorrected
    if age > receipt.maximum_age:
        hours = receipt.maximum_age.total_seconds() / 3600
        reject("too_old", f"`occurred_at` is more than {hours:g} hours ago: import it as history.")
    warnings = _warnings_of(clock)
    if age < _NO_SHIFT:
        if -age > receipt.clock_skew:
            why = "`occurred_at` is ahead of our clock: the moment of receipt was taken. Send "
            warnings.append(warning("clamped_to_receipt", f"{why}`sent_at` with the batch."))
        age = _NO_SHIFT
    return receipt.at - age, warnings


def _warnings_of(clock: SenderClock) -> list[EventWarning]:
    if clock.fault is not None:
        why = f"The times were not corrected. {clock.fault.detail}"
        return [warning("bad_sent_at", why, ["sent_at"])]
    if not clock.shift:
        return []
    seconds = abs(clock.shift.total_seconds())
    side = "slow" if clock.shift > _NO_SHIFT else "fast"
    why = f"By `sent_at` the sender's clock is {seconds:.0f} s {side}: `occurred_at` was corrected."
    return [warning("clock_corrected", why)]


def read_moment(field: str, sent: WireMoment) -> datetime:
    """Return the moment as the sender's clock says it; raises `RejectedEventError`."""
    if isinstance(sent, datetime):
        if sent.tzinfo is None:
            reject("invalid_field", f"`{field}` has no offset from UTC: add Z or +hh:mm.")
        return sent
    _check_unit(field, sent)
    if not _FIRST_MS <= sent <= _LAST_MS:
        code = "too_old" if sent < 0 else "in_the_future"
        reject(code, f"`{field}` is no moment of any calendar: send epoch milliseconds.")
    return _EPOCH + timedelta(milliseconds=sent)


def _check_unit(field: str, sent: float) -> None:
    first, last = _PLAUSIBLE_SECONDS
    for unit, in_a_second in _UNITS:
        if first * in_a_second <= sent <= last * in_a_second:
            reject("wrong_unit", f"`{field}` is in {unit} since 1970: send it in milliseconds.")
