import re
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Self

from personalization.codec.moments import from_microseconds
from personalization.domain.errors import StoreUnavailableError
from personalization.ports.event_log import CLOCK_SLACK_MS, EventConsumer, EventLog, Message, Record
from personalization.ports.topics import DEAD_LETTER

READER_GROUP = "dead_letters_shown"
"""Never commits, so that every reader begins at the beginning and nobody's offsets move."""
REDRIVEN_FROM = "replayed-of"
"""Header with the place of the letter that an event or a mark came from."""
_REDRIVE, _DISCARD = "replay", "discard"
"""What the source of a mark is called."""
_AT_ONCE = 1_000
_POLL_SECONDS = 0.5
QUIET_SECONDS = 3.0
"""A partition whose records have all passed their retention never says that it has been read."""
_PLACE = re.compile(r"([0-9]{1,9}):([0-9]{1,18})")
MOST_BYTES = 4_096
"""What is kept of a body, and of its reason: enough to see what was wrong, little enough that
nobody fills a disk with it."""
CUT_FROM = "cut-from"
"""Header with the length of a body that was cut."""


@dataclass(frozen=True, slots=True, order=True)
class Place:
    partition: int
    offset: int

    @classmethod
    def parse(cls, text: str) -> Self:
        """Return the place written as `partition:offset`; raises `ValueError`."""
        found = _PLACE.fullmatch(text.strip())
        if found is None:
            raise ValueError(f"{text!r} is no place: write partition:offset, as `list` shows it.")
        return cls(int(found.group(1)), int(found.group(2)))

    def __str__(self) -> str:
        return f"{self.partition}:{self.offset}"


@dataclass(frozen=True, slots=True)
class DeadLetter:
    place: Place
    at: datetime
    """When the log took it."""
    session_id: str
    body: bytes
    headers: tuple[tuple[str, str], ...]
    redriven_at: datetime | None = None
    discarded_at: datetime | None = None

    @property
    def waits(self) -> bool:
        """Whether nobody has done anything with it yet."""
        return self.redriven_at is None and self.discarded_at is None

    def header(self, name: str) -> str:
        return dict(self.headers).get(name, "")

    @property
    def reason(self) -> str:
        return self.header("reason")

    @property
    def code(self) -> str:
        return _as_code(self.reason.partition(":")[0])

    @property
    def source(self) -> str:
        """Who set it aside: `api` or `scorer`."""
        return self.header("source")

    @property
    def is_cut(self) -> bool:
        """Whether only the beginning of the body was kept."""
        return bool(self.header(CUT_FROM))

    @property
    def origin(self) -> Place | None:
        """Its place in the topic of events, if it got that far."""
        place = f"{self.header('partition')}:{self.header('offset')}"
        return Place.parse(place) if _PLACE.fullmatch(place) else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """Which dead letters to take; a field that is None takes all."""

    reason: str | None = None
    """Begins the reason; spaces and underscores are the same."""
    source: str | None = None
    session: str | None = None
    since: datetime | None = None
    places: frozenset[Place] = field(default_factory=frozenset)

    @property
    def is_empty(self) -> bool:
        return self == Selection()

    def takes(self, letter: DeadLetter) -> bool:
        return (
            (self.reason is None or _as_code(letter.reason).startswith(_as_code(self.reason)))
            and (self.source is None or letter.source == self.source)
            and (self.session is None or letter.session_id == self.session.lower())
            and (self.since is None or letter.at >= self.since)
            and (not self.places or letter.place in self.places)
        )


def letter_message(
    key: str, body: bytes, reason: str, source: str, more: tuple[tuple[str, str], ...] = ()
) -> Message:
    """Return the message that sets a body aside, cut to `MOST_BYTES`."""
    headers = (("reason", reason[:MOST_BYTES]), ("source", source), *more)
    if len(body) <= MOST_BYTES:
        return Message(key, body, headers)
    return Message(key, body[:MOST_BYTES], (*headers, (CUT_FROM, str(len(body)))))


def read_letters(
    log: EventLog, read: Callable[[int], None] | None = None, wanted: Selection | None = None
) -> list[DeadLetter]:
    """Return all dead letters, or the wanted ones, oldest first.

    `read` gets the number of records read so far.
    """
    letters: dict[Place, DeadLetter] = {}
    redriven: dict[Place, datetime] = {}
    discarded: dict[Place, datetime] = {}
    for record in _records(log, read or (lambda _: None)):
        headers = dict(record.headers)
        marked = headers.get(REDRIVEN_FROM)
        if marked is None:
            letter = _letter(record)
            if wanted is None or wanted.takes(letter):
                letters[letter.place] = letter
        elif _PLACE.fullmatch(marked):
            marks = discarded if headers.get("source") == _DISCARD else redriven
            marks.setdefault(Place.parse(marked), _moment(record))
    found = [
        replace(
            letter,
            redriven_at=redriven.get(letter.place),
            discarded_at=discarded.get(letter.place),
        )
        for letter in letters.values()
    ]
    return sorted(found, key=lambda letter: (letter.at, letter.place))


def redrive_marks(letters: Iterable[DeadLetter]) -> list[Message]:
    """Return the messages that mark these letters as redriven.

    A mark has its letter's key and is published later, so it lies behind the letter in the same
    partition, and retention removes it later.
    """
    return [_mark(letter, _REDRIVE) for letter in letters]


def discard_marks(letters: Iterable[DeadLetter]) -> list[Message]:
    """Return the messages that mark these letters as discarded.

    A former release takes them for redriven, and leaves them alone as well.
    """
    return [_mark(letter, _DISCARD) for letter in letters]


def _mark(letter: DeadLetter, source: str) -> Message:
    headers = ((REDRIVEN_FROM, str(letter.place)), ("source", source))
    return Message(letter.session_id, b"", headers)


def _records(log: EventLog, read: Callable[[int], None]) -> Iterable[Record]:
    began_ms = int(time.time() * 1000) - CLOCK_SLACK_MS
    consumer = log.consumer(READER_GROUP, [DEAD_LETTER], range(log.partition_count(DEAD_LETTER)))
    count, heard_at = 0, time.monotonic()
    try:
        while True:
            records: Sequence[Record] = consumer.poll(_AT_ONCE, _POLL_SECONDS)
            yield from (record for record in records if not record.is_erased)
            count += len(records)
            read(count)
            if records:
                heard_at = time.monotonic()
            quiet = time.monotonic() - heard_at > QUIET_SECONDS
            if len(records) < _AT_ONCE and (_at_the_end(consumer, began_ms, quiet=quiet) or quiet):
                return
    finally:
        consumer.close()


def _at_the_end(consumer: EventConsumer, began_ms: int, *, quiet: bool) -> bool:
    try:
        return consumer.read_up_to_ms() >= began_ms
    except StoreUnavailableError:
        # A topic that was made by asking for it has no leader for a moment.
        if quiet:
            raise
        return False


def _letter(record: Record) -> DeadLetter:
    return DeadLetter(
        place=Place(record.topic_partition.partition, record.offset),
        at=_moment(record),
        session_id=record.key,
        body=record.value,
        headers=record.headers,
    )


def _moment(record: Record) -> datetime:
    return from_microseconds(record.appended_at_ms * 1000).astimezone(UTC)


def _as_code(text: str) -> str:
    return text.strip().lower().replace(" ", "_")
