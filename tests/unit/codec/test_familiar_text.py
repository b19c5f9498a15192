"""Texts come back whole, or not at all."""

import zlib

import pytest

from personalization.codec import familiar_text
from personalization.codec.familiar_text import compress, decompress
from personalization.codec.json_codec import PROFILE
from tests.builders.profile import a_profile


@pytest.mark.parametrize("text", [b"", b"{}", bytes(range(256)) * 9, PROFILE.encode(a_profile())])
def test_a_text_comes_back(text: bytes) -> None:
    assert decompress(compress(text)) == text


def test_a_text_that_says_what_others_say_takes_little() -> None:
    profile = PROFILE.encode(a_profile())

    assert len(compress(profile)) < 0.7 * len(zlib.compress(profile, 9))


def test_what_plain_zlib_wrote_is_read() -> None:
    assert decompress(zlib.compress(b"written before")) == b"written before"


def test_the_dictionary_is_the_one_that_stored_texts_name() -> None:
    # A stream names its dictionary by this checksum: with another none of them could be read.
    assert compress(b"text")[2:6].hex() == "70ed5cde"


def test_a_damaged_text_is_refused() -> None:
    body = compress(PROFILE.encode(a_profile()))
    damaged = body[:40] + bytes([body[40] ^ 1]) + body[41:]
    for wrong in (b"", b"none", body[:-1], damaged):
        with pytest.raises(ValueError, match=r"\w"):
            decompress(wrong)


def test_a_text_that_would_grow_to_gigabytes_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(familiar_text, "_LARGEST_BYTES", 1 << 20)
    with pytest.raises(ValueError, match="too large"):
        decompress(zlib.compress(bytes(1 << 22)))
