"""Who a batch is for: a file of ids, everybody in the history, or those of the last days."""

import csv
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Final, TypeVar

from personalization.domain.errors import InvalidRowError
from personalization.domain.identifiers import (
    SessionId,
    ShopUserId,
    UserId,
    id_fault,
    parse_session_id,
)
from personalization.ports.event_history import EventHistory
from personalization.ports.people.pseudonyms import Pseudonyms

USER_COLUMN: Final = "user_id"
SESSION_COLUMN: Final = "session_id"
EVERYBODY: Final = "all"
SINCE: Final = "since:"
SHOWN_FAULTS: Final = 10
_AT_ONCE: Final = 1_000
_Item = TypeVar("_Item")
_MOST_DAYS: Final = 10_000
_LONGEST_LINE: Final = 10_000
_NOT_UTF_8: Final = "\ufffd"


@dataclass(frozen=True, slots=True)
class Recipient:
    """A person, or a visit of somebody who may be nobody's."""

    user_id: UserId | None = None
    session_id: SessionId | None = None
    shop_id: ShopUserId | None = None
    """The shop's own id of the person, for the list."""


@dataclass(slots=True)
class AudienceCounts:
    repeated: int = 0
    bad: int = 0
    nameless: int = 0
    """People of the history of whom the shop's own id is not kept."""
    faults: list[str] = field(default_factory=list)
    """The first ten lines that name nobody, and why."""

    def refuse(self, line: int, why: str) -> None:
        self.bad += 1
        if len(self.faults) < SHOWN_FAULTS:
            self.faults.append(f"line {line}: {why}")


@dataclass(frozen=True, slots=True)
class AudienceStores:
    history: EventHistory
    pseudonyms: Pseudonyms


def read_audience(
    audience: str, stores: AudienceStores, at: datetime, counts: AudienceCounts
) -> Iterator[Recipient]:
    """Yield everybody once; raises `InvalidRowError` for an audience that is none."""
    seen: set[str] = set()
    for recipient in _recipients(audience, stores, at, counts):
        name = recipient.user_id or recipient.session_id or ""
        if name in seen:
            counts.repeated += 1
            continue
        seen.add(name)
        yield recipient


def _recipients(
    audience: str, stores: AudienceStores, at: datetime, counts: AudienceCounts
) -> Iterator[Recipient]:
    if audience == EVERYBODY:
        return _with_shop_ids(_known_users(stores.history, at, None), stores, counts)
    if audience.startswith(SINCE):
        days = audience.removeprefix(SINCE)
        if not days.isdecimal() or not 1 <= int(days) <= _MOST_DAYS:
            raise InvalidRowError(f"{audience!r} names no number of days, such as since:30.")
        return _with_shop_ids(_known_users(stores.history, at, int(days)), stores, counts)
    file = Path(audience)
    if not file.is_file():
        raise InvalidRowError(
            f"There is no file {audience}. An audience is a file of ids, one a line, or a CSV file "
            f"with a column {USER_COLUMN} or {SESSION_COLUMN}; or {EVERYBODY}, or {SINCE}DAYS."
        )
    return _with_pseudonyms(_of_file(file, counts), stores.pseudonyms)


def _with_shop_ids(
    user_ids: Collection[UserId], stores: AudienceStores, counts: AudienceCounts
) -> Iterator[Recipient]:
    """Leave out those whom the shop could not write to."""
    for some in _chunks(user_ids):
        shop_ids = stores.pseudonyms.shop_ids(some)
        counts.nameless += len(some) - len(shop_ids)
        for user_id in some:
            if user_id in shop_ids:
                yield Recipient(user_id=user_id, shop_id=shop_ids[user_id])


def _with_pseudonyms(
    recipients: Iterable[Recipient], pseudonyms: Pseudonyms
) -> Iterator[Recipient]:
    for some in _chunks(recipients):
        shop_ids = [item.shop_id for item in some if item.shop_id is not None]
        names = pseudonyms.of_many(shop_ids, keep=False)
        for item in some:
            name = None if item.shop_id is None else names[item.shop_id]
            yield replace(item, user_id=name)


def _chunks(items: Iterable[_Item]) -> Iterator[list[_Item]]:
    remaining = iter(items)
    while chunk := list(islice(remaining, _AT_ONCE)):
        yield chunk


def _known_users(history: EventHistory, at: datetime, days: int | None) -> Collection[UserId]:
    """Return those whom events name, by when they came first; one read of each day."""
    last = at.astimezone(UTC).date()
    seen: dict[UserId, None] = {}
    for day in history.days():
        if day > last or (days is not None and day <= last - timedelta(days=days)):
            continue
        for events in history.read_day(day):
            seen.update(
                dict.fromkeys(
                    event.user_id
                    for event in events
                    if event.user_id is not None and event.received_at <= at
                )
            )
    return seen


def _of_file(file: Path, counts: AudienceCounts) -> Iterator[Recipient]:
    with file.open(encoding="utf-8-sig", errors="replace", newline="") as lines:
        rows = csv.reader(_short_lines(lines))
        column, named = 0, USER_COLUMN
        for number, row in enumerate(rows, start=1):
            if number == 1 and (header := {USER_COLUMN, SESSION_COLUMN} & set(row)):
                named = USER_COLUMN if USER_COLUMN in header else SESSION_COLUMN
                column = row.index(named)
                continue
            recipient = _recipient(row[column] if column < len(row) else "", named)
            if isinstance(recipient, Recipient):
                yield recipient
            else:
                counts.refuse(number, recipient)


def _short_lines(lines: Iterable[str]) -> Iterator[str]:
    for line in lines:
        # A quote that is left open, or a file that is no text, must not fill the memory.
        yield line.replace("\0", _NOT_UTF_8)[:_LONGEST_LINE].replace('"', "")


def _recipient(text: str, named: str) -> Recipient | str:
    """Return whom a line names, or why it names nobody."""
    text = text.strip()
    fault = "is not UTF-8" if _NOT_UTF_8 in text else id_fault(text)
    if fault is not None:
        return f"the id {fault}"
    if named == USER_COLUMN:
        return Recipient(shop_id=ShopUserId(text))
    session_id = parse_session_id(text)
    return "no session has this id" if session_id is None else Recipient(session_id=session_id)
