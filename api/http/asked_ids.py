"""Ids in a query, whatever text they are."""

from collections.abc import Callable, Container, Sequence
from typing import Final
from urllib.parse import unquote_plus

MAXIMUM_IDS: Final = 100
MOST_PIECES: Final = 3 * MAXIMUM_IDS
"""Pieces of a query that are looked at: the catalogue is asked for eight joins of each."""
LONGEST_JOIN: Final = 8
"""Pieces of one id that a comma-separated list may have cut apart."""

_Known = Callable[[Sequence[str]], Container[str]]


def asked_ids(query: bytes, known: _Known) -> list[str]:
    """Return the ids of a query, at most `MAXIMUM_IDS`, in their order.

    `id` names one and may be repeated. `ids` separates them by commas, and a comma that belongs to
    an id is written `%2C`. Many clients write every comma so: then the longest pieces that are
    ids of the catalogue (`known`) are meant.
    """
    asked: list[list[str]] = []
    for part in query.decode("ascii", "replace").split("&"):
        name, _, value = part.partition("=")
        if unquote_plus(name) == "id":
            asked.append([unquote_plus(value)])
        elif unquote_plus(name) == "ids":
            asked.extend(unquote_plus(piece).split(",") for piece in value.split(","))
    asked = _first_pieces([pieces for pieces in asked if any(pieces)][:MAXIMUM_IDS])
    candidates = {
        ",".join(pieces[start:end])
        for pieces in asked
        if len(pieces) > 1
        for start in range(min(len(pieces), MAXIMUM_IDS))
        for end in range(start + 1, min(start + LONGEST_JOIN, len(pieces)) + 1)
    }
    found: Container[str] = known(sorted(candidates)) if candidates else ()
    ids = [piece for pieces in asked for piece in _longest_ids(pieces, found)]
    return [piece for piece in ids if piece][:MAXIMUM_IDS]


def _first_pieces(asked: Sequence[list[str]]) -> list[list[str]]:
    left = MOST_PIECES
    cut: list[list[str]] = []
    for pieces in asked:
        cut.append(pieces[: max(left, 1)])
        left -= len(pieces)
    return cut


def _longest_ids(pieces: Sequence[str], known: Container[str]) -> list[str]:
    if len(pieces) == 1:
        return list(pieces)
    ids: list[str] = []
    start = 0
    while start < len(pieces) and len(ids) < MAXIMUM_IDS:
        ends = range(min(start + LONGEST_JOIN, len(pieces)), start, -1)
        joins = ((end, ",".join(pieces[start:end])) for end in ends)
        end, join = next((join for join in joins if join[1] in known), (start + 1, pieces[start]))
        ids.append(join)
        start = end
    return ids
