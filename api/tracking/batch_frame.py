"""Tells the events of a batch apart without reading them, where some are not JSON.

Only brackets, commas and the ends of strings are looked at. No pattern goes back on what it has
taken, so the time is linear, and the number of steps is bounded.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

import msgspec

_TO_MARK: Final = re.compile(rb'(?:[^"\[\]{},]++|"(?:[^"\\]++|\\.)*+(?:"|\Z))*+', re.DOTALL)
"""Runs up to a bracket or comma."""
_TO_BRACKET: Final = re.compile(rb'(?:[^"\[\]{}]++|"(?:[^"\\]++|\\.)*+(?:"|\Z))*+', re.DOTALL)
_OPENING: Final = re.compile(rb"[\[{]++")
_CLOSING: Final = re.compile(rb"[\]}]++")
_LIST: Final = re.compile(rb"\s*+\[")
_OBJECT: Final = re.compile(rb"\s*+\{")
_EVENTS: Final = re.compile(rb'\s*+"events"\s*+:\s*+\[')
_PLACEHOLDER: Final = b"null"
_MOST_STEPS: Final = 50_000
"""Of a batch of 1,000 events, each with several lists and objects; some 20 ms."""
_ANY: Final = msgspec.json.Decoder(msgspec.Raw)


@dataclass(slots=True)
class FramedBatch:
    body: bytes
    """The batch with null in the place of each event that is not JSON."""
    unreadable: dict[int, bytes] = field(default_factory=dict)
    """Those events by their places."""


class _UnframedError(Exception):
    """Where an event ends cannot be told."""


def set_aside_unreadable(body: bytes) -> FramedBatch | None:
    """Return None where the events cannot be told apart."""
    try:
        spans = list(_Scan(body).spans())
    except _UnframedError:
        return None
    framed, pieces, copied = FramedBatch(b""), list[bytes](), 0
    for index, (begin, end) in enumerate(spans):
        if not _is_json(body[begin:end]):
            framed.unreadable[index] = body[begin:end]
            pieces += [body[copied:begin], _PLACEHOLDER]
            copied = end
    framed.body = b"".join([*pieces, body[copied:]])
    return framed


def _is_json(part: bytes) -> bool:
    try:
        _ANY.decode(part)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        return False
    return True


class _Scan:
    def __init__(self, body: bytes) -> None:
        self._body = body
        self._steps = 0

    def spans(self) -> Iterator[tuple[int, int]]:
        """Yield where each event begins and ends."""
        position = self._start_of_list()
        while True:
            end = self._end_of_part(position)
            yield position, end
            if self._body[end : end + 1] != b",":
                return
            position = end + 1

    def _start_of_list(self) -> int:
        """Return where the first event may begin: in a bare list, or in the list `events`."""
        if found := _LIST.match(self._body):
            return found.end()
        found = _OBJECT.match(self._body)
        if not found:
            raise _UnframedError
        position = found.end()
        while not (events := _EVENTS.match(self._body, position)):
            position = self._end_of_part(position) + 1
        return events.end()

    def _end_of_part(self, position: int) -> int:
        """Return the place of the comma or bracket that ends the part beginning here."""
        depth = 0
        while True:
            position = self._skip(_TO_BRACKET if depth else _TO_MARK, position)
            if opening := _OPENING.match(self._body, position):
                depth += len(opening.group())
                position = opening.end()
            elif not depth:
                return position
            elif closing := _CLOSING.match(self._body, position):
                taken = min(depth, len(closing.group()))
                depth -= taken
                position += taken
            else:  # A string that ends in the middle of an escape.
                raise _UnframedError

    def _skip(self, pattern: re.Pattern[bytes], position: int) -> int:
        self._steps += 1
        found = pattern.match(self._body, position)
        end = found.end() if found else position
        if end >= len(self._body) or self._steps > _MOST_STEPS:
            raise _UnframedError
        return end
