"""The words of clauses, each by an example."""

from itertools import count

import pytest

from personalization.domain.decision import (
    Action,
    CategoryScore,
    Evidence,
    Frame,
    Ingredients,
    PriorTerm,
)
from personalization.domain.event import EventType
from personalization.domain.identifiers import CategoryId, EventId
from personalization.explanations.clauses import (
    NOTHING_KNOWN,
    REST,
    Clause,
    Clauses,
    Subject,
    sentence_of,
    shorten,
)
from tests.builders.decision import a_decision

NUMBERS = count()
JEANS = Subject(title="Blue jeans", place="Trousers", rating=4.6)


def an_interaction(
    subject: str,
    kind: EventType = EventType.PRODUCT_VIEW,
    category: str = "Dresses",
    reward: float = 1.0,
) -> Evidence:
    return Evidence(
        event_id=EventId(f"event-{next(NUMBERS)}"),
        type=kind,
        subject=subject,
        label=f"{subject} dress" if category == "Dresses" else subject,
        reward=reward,
        age=0,
        category_id=CategoryId(category.lower()),
        category_name=category,
    )


def words_of(*evidence: Evidence, mute: tuple[int, ...] = ()) -> list[str]:
    """Return the words for evidence, newest first; those in `mute` are not relevant."""
    aged = tuple(
        Evidence(**{name: getattr(interaction, name) for name in Evidence.__slots__} | {"age": age})
        for age, interaction in enumerate(evidence)
    )
    relevances = tuple((index, 0.5) for index in range(len(aged)) if index not in mute)
    action, frame = (
        _action(Ingredients(1.0, 1.0, relevances)),
        Frame(priors=(), normaliser=1.0, scale=1.0),
    )
    decision = a_decision(evidence=aged, actions=(action,), frame=frame, live_weight=0.5)
    return [clause.words for clause in Clauses(decision).of(action, JEANS)]


def _action(ingredients: Ingredients) -> Action:
    return a_decision().actions[0]._replace(ingredients=ingredients)


def test_views_of_one_category_are_one_clause_that_counts_them() -> None:
    views = [an_interaction("Blue"), an_interaction("Red"), an_interaction("Green")]
    others = [
        an_interaction("Jeans", category="Trousers"),
        an_interaction("Cap", category="Hats and caps"),
    ]

    assert words_of(*views, *others) == [
        "3 of your last 5 views were Dresses",
        "You viewed Jeans (3 steps ago)",
        "You viewed Cap (4 steps ago)",
    ]


def test_where_all_views_are_of_one_category_none_is_counted_off() -> None:
    assert words_of(an_interaction("Blue"), an_interaction("Red")) == [
        "Your last 2 views were Dresses"
    ]


def test_a_category_whose_name_is_no_plural_word_is_a_place() -> None:
    sale = [an_interaction("P1", category="Sale"), an_interaction("P2", category="Sale")]
    home = [
        an_interaction("P1", category="Home & Kitchens"),
        an_interaction("P2", category="Home & Kitchens"),
    ]

    assert words_of(*sale) == ["Your last 2 views were in Sale"]
    assert words_of(*home) == ["Your last 2 views were in Home & Kitchens"]


def test_a_view_that_does_not_speak_for_the_product_is_counted_but_not_added() -> None:
    words = words_of(
        an_interaction("Blue"),
        an_interaction("Red"),
        an_interaction("Green"),
        an_interaction("Jeans"),
        mute=(2, 3),
    )
    assert words == ["Your last 4 views were Dresses"]
    assert words_of(an_interaction("Blue"), an_interaction("Red"), mute=(1,)) == [
        "You viewed Blue dress"
    ]


def test_the_same_product_viewed_again_is_named_with_the_times() -> None:
    assert words_of(an_interaction("Blue"), an_interaction("Blue"), an_interaction("Blue")) == [
        "You viewed Blue dress (3 times)"
    ]


def test_a_single_interaction_is_told_with_its_age() -> None:
    assert words_of(an_interaction("Blue")) == ["You viewed Blue dress"]
    assert words_of(an_interaction("Red"), an_interaction("Blue"), mute=(0,)) == [
        "You viewed Blue dress (1 step ago)"
    ]
    assert words_of(
        an_interaction("Red"), an_interaction("Red"), an_interaction("Blue"), mute=(0, 1)
    ) == ["You viewed Blue dress (2 steps ago)"]


@pytest.mark.parametrize(
    ("kind", "reward", "words"),
    [
        (EventType.ADD_TO_CART, 3.0, "You added Blue dress to your cart"),
        (EventType.CHECKOUT, 5.0, "You bought Blue dress"),
        (EventType.FEEDBACK, 4.0, "You liked Blue dress"),
        (EventType.FEEDBACK, -4.0, "You disliked Blue dress"),
    ],
)
def test_a_strong_interaction_has_a_clause_of_its_own(
    kind: EventType, reward: float, words: str
) -> None:
    strong = an_interaction("Blue", kind, reward=reward)
    assert set(words_of(strong, an_interaction("Red"), an_interaction("Green"))) == {
        words,
        "Your last 2 views were Dresses",
    }


def test_likes_and_dislikes_of_one_category_are_told_apart() -> None:
    likes = [an_interaction(name, EventType.FEEDBACK, reward=4.0) for name in ("Blue", "Red")]
    dislikes = [
        an_interaction(name, EventType.FEEDBACK, reward=-4.0) for name in ("Pink", "Grey", "Teal")
    ]

    assert words_of(*likes, *dislikes) == [
        "Your last 3 dislikes were Dresses",
        "Your last 2 likes were Dresses",
    ]


def test_a_category_that_was_looked_through_is_named() -> None:
    look = an_interaction("dresses", EventType.CATEGORY_VIEW, reward=0.5)
    assert words_of(look, look) == ["You looked through dresses dress (2 times)"]


def clauses_of(
    *priors: str, adjustments: tuple[tuple[str, float], ...] = (), subject: Subject = JEANS
) -> tuple[Clause, ...]:
    share = 1.0 / len(priors) if priors else 1.0
    frame = Frame(
        priors=tuple(PriorTerm(name=name, weight=share, total=1.0) for name in priors),
        normaliser=1.0,
        scale=1.0,
        adjustments=tuple(name for name, _ in adjustments),
    )
    strengths = tuple((index, 1.0 - 0.1 * index) for index in range(len(priors)))
    amounts = tuple((index, amount) for index, (_, amount) in enumerate(adjustments))
    action = _action(Ingredients(1.0, 1.0, (), strengths, amounts))
    decision = a_decision(evidence=(), actions=(action,), frame=frame, live_weight=0.0)
    return Clauses(decision).of(action, subject)


def test_priors_are_told_by_what_they_count() -> None:
    names = ("popularity_region:pl", "popularity_season:winter", "popularity_category")

    assert [clause.words for clause in clauses_of(*names, "popularity", "rating")] == [
        "Popular in your region (PL)",
        "Popular in winter",
        "Popular in Trousers, which you looked at",
        "Popular in the shop",
        "Rated 4.6 by other shoppers",
    ]


def test_a_rating_that_the_catalogue_does_not_know_has_no_number() -> None:
    (clause,) = clauses_of("rating", subject=Subject(title="Jeans", place="Trousers"))
    assert clause.words == "Well rated by other shoppers"


def test_adjustments_are_told_by_their_names_and_rules_by_their_sign() -> None:
    found = clauses_of(
        adjustments=(
            ("boost:new", 0.5),
            ("boost:rated", 0.4),
            ("boost:viewed", 0.3),
            ("diversity", -0.2),
            ("rule:spring", 0.1),
            ("rule:stock", -0.05),
        )
    )

    assert [clause.words for clause in found] == [
        "New in the shop",
        "Well rated",
        "Much viewed these days",
        "Similar ones are already shown",
        "Promoted by the shop",
        "Put back by the shop",
    ]


def test_two_rules_that_promote_are_one_clause_with_both_ids_in_it() -> None:
    (clause,) = clauses_of(adjustments=(("rule:spring", 0.1), ("rule:summer", 0.2)))

    assert clause.words == "Promoted by the shop"
    assert clause.amount == pytest.approx(0.3)
    assert [contribution.subject for contribution in clause.contributions] == [
        "rule:summer",
        "rule:spring",
    ]


def a_clause(words: str, amount: float) -> Clause:
    return Clause(words=words, amount=amount, contributions=())


def test_what_says_little_is_one_clause_at_the_end() -> None:
    found = [a_clause(f"Reason {number}", 0.5 / number) for number in range(1, 8)]

    short = shorten(found)

    assert [clause.words for clause in short] == [
        *(f"Reason {number}" for number in range(1, 6)),
        REST,
    ]
    assert sum(clause.amount for clause in short) == pytest.approx(
        sum(clause.amount for clause in found)
    )


def test_what_prints_as_nothing_is_not_named_unless_it_is_all_there_is() -> None:
    assert [clause.words for clause in shorten([a_clause("One", 0.3), a_clause("Two", 0.004)])] == [
        "One",
        REST,
    ]
    assert [clause.words for clause in shorten([a_clause("Two", 0.0)])] == ["Two"]


def test_small_scores_are_told_with_more_decimals() -> None:
    found = [a_clause("Popular in the shop", 0.0021), a_clause("Popular in winter", 0.0004)]

    assert sentence_of(shorten(found)) == "Popular in the shop: +0.0021; Popular in winter: +0.0004"


def test_a_sentence_gives_each_clause_its_signed_amount() -> None:
    said = sentence_of([a_clause("Popular in the shop", 0.421), a_clause("You disliked it", -0.1)])
    assert said == "Popular in the shop: +0.42; You disliked it: -0.10"
    assert sentence_of([a_clause("Well rated", 0.5), a_clause(REST, 0.001)]) == "Well rated: +0.50"
    assert sentence_of([]) == "Nothing is known yet"


def test_what_only_speaks_against_a_product_is_not_its_reason() -> None:
    action = _action(Ingredients(1.0, 1.0, (), (), ((0, -0.3),)))
    frame = Frame(priors=(), normaliser=1.0, scale=1.0, adjustments=("rule:stock",))
    decision = a_decision(evidence=(), actions=(action,), frame=frame)
    assert Clauses(decision).product_reasons([0], ["Trousers"], [4.6]) == [NOTHING_KNOWN]


def test_each_product_and_category_has_its_own_place_and_stars_in_its_reason() -> None:
    def frame(*names: str) -> Frame:
        terms = tuple(PriorTerm(name=name, weight=0.5, total=1.0) for name in names)
        return Frame(priors=terms, normaliser=1.0, scale=1.0)

    by_rating, by_category = (Ingredients(1.0, 1.0, (), ((index, 1.0),)) for index in (0, 1))
    of_products = (by_rating, by_rating, by_rating, by_category, by_category)
    decision = a_decision(
        evidence=(),
        actions=tuple(map(_action, of_products)),
        frame=frame("rating", "popularity_category"),
        category_frame=frame("popularity", "rating"),
        live_weight=0.0,
    )
    clauses = Clauses(decision)
    categories = [
        CategoryScore(category_id=CategoryId("hats"), score=1.0, ingredients=of)
        for of in (by_rating, by_category)
    ]

    assert clauses.product_reasons(
        range(5), ["Hats", "Hats", "Hats", "Hats", "Coats"], [4.6, 3.1, None, 4.6, 4.6]
    ) == [
        "Rated 4.6 by other shoppers",
        "Rated 3.1 by other shoppers",
        "Well rated by other shoppers",
        "Popular in Hats, which you looked at",
        "Popular in Coats, which you looked at",
    ]
    assert clauses.category_reasons(categories, ["Hats", "Hats"]) == [
        "Popular in the shop",
        "Well rated by other shoppers",
    ]


def test_two_rules_that_promote_count_together_for_a_reason() -> None:
    priors = (PriorTerm(name="popularity", weight=1.0, total=1.0),)
    names = ("rule:spring", "boost:new", "rule:summer")
    frame = Frame(priors=priors, normaliser=1.0, scale=1.0, adjustments=names)
    promoted = Ingredients(1.0, 1.0, (), ((0, 0.5),), ((0, 0.3), (1, 0.4), (2, 0.3)))
    put_back = Ingredients(1.0, 1.0, (), ((0, 0.3),), ((0, 0.3), (1, 0.4), (2, -0.3)))
    actions = (_action(promoted), _action(put_back))
    decision = a_decision(evidence=(), actions=actions, frame=frame, live_weight=0.0)

    assert Clauses(decision).product_reasons(range(2), ["Hats", "Hats"], [None, None]) == [
        "Promoted by the shop",
        "New in the shop",
    ]
