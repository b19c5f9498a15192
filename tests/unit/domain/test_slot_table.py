"""Slots by columns read as a tuple of slots does."""

from personalization.domain.decision import Slot
from personalization.domain.identifiers import ProductId
from personalization.domain.slates.slot_table import SlotTable

IDS = [ProductId("b"), ProductId("a"), ProductId("c")]
SLOTS = (
    Slot(position=0, product_id=IDS[0], propensity=0.5, explored=False, placement="rank"),
    Slot(position=1, product_id=IDS[1], propensity=0.25, explored=True, placement="rank"),
    Slot(position=2, product_id=IDS[2], propensity=1.0, explored=False, placement="rank"),
)


def a_table() -> SlotTable:
    return SlotTable("rank", IDS, [0.5, 0.25, 1.0], [False, True, False])


def test_it_reads_as_a_tuple_of_its_slots() -> None:
    table = a_table()

    assert len(table) == 3
    assert tuple(table) == SLOTS
    assert table[1] == SLOTS[1]
    assert table[-2:] == SLOTS[-2:]
    assert repr(table) == repr(SLOTS)


def test_it_equals_what_has_the_same_slots_and_nothing_else() -> None:
    other = SlotTable("rank", IDS, [0.5, 0.3, 1.0], [False, True, False])

    assert a_table() == SLOTS
    assert SLOTS == a_table() == a_table()
    assert hash(a_table()) == hash(SLOTS)
    assert a_table() != other
    assert other != SLOTS
