"""No sentence tells of fewer people than a shop allows, whatever it was written under."""

import re
from string import Formatter

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from personalization.domain.privacy.small_counts import ALL_COUNTS, SmallCounts, SmallCountsAs
from personalization.explanations.asked_words import STRATEGY_WORDS
from personalization.explanations.clauses import (
    ADJUSTMENT_WORDS,
    LIST_WORDS,
    PRIOR_WORDS,
    TASTE_WORDS,
    TERM_WORDS,
)
from personalization.explanations.counted_reasons import (
    PUBLISHED,
    CountedReason,
    bundle_reason,
    published_bundle_reason,
    published_growth,
    published_trending_reason,
    trending_reason,
)
from personalization.ranking.signals.registry import SIGNALS
from personalization.recommendations.titles import ROW_TITLES

OMIT, ROUND = (SmallCounts(10, small) for small in SmallCountsAs)
WITHOUT_PEOPLE = {"place", "region", "scope", "about", "category"}
"""What sentences of no `CountedReason` may hold: names."""


def _sentence(kind: CountedReason, people: int) -> str:
    if kind is CountedReason.BUNDLE:
        return bundle_reason("Blue shirt", people, 1.84, of_shoppers=True)
    return trending_reason(people, 2.34, of_shoppers=True)


WORDS = {
    (CountedReason.BUNDLE, 705): "Bought together: with Blue shirt by 700 shoppers or more, "
    "1.8 times as often as by chance",
    (CountedReason.BUNDLE, 9): "Bought together: with Blue shirt",
    (CountedReason.TRENDING, 1_234): "1,200 shoppers or more lately, "
    "2.3 times the interest of the weeks before",
    (CountedReason.TRENDING, 9): "More interest than in the weeks before",
}
ROUNDED = {
    CountedReason.BUNDLE: "Bought together: with Blue shirt by fewer than 10 shoppers",
    CountedReason.TRENDING: "Fewer than 10 shoppers lately, with more interest than in the weeks "
    "before",
}


def test_every_counted_sentence_has_a_guard_and_words() -> None:
    assert set(PUBLISHED) == set(ROUNDED) == {kind for kind, _ in WORDS} == set(CountedReason)


@pytest.mark.parametrize(("case", "words"), WORDS.items(), ids=str)
def test_a_small_number_is_left_out_and_a_larger_one_rounded_down(
    case: tuple[CountedReason, int], words: str
) -> None:
    kind, people = case
    assert PUBLISHED[kind](_sentence(kind, people), OMIT) == words


@pytest.mark.parametrize("kind", CountedReason)
def test_a_small_number_may_be_said_to_be_small(kind: CountedReason) -> None:
    said = PUBLISHED[kind](_sentence(kind, 9), ROUND)
    assert said == ROUNDED[kind]
    # A lower bound later on would be a lie, a higher one tells less than was told.
    lower, higher = (SmallCounts(bound, SmallCountsAs.ROUND) for bound in (5, 25))
    assert PUBLISHED[kind](said, lower) == said
    assert PUBLISHED[kind](said, higher) == said.replace("10", "25")
    assert PUBLISHED[kind](said, OMIT) == WORDS[kind, 9]


@pytest.mark.parametrize("kind", CountedReason)
def test_a_shop_may_publish_every_number(kind: CountedReason) -> None:
    sentence = _sentence(kind, 3)
    assert PUBLISHED[kind](sentence, ALL_COUNTS) == sentence


@pytest.mark.parametrize("counts", [OMIT, ROUND])
def test_a_number_of_acts_is_never_told_for_one_of_people(counts: SmallCounts) -> None:
    acts = bundle_reason("Blue shirt", 705, 1.8, of_shoppers=False)
    assert published_bundle_reason(acts, counts) == "Bought together: with Blue shirt"
    former = "Goes with Hat: chosen together 705 times, 1.8 times as often as by chance"
    assert published_bundle_reason(former, counts) == "Goes with Hat"
    trend = trending_reason(705, 1.8, of_shoppers=False)
    assert published_trending_reason(trend, counts) == trend
    assert "705" not in trend


@pytest.mark.parametrize(
    "reason",
    ["Put together by the shop", "You viewed Blue dress (3 times)", "Bought together: with Hat"],
)
def test_other_sentences_stay(reason: str) -> None:
    assert [published(reason, OMIT) for published in PUBLISHED.values()] == [reason, reason]


TITLES = st.text(st.characters(exclude_categories=["Nd", "No", "Nl", "Cs"]), min_size=1)


@given(
    people=st.integers(0, 5_000),
    factor=st.floats(1, 99),
    title=TITLES,
    smallest=st.integers(2, 300),
    small=st.sampled_from(SmallCountsAs),
)
@example(7, 1.0, " by  shoppers,  times as often as by chance", 10, SmallCountsAs.OMIT)
def test_no_published_sentence_has_a_number_that_is_not_allowed(
    people: int, factor: float, title: str, smallest: int, small: SmallCountsAs
) -> None:
    counts = SmallCounts(smallest, small)
    kept = (
        (published_bundle_reason, bundle_reason(title, people, factor, of_shoppers=True)),
        (published_trending_reason, trending_reason(people, factor, of_shoppers=True)),
    )
    for publish, sentence in kept:
        said = publish(sentence, counts)
        assert publish(said, counts) == said
        told = counts.round_down(people)
        allowed = {f"{smallest:,}"} if told is None else {f"{told:,}", f"{factor:.1f}"}
        assert set(re.findall(r"\d[\d,]*(?:\.\d)?", said)) <= allowed


def test_the_factor_of_a_trend_of_few_is_whole() -> None:
    few, many = (trending_reason(people, 2.3456, of_shoppers=True) for people in (9, 10))
    assert published_growth(2.3456, few, OMIT) == 2.0
    assert published_growth(1.04, few, OMIT) == 1.0
    assert published_growth(2.3456, many, OMIT) == 2.3
    assert published_growth(2.3456, few, ALL_COUNTS) == 2.3456
    for counts in (OMIT, ROUND):
        assert published_growth(2.0, published_trending_reason(few, counts), counts) == 2.0


def test_other_words_for_a_score_hold_names_and_no_numbers() -> None:
    tables = (
        ADJUSTMENT_WORDS, LIST_WORDS, PRIOR_WORDS, TASTE_WORDS, TERM_WORDS, STRATEGY_WORDS,
        ROW_TITLES, {name: signal.words for name, signal in SIGNALS.items()},
    )  # fmt: skip
    for table in tables:
        for words in table.values():
            fields = {name for _, name, _, _ in Formatter().parse(str(words)) if name}
            assert fields <= WITHOUT_PEOPLE, f"{words}: a number of people is a CountedReason"
