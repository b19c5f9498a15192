"""Patterns that may take longer than their text: refused wherever they stand.

Python's `re` backtracks. What a stranger sends must never meet a pattern whose time grows faster
than the text, so every pattern is taken apart and refused if it has

- a repeat of something whose length varies, or whose alternatives can begin alike,
- two open-ended repeats that can take the same characters, with nothing firm between them,
- an open-ended repeat in a look-around, or a back-reference,
- in a search, an open-ended repeat that can also take what the pattern begins with and may then
  fail: the search starts again at every character of it.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any, Final

# Without types: whether the checker finds these depends on what else has imported them.
ops: Any = import_module("re._constants")
parser: Any = import_module("re._parser")

OPEN_ENDED: Final = 255
"""A repeat that may go on longer than this counts as without an end."""
_LATIN: Final = 256
_ELSEWHERE: Final = _LATIN
"""Stands for every character above Latin-1."""
EVERYTHING: Final = frozenset(range(_LATIN + 1))
_WORD: Final = frozenset(n for n in range(_LATIN) if chr(n).isalnum() or chr(n) == "_")
_CATEGORIES: Final = {
    "DIGIT": frozenset(map(ord, "0123456789")) | {_ELSEWHERE},
    "SPACE": frozenset(n for n in range(_LATIN) if chr(n).isspace()) | {_ELSEWHERE},
    "WORD": _WORD | {_ELSEWHERE},
}
_REPEATS: Final = {ops.MAX_REPEAT, ops.MIN_REPEAT, ops.POSSESSIVE_REPEAT}
_NO_WIDTH: Final = {ops.AT, ops.ASSERT, ops.ASSERT_NOT}

Characters = frozenset[int]
Node = tuple[Any, Any]


def fault_of(pattern: str | bytes, *, searched: bool, flags: int = 0) -> str | None:
    """Return what is wrong with a pattern, or None. A pattern that is not one raises `re.error`."""
    parsed = parser.parse(pattern, flags)
    ignore_case = bool(parsed.state.flags & re.IGNORECASE)
    parts = _Parts(ignore_case)
    nodes = list(parsed)
    return (
        next(_faults_within(nodes, parts), None)
        or _adjacent_fault(nodes, parts)
        or (_search_fault(nodes, parts) if searched else None)
    )


@dataclass(frozen=True, slots=True)
class _Parts:
    """What can be said of a part: its length, and the characters it can take."""

    ignore_case: bool

    def characters(self, nodes: Sequence[Node]) -> Characters:
        return frozenset().union(*(self._of(node) for node in nodes))

    def first(self, nodes: Sequence[Node]) -> Characters:
        """Return what a part can begin with."""
        found: Characters = frozenset()
        for node in nodes:
            found |= self._first_of(node)
            if not can_be_empty(node):
                break
        return found

    def _of(self, node: Node) -> Characters:
        op, value = node
        if op in _NO_WIDTH:
            return frozenset()
        inner = children(node)
        if inner:
            return frozenset().union(*(self.characters(child) for child in inner))
        return self._in_both_cases(characters_of(op, value))

    def _first_of(self, node: Node) -> Characters:
        inner = children(node)
        if node[0] in _NO_WIDTH or not inner:
            return self._of(node)
        return frozenset().union(*(self.first(child) for child in inner))

    def _in_both_cases(self, found: Characters) -> Characters:
        if not self.ignore_case:
            return found
        letters = [chr(n) for n in found if n < _LATIN]
        both = [ord(other) for c in letters for other in (c.lower(), c.upper()) if len(other) == 1]
        return found | {min(n, _ELSEWHERE) for n in both}


def characters_of(op: Any, value: Any) -> Characters:  # noqa: ANN401 - the parser's own values
    match op:
        case ops.LITERAL:
            found = frozenset({min(value, _ELSEWHERE)})
        case ops.NOT_LITERAL:
            found = EVERYTHING - {value}
        case ops.ANY:
            found = EVERYTHING - {ord("\n")}
        case ops.RANGE:
            low, high = value
            found = frozenset(range(min(low, _ELSEWHERE), min(high, _ELSEWHERE) + 1))
        case ops.CATEGORY:
            found = _category_characters(str(value).removeprefix("CATEGORY_"))
        case ops.IN:
            found = _class_characters(value)
        case _:
            found = EVERYTHING
    return found


def _category_characters(name: str) -> Characters:
    kind = _CATEGORIES[name.removeprefix("NOT_")]
    return (EVERYTHING - kind) | {_ELSEWHERE} if name.startswith("NOT_") else kind


def _class_characters(members: Sequence[Node]) -> Characters:
    negated = bool(members) and members[0][0] is ops.NEGATE
    found = frozenset().union(*(characters_of(*member) for member in members[negated:]))
    return (EVERYTHING - found) | {_ELSEWHERE} if negated else found


def children(node: Node) -> list[Sequence[Node]]:
    """Return the parts that a node is made of; none for a single character."""
    op, value = node
    inner: list[Sequence[Node]] = []
    match op:
        case ops.MAX_REPEAT | ops.MIN_REPEAT | ops.POSSESSIVE_REPEAT:
            inner = [value[2]]
        case ops.SUBPATTERN:
            inner = [value[3]]
        case ops.BRANCH:
            inner = list(value[1])
        case ops.ATOMIC_GROUP:
            inner = [value]
        case ops.ASSERT | ops.ASSERT_NOT:
            inner = [value[1]]
        case ops.GROUPREF_EXISTS:
            inner = [part for part in value[1:] if part]
    return inner


def length_of(nodes: Sequence[Node]) -> tuple[int, int]:
    widths = [_length_of(node) for node in nodes]
    return sum(low for low, _ in widths), sum(high for _, high in widths)


def _length_of(node: Node) -> tuple[int, int]:
    op, value = node
    if op in _NO_WIDTH:
        return 0, 0
    inner = [length_of(child) for child in children(node)]
    if op in _REPEATS:
        low, high = inner[0]
        return int(value[0]) * low, int(value[1]) * high
    if not inner:
        return 1, 1
    return min(low for low, _ in inner), max(high for _, high in inner)


def can_be_empty(node: Node) -> bool:
    return _length_of(node)[0] == 0


def is_open_ended(node: Node) -> bool:
    return node[0] in _REPEATS and int(node[1][1]) > OPEN_ENDED


def _faults_within(nodes: Sequence[Node], parts: _Parts) -> Iterator[str]:
    for node in nodes:
        op = node[0]
        if op in {ops.GROUPREF, ops.GROUPREF_EXISTS}:
            yield "a back-reference"
        if op in {ops.ASSERT, ops.ASSERT_NOT} and _any_within(children(node), is_open_ended):
            yield "an open-ended repeat in a look-around"
        if op in _REPEATS and int(node[1][1]) > 1:
            yield from _repeat_faults(node, parts)
        for child in children(node):
            yield from _faults_within(child, parts)


def _repeat_faults(node: Node, parts: _Parts) -> Iterator[str]:
    low, high = length_of(node[1][2])
    if low != high:
        yield "a repeat of something whose length varies"
    elif _any_within([node[1][2]], lambda part: _has_like_beginnings(part, parts)):
        yield "a repeat of alternatives that can begin alike"


def _any_within(groups: Sequence[Sequence[Node]], question: Callable[[Node], bool]) -> bool:
    return any(
        question(node) or _any_within(children(node), question)
        for group in groups
        for node in group
    )


def _has_like_beginnings(node: Node, parts: _Parts) -> bool:
    if node[0] is not ops.BRANCH:
        return False
    taken: Characters = frozenset()
    for alternative in node[1][1]:
        begins = parts.first(alternative)
        if taken & begins:
            return True
        taken |= begins
    return False


def _paths(nodes: Sequence[Node]) -> Iterator[list[Node]]:
    """Yield the pattern written flat, without groups, once for each choice of alternatives."""
    if not nodes:
        yield []
        return
    node, rest = nodes[0], nodes[1:]
    groups: list[Sequence[Node]] = [[]]
    if node[0] in {ops.SUBPATTERN, ops.BRANCH, ops.ATOMIC_GROUP}:
        groups = children(node)
        for group in groups:
            yield from _paths([*group, *rest])
    elif node[0] in _REPEATS and int(node[1][1]) == 1:
        yield from _paths([*node[1][2], *rest])
        yield from _paths(rest)
    else:
        yield from ([node, *path] for path in _paths(rest))


def _adjacent_fault(nodes: Sequence[Node], parts: _Parts) -> str | None:
    for path in _paths(nodes):
        taken: Characters = frozenset()
        for node in path:
            characters = parts.characters([node])
            if is_open_ended(node):
                if taken & characters:
                    return "two open-ended repeats that can take the same characters"
                # What is firm and different ends what stood before it.
                taken = characters if not can_be_empty(node) else taken | characters
            elif not can_be_empty(node) and not taken & characters:
                taken = frozenset()
    return None


_BEGINNINGS: Final = {ops.AT_BEGINNING, ops.AT_BEGINNING_STRING}


def _search_fault(nodes: Sequence[Node], parts: _Parts) -> str | None:
    for path in _paths(nodes):
        if path and path[0][0] is ops.AT and path[0][1] in _BEGINNINGS:
            continue
        begins = parts.first(path)
        for place, node in enumerate(path):
            may_fail = any(_may_fail(later) for later in path[place + 1 :])
            if is_open_ended(node) and may_fail and begins & parts.characters([node]):
                return "a search that starts again at every character of an open-ended repeat"
    return None


def _may_fail(node: Node) -> bool:
    return node[0] in _NO_WIDTH or not can_be_empty(node)
