"""The slate of a decision as places among its actions; what its draws give again is left out."""

from collections.abc import Mapping, Sequence

import msgspec

from personalization.decisions.record_ledger import LedgerReader, LedgerWriter, RecordLedger
from personalization.domain.decision import Slot
from personalization.domain.draw import Draw
from personalization.domain.identifiers import ProductId
from personalization.domain.slates.slot_table import SlotTable

_EXPLORED, _PINNED = 1, 2


class PackedSlate(msgspec.Struct, array_like=True, frozen=True):
    products: tuple[int, ...]
    """Places among the products in ascending order."""
    actions: int
    """How many there are."""
    marks: bytes
    """Of each slot, whether it is explored and whether it is pinned."""
    places: tuple[tuple[str, int], ...] | None
    """Placement and position; None where they are those of the draws."""


def write_slate(
    ledger: LedgerWriter,
    slate: Sequence[Slot],
    draws: Sequence[Draw],
    actions: Mapping[ProductId, int],
) -> PackedSlate:
    """Take the place of each product; raises `LookupError` for a slot of another product."""
    if type(slate) is SlotTable:
        return _write_table(ledger, slate, draws, actions)
    places = tuple([(slot.placement, slot.position) for slot in slate])
    drawn = _drawn_places(draws, len(slate))
    packed = PackedSlate(
        products=tuple([actions[slot.product_id] for slot in slate]),
        actions=len(actions),
        marks=bytes([slot.explored * _EXPLORED + slot.pinned * _PINNED for slot in slate]),
        places=None if places == drawn else places,
    )
    _settle(ledger, packed, places, draws, [slot.propensity for slot in slate])
    return packed


def _write_table(
    ledger: LedgerWriter,
    slate: SlotTable,
    draws: Sequence[Draw],
    actions: Mapping[ProductId, int],
) -> PackedSlate:
    places = tuple([(slate.placement, position) for position in range(len(slate))])
    packed = PackedSlate(
        products=tuple(map(actions.__getitem__, slate.product_ids)),
        actions=len(actions),
        # Nothing of it is pinned.
        marks=bytes(slate.explored),
        places=None if places == _drawn_places(draws, len(slate)) else places,
    )
    _settle(ledger, packed, places, draws, slate.propensities)
    return packed


def read_propensities(
    ledger: LedgerReader, packed: PackedSlate, draws: Sequence[Draw]
) -> Sequence[float]:
    return _settle(ledger, packed, _places(packed, draws), draws)


def read_slate(
    packed: PackedSlate,
    draws: Sequence[Draw],
    propensities: Sequence[float],
    products: Sequence[ProductId],
) -> tuple[Slot, ...]:
    """Take the products in ascending order."""
    places = _places(packed, draws)
    columns = zip(packed.products, packed.marks, places, propensities, strict=True)
    return tuple(
        [
            Slot(
                position=position,
                product_id=products[product],
                propensity=propensity,
                explored=bool(marks & _EXPLORED),
                placement=placement,
                pinned=bool(marks & _PINNED),
            )
            for product, marks, (placement, position), propensity in columns
        ]
    )


def _places(packed: PackedSlate, draws: Sequence[Draw]) -> Sequence[tuple[str, int]]:
    if packed.places is not None:
        return packed.places
    drawn = _drawn_places(draws, len(packed.marks))
    if drawn is None:
        raise ValueError("The slots are not those of the draws.")
    return drawn


def _drawn_places(draws: Sequence[Draw], count: int) -> tuple[tuple[str, int], ...] | None:
    """Return None where other than so many slots were asked for, which may be any number."""
    if sum([max(draw.size, 0) for draw in draws]) != count:
        return None
    return tuple([(draw.placement, place) for draw in draws for place in range(draw.size)])


def _settle(
    ledger: RecordLedger,
    packed: PackedSlate,
    places: Sequence[tuple[str, int]],
    draws: Sequence[Draw],
    known: Sequence[float] | None = None,
) -> Sequence[float]:
    """Return the propensities, which are expected to be epsilon-greedy's."""
    given = dict.fromkeys([placement for placement, _ in places], (0.0, 0))
    given |= {draw.placement: (draw.epsilon, len(draw.barred)) for draw in draws}
    remaining = packed.actions - sum([mark >= _PINNED for mark in packed.marks])
    expected: list[float] = []
    for marks, (placement, _) in zip(packed.marks, places, strict=True):
        if marks & _PINNED:
            expected += (1.0,)
            continue
        epsilon, barred = given[placement]
        floor = epsilon / (remaining - barred) if remaining > barred else 0.0
        expected += (floor if marks & _EXPLORED else 1.0 - epsilon + floor,)
        remaining -= 1
    return ledger.few(expected, known)
