import pytest

from personalization.readings.plural import plural_of, singular_of


@pytest.mark.parametrize(
    ("singular", "plural"),
    [
        ("shirt", "shirts"), ("dress", "dresses"), ("shoe", "shoes"), ("blouse", "blouses"),
        ("necklace", "necklaces"), ("watch", "watches"), ("box", "boxes"), ("brush", "brushes"),
    ],
)  # fmt: skip
def test_each_leads_to_the_other_and_stays_itself(singular: str, plural: str) -> None:
    assert singular_of(plural) == singular_of(singular) == singular
    assert plural_of(singular) == plural_of(plural) == plural


@pytest.mark.parametrize("word", ["", "s", "is", "bus", "gas", "dress", "linen", "日本語"])
def test_other_words_stay_as_they_are(word: str) -> None:
    assert singular_of(word) == word
