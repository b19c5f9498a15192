from hashlib import sha256

import pytest

from personalization.domain.access.api_key import KeyId, KeyKind
from personalization.keys.key_text import (
    TEXT_LENGTH,
    digest_position,
    make_key_text,
    parse_key_text,
)

TEXT = "sk_abc234def567_" + "A1b2" * 10 + "xyz"


@pytest.mark.parametrize("kind", KeyKind)
def test_what_is_made_is_read_again(kind: KeyKind) -> None:
    made = make_key_text(kind)
    assert parse_key_text(made.text) == made
    assert made.text.count("_") == 2
    assert made.digest == sha256(made.text.encode()).hexdigest()


def test_no_two_are_alike() -> None:
    texts = [make_key_text(KeyKind.SECRET, KeyId("abc234def567")) for _ in range(50)]
    assert len({text.text for text in texts}) == 50
    assert {text.key_id for text in texts} == {"abc234def567"}


def test_a_text_that_is_printed_by_mistake_does_not_show_its_secret() -> None:
    made = make_key_text(KeyKind.SECRET)
    assert made.text not in repr(made)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "sk",
        TEXT[:-1],
        f"{TEXT}x",
        f"{TEXT[:-1]}\n",
        f"{TEXT[:-1]}ż",
        f"{TEXT[:-1]}_",
        TEXT.replace("sk_", "xk_"),
        TEXT.replace("abc234def567", "ABC234def567"),
        " " * TEXT_LENGTH,
    ],
)
def test_other_texts_are_no_keys(text: str) -> None:
    assert parse_key_text(text) is None


def test_the_digest_is_of_the_whole_text() -> None:
    parsed = parse_key_text(TEXT)
    other = parse_key_text(TEXT.replace("sk_", "pk_"))
    assert parsed is not None
    assert other is not None
    assert digest_position(parsed, ["0" * 64, parsed.digest]) == 1
    assert digest_position(parsed, [parsed.digest, "0" * 64]) == 0
    assert digest_position(other, [parsed.digest]) is None
    assert digest_position(parsed, []) is None
