"""Writes changes to the audit log: JSON of before and after, each of bounded size."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final
from uuid import uuid4

import msgspec

from personalization.domain.access.audit import AuditEntry
from personalization.domain.access.shop import SHOP, ShopId
from personalization.domain.clock import Clock, SystemClock
from personalization.domain.errors import StoreUnavailableError, UnrecordedChangeError
from personalization.ports.audit_log import AuditLog

MAXIMUM_BYTES: Final = 64 * 1024
"""Of `before` and of `after`: a rule is 500 bytes, a book of a hundred rules 50 KiB."""
_BEGINNING: Final = 4_096
"""Characters that are kept of what is too long."""
_APART: Final = timedelta(microseconds=1)
_MAXIMUM_NAME: Final = 200
_MAXIMUM_NOTE: Final = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What an operation did; `before` and `after` are values, or `msgspec.Raw` JSON.

    None says that there was nothing, or is nothing any more.
    """

    author: str
    """A person's name as given to a command, or `Caller.author` of a route."""
    action: str
    """What was done, as `<what>.<verb>`, such as `rules.write`."""
    subject: str
    """What it was done to: an id."""
    before: object = None
    after: object = None
    note: str = ""
    shop: ShopId = SHOP


class Auditor:
    """Call `record` after the change has been stored, so that the log never tells of what failed.

    An operation that repeats a change which is there already records nothing.
    """

    def __init__(self, log: AuditLog, clock: Clock | None = None) -> None:
        self._log = log
        self._clock = clock or SystemClock()

    def record(self, *changes: Change) -> None:
        """Keep the changes.

        Raises `UnrecordedChangeError` where the log is away: the change itself was made.
        """
        now = self._clock.now()
        # A microsecond apart: pages go on by the time, and would lose one of two that are equal.
        entries = [_entry(change, now + number * _APART) for number, change in enumerate(changes)]
        if not entries:
            return
        try:
            self._log.append(entries)
        except StoreUnavailableError as error:
            what = f"{changes[0].action} {_shorten(changes[0].subject, _MAXIMUM_NAME)}"
            raise UnrecordedChangeError(
                f"The change was made ({what}), but the audit log does not have it: {error}"
            ) from error


def _entry(change: Change, moment: datetime) -> AuditEntry:
    return AuditEntry(
        entry_id=str(uuid4()),
        shop=change.shop,
        happened_at=moment,
        author=_shorten(change.author, _MAXIMUM_NAME),
        action=_shorten(change.action, _MAXIMUM_NAME),
        subject=_shorten(change.subject, _MAXIMUM_NAME),
        before=_text_of(change.before),
        after=_text_of(change.after),
        note=_shorten(change.note, _MAXIMUM_NOTE),
    )


def _text_of(value: object) -> str | None:
    """Return the value as JSON of at most `MAXIMUM_BYTES`.

    Of what is longer the size, the SHA-256 and the beginning are kept, and it says so.
    """
    if value is None:
        return None
    body = msgspec.json.encode(value)
    if len(body) <= MAXIMUM_BYTES:
        return body.decode()
    cut = {
        "cut": True,
        "bytes": len(body),
        "sha256": sha256(body).hexdigest(),
        "beginning": body.decode()[:_BEGINNING],
    }
    return msgspec.json.encode(cut).decode()


def _shorten(text: str, maximum: int) -> str:
    # An argument of a command may have bytes that are no text.
    text = text[: maximum + 1].encode(errors="replace").decode()
    return text if len(text) <= maximum else text[: maximum - 1] + "…"
