import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple, Self

from personalization.audit.recording import Auditor, Change
from personalization.codec.moments import to_microseconds
from personalization.domain.errors import InvalidCursorError, UnknownNameError
from personalization.ports.event_log import EventLog
from personalization.ports.topics import DEAD_LETTER
from personalization.tracking.dead_letters import (
    DeadLetter,
    Place,
    Selection,
    discard_marks,
    read_letters,
)
from personalization.tracking.redrive import AT_ONCE, Judgement, Redrive, RedriveTally, wait_for

REDRIVEN: Final = "dead-letters.redrive"
DISCARDED: Final = "dead-letters.discard"
MANY: Final = "dead-letters"
"""The subject of a change of more letters than one."""
_CURSOR = re.compile(r"([0-9]{1,18})\.([0-9]{1,18})\.([0-9]{1,9}:[0-9]{1,18})")

Progress = Callable[[int, int], None]
"""Gets how many letters are done, and how many there are."""


class LetterCursor(NamedTuple):
    """Where a page or slice ended; what was set aside after `until_us` belongs to none of it."""

    until_us: int
    at_us: int
    place: Place

    @classmethod
    def parse(cls, text: str) -> Self:
        """Raise `InvalidCursorError` for what was not written by `str`."""
        found = _CURSOR.fullmatch(text)
        if found is None:
            raise InvalidCursorError
        return cls(int(found.group(1)), int(found.group(2)), Place.parse(found.group(3)))

    def __str__(self) -> str:
        return f"{self.until_us}.{self.at_us}.{self.place}"


@dataclass(frozen=True, slots=True)
class LetterPage:
    letters: Sequence[DeadLetter]
    """Newest first."""
    counts: Mapping[tuple[str, str], int]
    """Of all that were selected, by code of the reason and source, most first."""
    total: int
    """Of all that were selected."""
    following: LetterCursor | None
    """Of the next page; None after the last."""


@dataclass(frozen=True, slots=True)
class Slice:
    """How far a selection has been worked through: to its end, unless `following` says where."""

    following: LetterCursor | None
    missing: Sequence[Place]
    """Places at which there is no dead letter."""
    found: int


@dataclass(frozen=True, slots=True)
class RedriveSlice(Slice):
    tally: RedriveTally


@dataclass(frozen=True, slots=True)
class DiscardSlice(Slice):
    discarded: int
    already: int
    """Redriven or discarded before, so passed over."""


@dataclass(frozen=True, slots=True)
class _Chosen:
    letters: Sequence[DeadLetter]
    following: LetterCursor | None
    missing: Sequence[Place]
    found: int


class DeadLetterService:
    """What operators do with dead letters, by command or over HTTP.

    Each call reads all dead letters that are kept, of which those selected are held in memory.
    """

    def __init__(self, log: EventLog, redrive: Redrive, auditor: Auditor) -> None:
        self._log = log
        self._redrive = redrive
        self._auditor = auditor

    def list(
        self,
        wanted: Selection,
        limit: int,
        *,
        every: bool = False,
        after: LetterCursor | None = None,
        read: Callable[[int], None] | None = None,
    ) -> LetterPage:
        """Return a page of those that wait, or of `every` one; `after` is where the last ended."""
        letters = [
            letter
            for letter in reversed(read_letters(self._log, read, wanted))
            if every or letter.waits
        ]
        counts = Counter((letter.code, letter.source) for letter in letters)
        older = [letter for letter in letters if after is None or _key(letter) < after[1:]]
        following = _cursor(older[limit - 1], 0) if len(older) > limit else None
        return LetterPage(older[:limit], dict(counts.most_common()), len(letters), following)

    def show(self, place: Place) -> tuple[DeadLetter, Judgement]:
        """Return a letter, and what a redrive would do with it; may raise `UnknownNameError`."""
        found = read_letters(self._log, None, Selection(places=frozenset({place})))
        if not found:
            raise UnknownNameError(f"There is no dead letter at {place}: the list has the places.")
        return found[0], self._redrive.judge(found)[0]

    def redrive(
        self,
        wanted: Selection,
        author: str,
        *,
        dry: bool = False,
        limit: int | None = None,
        after: LetterCursor | None = None,
        progress: Progress | None = None,
    ) -> RedriveSlice:
        """Judge letters again and publish those that can be taken now, at most `limit` of them.

        What is redriven is marked, so a call that was cut off may be repeated.
        """
        chosen = self._choose(wanted, limit, after)
        tally = RedriveTally()
        try:
            for tally in self._redrive.run(chosen.letters, dry=dry):
                _tell(progress, tally.total, chosen)
        finally:
            if tally.redriven and not dry:
                kept = tally.kept.total()
                note = f"{tally.redriven:,} redriven, {kept:,} kept; {_words(wanted)}."
                self._record(REDRIVEN, wanted, author, note)
        return RedriveSlice(chosen.following, chosen.missing, chosen.found, tally)

    def discard(
        self,
        wanted: Selection,
        author: str,
        *,
        limit: int | None = None,
        after: LetterCursor | None = None,
        progress: Progress | None = None,
    ) -> DiscardSlice:
        """Mark letters so that they are neither listed nor redriven; their bodies go with time."""
        chosen = self._choose(wanted, limit, after)
        waiting = [letter for letter in chosen.letters if letter.waits]
        done = 0
        try:
            for start in range(0, len(waiting), AT_ONCE):
                chunk = waiting[start : start + AT_ONCE]
                wait_for(self._log.publish(DEAD_LETTER, discard_marks(chunk)))
                done += len(chunk)
                _tell(progress, done, chosen)
        finally:
            if done:
                self._record(DISCARDED, wanted, author, f"{done:,} discarded; {_words(wanted)}.")
        already = len(chosen.letters) - len(waiting)
        return DiscardSlice(chosen.following, chosen.missing, chosen.found, done, already)

    def _choose(self, wanted: Selection, limit: int | None, after: LetterCursor | None) -> _Chosen:
        found = read_letters(self._log, None, wanted)
        missing = sorted(wanted.places - {letter.place for letter in found})
        until_us = after.until_us if after is not None else _newest_us(found)
        left = [
            letter
            for letter in found
            if (wanted.places or letter.waits)
            and (after is None or after[1:] < _key(letter))
            and to_microseconds(letter.at) <= until_us
        ]
        if limit is None or len(left) <= limit:
            return _Chosen(left, None, missing, len(found))
        return _Chosen(left[:limit], _cursor(left[limit - 1], until_us), missing, len(found))

    def _record(self, action: str, wanted: Selection, author: str, note: str) -> None:
        alone = next(iter(wanted.places)) if len(wanted.places) == 1 else None
        subject = MANY if alone is None else str(alone)
        self._auditor.record(Change(author=author, action=action, subject=subject, note=note))


def _key(letter: DeadLetter) -> tuple[int, Place]:
    return to_microseconds(letter.at), letter.place


def _cursor(letter: DeadLetter, until_us: int) -> LetterCursor:
    return LetterCursor(until_us, *_key(letter))


def _newest_us(found: Sequence[DeadLetter]) -> int:
    return to_microseconds(found[-1].at) if found else 0


def _tell(progress: Progress | None, done: int, chosen: _Chosen) -> None:
    if progress is not None:
        progress(done, len(chosen.letters))


def _words(wanted: Selection) -> str:
    """Return what was selected, in words."""
    return ", ".join(_parts(wanted)) or "all there were"


def _parts(wanted: Selection) -> Iterator[str]:
    named = {"reason": wanted.reason, "source": wanted.source, "session": wanted.session}
    for name, value in named.items():
        if value is not None:
            yield f"{name} {value}"
    if wanted.since is not None:
        yield f"since {wanted.since.isoformat()}"
    if wanted.places:
        yield f"{len(wanted.places):,} by place"
