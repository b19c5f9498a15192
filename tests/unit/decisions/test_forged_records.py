"""A record of a sound checksum that asks for what nobody wrote is refused at once."""

import dataclasses
import zlib
from collections.abc import Callable
from datetime import timedelta
from itertools import repeat

import msgspec
import pytest
from msgspec.structs import replace

from personalization.codec import familiar_record
from personalization.codec.bit_columns import CONSTANT, ColumnHeads, unpack_columns
from personalization.decisions import decision_record
from personalization.decisions.decision_record import (
    decode_record,
    decode_record_decision,
    encode_record,
)
from personalization.decisions.packed_decision import PackedDecision
from personalization.decisions.packed_record import PACKED, PackedRecord
from personalization.decisions.shown_decision import decode_shown_record
from personalization.domain.identifiers import EventId, ProductId
from personalization.domain.session import Session
from personalization.ports.decision_history import DecisionRecord
from personalization.sessions.counting import take
from tests.builders.event import an_event
from tests.builders.moments import NOON
from tests.builders.shops.small_shop import SmallShop, a_small_shop, promote_with_index

HEAD = len(PACKED) + 4
READS = (decode_record, decode_record_decision, decode_shown_record)


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> SmallShop:
    shop = a_small_shop(tmp_path_factory.mktemp("shop"))
    promote_with_index(shop)
    return shop


@pytest.fixture(scope="module")
def record(shop: SmallShop) -> DecisionRecord:
    session = Session.start(an_event())
    for number, product in enumerate((ProductId("shirt-1"), ProductId("skirt-1"))):
        moment = NOON + timedelta(seconds=number)
        event = an_event(event_id=EventId(product), product_ids=(product,), occurred_at=moment)
        session, _ = take(session, event, shop.catalogue.products(event.product_ids))
    return shop.maker.make(session, NOON)


def seal(compressed: bytes) -> bytes:
    return PACKED + zlib.crc32(compressed).to_bytes(4, "big") + compressed


def forge(body: bytes, change: Callable[[PackedRecord], PackedRecord]) -> bytes:
    text, incompressible = familiar_record.decompress(body[HEAD:])
    changed = change(msgspec.msgpack.decode(text, type=PackedRecord))
    compressed = familiar_record.compress(msgspec.msgpack.encode(changed))
    return seal(compressed + incompressible)


def with_columns(**changes: tuple[int, ...]) -> Callable[[PackedRecord], PackedRecord]:
    def change(packed: PackedRecord) -> PackedRecord:
        numbers = packed.numbers
        return replace(
            packed, numbers=replace(numbers, columns=replace(numbers.columns, **changes))
        )

    return change


def of_decision(
    change: Callable[[PackedDecision], PackedDecision],
) -> Callable[[PackedRecord], PackedRecord]:
    return lambda packed: replace(packed, decision=change(packed.decision))


def with_large_codes(packed: PackedRecord) -> PackedRecord:
    """Take every column of whole numbers far away."""
    numbers, heads = packed.numbers, packed.numbers.columns
    first = len(heads.shifts)
    last = first + numbers.integers
    centres = (*heads.centres[:first], *repeat(2**35, numbers.integers), *heads.centres[last:])
    return replace(packed, numbers=replace(numbers, columns=replace(heads, centres=centres)))


def with_long_runs(packed: PackedDecision) -> PackedDecision:
    runs = tuple(2**40 for _ in packed.products.runs)
    return replace(packed, products=replace(packed.products, runs=runs))


def with_large_draws(packed: PackedDecision) -> PackedDecision:
    draws = tuple(dataclasses.replace(draw, size=2**40) for draw in packed.draws)
    return replace(packed, draws=draws)


def with_many_signals(packed: PackedDecision) -> PackedDecision:
    return replace(packed, scores=replace(packed.scores, signals=2**62))


def with_long_labels(packed: PackedDecision) -> PackedDecision:
    """Leave a megabyte of places for an id of a megabyte."""
    evidence, size = packed.evidence, 1_000_000
    longer = replace(
        evidence, subjects=("x" * size, *evidence.subjects[1:]), labels=("\0" * size,) * 2
    )
    return replace(packed, evidence=longer)


@pytest.mark.parametrize(
    "change",
    [
        with_columns(counts=(2**35,), centres=(0,), widths=(CONSTANT,), shifts=()),
        with_columns(counts=(-1, 9)),
        with_columns(widths=(2**62,)),
        with_columns(centres=(2**64 - 1,)),
        with_columns(shifts=(64,)),
        lambda packed: replace(packed, numbers=replace(packed.numbers, few=(2**64 - 1,) * 99)),
        with_large_codes,
        of_decision(with_long_runs),
        of_decision(with_large_draws),
        of_decision(with_many_signals),
    ],
)
def test_impossible_numbers_are_refused(
    record: DecisionRecord, change: Callable[[PackedRecord], PackedRecord]
) -> None:
    body = forge(encode_record(record), change)
    for read in READS[:2]:
        with pytest.raises(ValueError, match=r"\w"):
            read(body)


def test_texts_that_would_grow_to_terabytes_are_refused(record: DecisionRecord) -> None:
    with pytest.raises(ValueError, match="too long"):
        decode_record(forge(encode_record(record), of_decision(with_long_labels)))


def test_a_text_that_says_little_at_length_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decision_record, "_LARGEST_BYTES", 1 << 23)
    packer = zlib.compressobj(wbits=-13)
    zeros = packer.compress(bytes(1 << 24)) + packer.flush()
    for read in READS:
        for body in (seal(zeros), zlib.compress(bytes(1 << 24))):
            with pytest.raises(ValueError, match="too large"):
                read(body)


def test_deep_arrays_in_the_profile_are_refused(record: DecisionRecord) -> None:
    text, incompressible = familiar_record.decompress(encode_record(record)[HEAD:])
    decision, _, numbers = msgspec.msgpack.decode(
        text, type=tuple[msgspec.Raw, object, msgspec.Raw]
    )
    deep = b"".join((b"\x93", decision, b"\x91" * 100_000, b"\x90", numbers))
    body = seal(familiar_record.compress(deep) + incompressible)
    for read in READS:
        with pytest.raises(ValueError, match="not whole"):
            read(body)


@pytest.mark.parametrize("name", [b"base_policy", b"policy"])
def test_deep_arrays_in_texts_are_refused(name: bytes) -> None:
    text = b'{"%b":%b' % (name, b"[" * 100_000)
    for read in READS:
        with pytest.raises(ValueError, match=r"\w"):
            read(zlib.compress(len(text).to_bytes(4, "big") + text))


def test_what_a_reader_would_refuse_is_kept_as_texts(record: DecisionRecord) -> None:
    first, *others = record.decision.evidence
    longer = dataclasses.replace(first, label="a" * (5 << 20))
    decision = dataclasses.replace(record.decision, evidence=(longer, *others))
    long = DecisionRecord(decision, record.profile)

    body = encode_record(long)

    assert not body.startswith(PACKED)
    assert decode_record(body).decision.evidence == decision.evidence


def test_heads_of_a_million_numbers_are_the_most() -> None:
    heads = ColumnHeads((2**20 + 1,), (0,), (CONSTANT,), ())
    with pytest.raises(ValueError, match="too many"):
        unpack_columns(heads, b"")
