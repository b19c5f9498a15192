"""Encrypted values: they open where they were put, by the key that made them, and unaltered."""

from dataclasses import replace

import pytest

from personalization.domain.errors import PrivacyKeyError, SealedValueError
from personalization.vault.field_cipher import FieldCipher, FieldPlace, key_id_of
from personalization.vault.privacy_ring import Purpose
from tests.builders.access.privacy_keys import a_privacy_key, privacy_keys
from tests.builders.settable_clock import SettableClock

PLACE = FieldPlace("people", "shop_id", "u1")
PLAIN = b"ann@shop.example"


def cipher(*keys: str) -> FieldCipher:
    return FieldCipher(privacy_keys(*keys), SettableClock())


def test_a_value_comes_back_and_is_never_written_twice_alike() -> None:
    first, second = cipher().seal(PLACE, PLAIN), cipher().seal(PLACE, PLAIN)
    assert first != second
    assert PLAIN not in first
    assert cipher().open(PLACE, first) == cipher().open(PLACE, second) == PLAIN


def test_a_former_key_opens_what_it_has_encrypted() -> None:
    sealed = cipher("old").seal(PLACE, PLAIN)
    assert key_id_of(sealed) == a_privacy_key("old").key_id
    assert cipher("new", "old").open(PLACE, sealed) == PLAIN
    assert key_id_of(cipher("new", "old").seal(PLACE, PLAIN)) == a_privacy_key("new").key_id


def test_a_key_that_is_gone_is_named_and_the_value_is_not() -> None:
    sealed = cipher("old").seal(PLACE, PLAIN)
    with pytest.raises(PrivacyKeyError, match=a_privacy_key("old").key_id) as refused:
        cipher("new").open(PLACE, sealed)
    assert "u1" not in str(refused.value)


@pytest.mark.parametrize(
    "place",
    [
        replace(PLACE, store="claims"),
        replace(PLACE, column="shop"),
        replace(PLACE, row="u2"),
        FieldPlace("people", "shop_idu", "1"),
    ],
)
def test_a_value_that_was_moved_does_not_open(place: FieldPlace) -> None:
    sealed = cipher().seal(PLACE, PLAIN)
    with pytest.raises(SealedValueError, match="moved"):
        cipher().open(place, sealed)


def test_no_altered_byte_opens() -> None:
    sealed = cipher().seal(PLACE, PLAIN)
    for position in range(len(sealed)):
        altered = bytearray(sealed)
        altered[position] ^= 1
        with pytest.raises((SealedValueError, PrivacyKeyError)):
            cipher().open(PLACE, bytes(altered))
    for end in (0, 1, len(sealed) - 1):
        with pytest.raises(SealedValueError):
            cipher().open(PLACE, sealed[:end])


def test_another_purpose_is_another_key() -> None:
    sealed = cipher().seal(PLACE, PLAIN)
    with pytest.raises(SealedValueError):
        replace(cipher(), purpose=Purpose.RECEIPTS).open(PLACE, sealed)
