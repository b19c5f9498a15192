"""Explanations add up and tell the truth, whatever the session, the tuning and the draw."""

import re
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from personalization.decisions.decision_record import decode_record, encode_record
from personalization.domain.decision import Action, CategoryScore, Decision
from personalization.domain.identifiers import ProductId
from personalization.domain.privacy.small_counts import ALL_COUNTS
from personalization.explanations.clauses import NAMED, NOTHING_KNOWN, REST, Clauses
from personalization.explanations.contributions import contributions
from personalization.explanations.explain import Explained, Explanation, explain
from personalization.explanations.names import Names
from personalization.explanations.why_not import chances
from personalization.ports.decision_history import DecisionRecord
from tests.builders.any_record import any_record
from tests.builders.shops.small_shop import SmallShop, a_small_shop

PRINTED = re.compile(r": ([+-]\d+\.\d+)(?:;|$)")
whatever = settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> SmallShop:
    """Return a shop for tests of many random sessions."""
    return a_small_shop(tmp_path_factory.mktemp("shop"))


def explain_record(shop: SmallShop, record: DecisionRecord) -> Explanation:
    return explain(record, Names.of(record, shop.stored_catalogue), ALL_COUNTS)


def each(
    explanation: Explanation, decision: Decision
) -> list[tuple[Explained, Action | CategoryScore]]:
    """Return what is explained beside what was scored."""
    scored: dict[str, Action | CategoryScore] = {
        action.product_id: action for action in decision.actions
    }
    categories: dict[str, CategoryScore] = {
        category.category_id: category for category in decision.categories
    }
    return [
        *((subject, scored[subject.subject]) for subject in explanation.products),
        *((subject, categories[subject.subject]) for subject in explanation.categories),
    ]


@whatever
@given(data=st.data())
def test_contributions_and_clauses_of_every_score_add_up_to_it(
    shop: SmallShop, data: st.DataObject
) -> None:
    record = data.draw(any_record(shop))
    decision = record.decision
    explanation = explain_record(shop, record)

    assert explanation.products
    assert explanation.categories
    for subject, scored in each(explanation, decision):
        parts = contributions(decision, scored)
        told = [part for clause in subject.clauses for part in clause.contributions]
        assert subject.score == scored.score
        assert sum(part.amount for part in parts) == pytest.approx(subject.score, abs=1e-9)
        assert sum(clause.amount for clause in subject.clauses) == pytest.approx(
            subject.score, abs=1e-9
        )
        assert subject.sum_of_contributions == pytest.approx(subject.score, abs=1e-9)
        assert sorted(told, key=repr) == sorted(parts, key=repr)
        for clause in subject.clauses:
            total = sum(part.amount for part in clause.contributions)
            assert clause.amount == pytest.approx(total, abs=1e-9)


@whatever
@given(data=st.data())
def test_the_numbers_in_a_sentence_add_up_to_the_score_within_rounding(
    shop: SmallShop, data: st.DataObject
) -> None:
    explanation = explain_record(shop, data.draw(any_record(shop)))

    for subject in (*explanation.products, *explanation.categories):
        printed = PRINTED.findall(subject.sentence)
        half_a_digit = 0.5 * 10.0 ** -len(printed[0].partition(".")[2])
        words = [clause.words for clause in subject.clauses]
        assert len(words) - 1 <= len(printed) <= len(words) <= NAMED + 1
        assert any(float(number) for number in printed) or subject.score == 0.0
        assert len(set(words)) == len(words)
        assert all(word != REST for word in words[:-1])
        error = abs(sum(map(float, printed)) - subject.score)
        assert error <= half_a_digit * len(words) + 1e-9


@whatever
@given(data=st.data())
def test_what_was_shown_to_learn_is_named_so_and_nothing_else_is(
    shop: SmallShop, data: st.DataObject
) -> None:
    record = data.draw(any_record(shop))
    slots = {slot.product_id: slot for slot in record.decision.slate}

    for subject in explain_record(shop, record).products:
        slot = slots.pop(ProductId(subject.subject), None)
        assert ("shown to learn" in subject.sentence) == bool(slot and slot.explored)
        assert ("placed here by the shop" in subject.sentence) == bool(slot and slot.pinned)
        assert (subject.shown is None) == (slot is None)
        if subject.shown is not None and slot is not None:
            assert (subject.shown.placement, subject.shown.slot) == (slot.placement, slot.position)
            assert (subject.shown.propensity, subject.shown.explored) == (
                slot.propensity,
                slot.explored,
            )
            assert subject.shown.words.startswith("shown to learn") == slot.explored
    assert not slots


@whatever
@given(data=st.data())
def test_the_chances_of_all_products_in_a_slot_add_up_to_one_and_hold_the_propensity(
    shop: SmallShop, data: st.DataObject
) -> None:
    decision = data.draw(any_record(shop)).decision
    of = {action.product_id: chances(decision, action.product_id) for action in decision.actions}

    for place, slot in enumerate(decision.slate):
        assert sum(found[place].probability for found in of.values()) == pytest.approx(1.0)
        assert of[slot.product_id][place].probability == pytest.approx(slot.propensity, abs=1e-12)
        for later in range(place + 1, len(decision.slate)):
            assert of[slot.product_id][later].probability == 0.0


@whatever
@given(data=st.data())
def test_a_stored_decision_is_explained_as_it_was_when_it_was_made(
    shop: SmallShop, data: st.DataObject
) -> None:
    record = data.draw(any_record(shop))

    assert explain_record(shop, decode_record(encode_record(record))) == explain_record(
        shop, record
    )


@whatever
@given(data=st.data())
def test_the_reason_in_the_profile_is_the_strongest_clause(
    shop: SmallShop, data: st.DataObject
) -> None:
    record = data.draw(any_record(shop))
    decision, profile = record.decision, record.profile
    names, clauses = Names.of(record, shop.stored_catalogue), Clauses(decision)
    actions = {action.product_id: action for action in decision.actions}
    categories = {category.category_id: category for category in decision.categories}

    told = [
        (product.reason, clauses.of(action, names.product(action)))
        for product in profile.score_data.products
        for action in [actions[product.product_id]]
    ]
    told += [
        (
            category.reason,
            clauses.of(categories[category.category_id], names.category(category.category_id)),
        )
        for category in profile.score_data.categories
    ]
    for reason, found in told:
        best = max((clause.amount for clause in found), default=0.0)
        strongest = [clause.words for clause in found if clause.amount == best > 0]
        assert reason in (strongest or [NOTHING_KNOWN])


@whatever
@given(data=st.data())
def test_a_decision_kept_before_draws_and_names_were_is_still_explained(
    shop: SmallShop, data: st.DataObject
) -> None:
    record = data.draw(any_record(shop))
    decision = record.decision
    old = replace(
        decision,
        draws=(),
        evidence=tuple(
            replace(interaction, category_name=None) for interaction in decision.evidence
        ),
    )

    before, now = (
        explain_record(shop, DecisionRecord(old, record.profile)),
        explain_record(shop, record),
    )

    assert before.policies == ()
    assert before.categories == now.categories
    assert [subject.clauses for subject in before.products] == [
        subject.clauses for subject in now.products
    ]
    for subject in before.products:
        assert bool(subject.shown and subject.shown.explored) == (
            "shown to learn" in subject.sentence
        )
