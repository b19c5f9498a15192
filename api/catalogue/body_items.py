"""Cuts a body that is still coming into the products in it, each at most a mebibyte."""

import re
from typing import Final, NamedTuple, Protocol

LONGEST_ITEM: Final = 1024 * 1024
_BLANKS: Final = b" \t\r\n"
_TO_MARK: Final = re.compile(rb'(?:[^"\[\]{},]++|"(?:[^"\\]++|\\.)*+")*+', re.DOTALL)
"""Runs up to a bracket, a comma, or a string whose end is not here yet."""


class BodyItem(NamedTuple):
    number: int
    """1 for the first; of lines, empty ones count."""
    body: bytes
    """A byte too long where it is longer than any item may be."""


class UncutBodyError(ValueError):
    """Where the next product begins cannot be told."""


class CutsItems(Protocol):
    def take(self, part: bytes) -> list[BodyItem]:
        """Return the items that end in this part."""

    def finish(self) -> list[BodyItem]:
        """Return the item at the end, if any; raises `UncutBodyError`."""


class Lines:
    """Items of NDJSON."""

    def __init__(self) -> None:
        self._number = 0
        self._rest: list[bytes] = []
        self._length = 0

    def take(self, part: bytes) -> list[BodyItem]:
        first, *others = part.split(b"\n")
        self._keep(first)
        items = []
        for following in others:
            items += self._end_line()
            self._keep(following)
        return items

    def finish(self) -> list[BodyItem]:
        return self._end_line()

    def _keep(self, piece: bytes) -> None:
        room = LONGEST_ITEM + 1 - self._length
        if piece and room > 0:
            self._rest.append(piece[:room])
            self._length += min(len(piece), room)

    def _end_line(self) -> list[BodyItem]:
        body = b"".join(self._rest).strip(_BLANKS)
        self._number += 1
        self._rest.clear()
        self._length = 0
        if self._number == 1:
            body = body.removeprefix(b"\xef\xbb\xbf")
        return [BodyItem(self._number, body)] if body else []


class JsonItems:
    """Items of a JSON array, or one object."""

    def __init__(self) -> None:
        self._rest = bytearray()
        self._place = 0
        """Up to here the rest has been looked at."""
        self._depth = 0
        self._number = 0
        self._in_list: bool | None = None
        """None before the first sign."""
        self._is_over = False
        self._is_too_long = False

    def take(self, part: bytes) -> list[BodyItem]:
        self._rest += part
        if self._in_list is None:
            self._begin()
        items: list[BodyItem] = []
        while self._in_list and not self._is_over:
            mark = self._next_mark()
            if mark is None:
                break
            items += self._pass_mark(mark)
        self._bound()
        return items

    def finish(self) -> list[BodyItem]:
        left = bytes(self._rest).strip(_BLANKS)
        if self._in_list is False:
            return [BodyItem(1, left)]
        if self._in_list and not self._is_over:
            raise UncutBodyError("the list has no end: close it with ]")
        if left:
            raise UncutBodyError("something follows the end of the list")
        return []

    def _begin(self) -> None:
        begun = self._rest.lstrip(_BLANKS + b"\xef\xbb\xbf")
        if begun:
            self._in_list = begun.startswith(b"[")
            self._rest = begun[1:] if self._in_list else begun

    def _next_mark(self) -> int | None:
        """Return the place of the next bracket or comma, None where it has not come yet."""
        found = _TO_MARK.match(self._rest, self._place)
        end = found.end() if found else self._place
        if end >= len(self._rest) or self._rest[end : end + 1] == b'"':
            # A string without its end is looked at again from where it begins.
            self._place = end
            return None
        return end

    def _pass_mark(self, mark: int) -> list[BodyItem]:
        sign = self._rest[mark : mark + 1]
        self._place = mark + 1
        if sign in b"[{":
            self._depth += 1
        elif sign in b"]}" and self._depth:
            self._depth -= 1
        elif not self._depth:
            return self._end_item(mark, is_last=sign != b",")
        return []

    def _end_item(self, mark: int, *, is_last: bool) -> list[BodyItem]:
        body = bytes(self._rest[:mark]).strip(_BLANKS)
        del self._rest[: mark + 1]
        self._place = 0
        self._is_over = is_last
        if is_last and not body and not self._number:
            return []
        self._number += 1
        if self._is_too_long:
            self._is_too_long, body = False, b" " * (LONGEST_ITEM + 1)
        return [BodyItem(self._number, body)]

    def _bound(self) -> None:
        """Keep no more than one item, and of one that is too long only that it is."""
        if self._in_list is False or self._is_over:
            del self._rest[LONGEST_ITEM + 1 :]
        elif self._place > LONGEST_ITEM:
            self._is_too_long = True
            del self._rest[: self._place]
            self._place = 0
        elif len(self._rest) > 2 * LONGEST_ITEM:
            raise UncutBodyError("a text in it has no end")
