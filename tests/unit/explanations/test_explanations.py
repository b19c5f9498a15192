"""Explanations add up and tell the truth, whatever the session, the tuning and the draw."""

import re
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from personalization.decisions.decision_record import decode_record, encode_record
from personalization.domain.decision import Action, CategoryScore, Decision
from personalization.explanations.clauses import Clauses
from personalization.explanations.contributions import contributions
from personalization.explanations.explain import Explained, Explanation, explain
from personalization.explanations.names import Names
from personalization.explanations.reasons import NOTHING_KNOWN
from personalization.explanations.sentence import NAMED, REST
from personalization.explanations.why_not import chances
from personalization.ports.decision_history import DecisionRecord
from tests.builders.any_record import any_record
from tests.builders.small_shop import SmallShop, a_small_shop

PRINTED = re.compile(r": ([+-]\d+\.\d+)(?:;|$)")
whatever = settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> SmallShop:
    """Return a shop for tests of many random sessions."""
    return a_small_shop(tmp_path_factory.mktemp("shop"))


def explained(shop: SmallShop, record: DecisionRecord) -> Explanation:
    return explain(record, Names.of(record, shop.stored_catalogue))


def each(
    explanation: Explanation, decision: Decision
) -> list[tuple[Explained, Action | CategoryScore]]:
    """Return what is explained beside what was scored."""
    scored: dict[str, Action | CategoryScore] = {one.product_id: one for one in decision.actions}
    categories: dict[str, CategoryScore] = {one.category_id: one for one in decision.categories}
    return [
        *((one, scored[one.subject]) for one in explanation.products),
        *((one, categories[one.subject]) for one in explanation.categories),
    ]


@whatever
@given(data=st.data())
def test_contributions_and_clauses_of_every_score_add_up_to_it(
    shop: SmallShop, data: st.DataObject
) -> None:
    record = data.draw(any_record(shop))
    decision = record.decision
    explanation = explained(shop, record)

    assert explanation.products
    assert explanation.categories
    for one, scored in each(explanation, decision):
        parts = contributions(decision, scored)
        told = [part for clause in one.clauses for part in clause.contributions]
        assert one.score == scored.score
        assert sum(part.amount for part in parts) == pytest.approx(one.score, abs=1e-9)
        assert sum(clause.amount for clause in one.clauses) == pytest.approx(one.score, abs=1e-9)
        assert one.sum_of_contributions == pytest.approx(one.score, abs=1e-9)
        assert sorted(told, key=repr) == sorted(parts, key=repr)
        for clause in one.clauses:
            total = sum(part.amount for part in clause.contributions)
            assert clause.amount == pytest.approx(total, abs=1e-9)


@whatever
@given(data=st.data())
def test_the_numbers_in_a_sentence_add_up_to_the_score_within_rounding(
    shop: SmallShop, data: st.DataObject
) -> None:
    explanation = explained(shop, data.draw(any_record(shop)))

    for one in (*explanation.products, *explanation.categories):
        printed = PRINTED.findall(one.sentence)
        half_a_digit = 0.5 * 10.0 ** -len(printed[0].partition(".")[2])
        words = [clause.words for clause in one.clauses]
        assert len(words) - 1 <= len(printed) <= len(words) <= NAMED + 1
        assert any(float(number) for number in printed) or one.score == 0.0
        assert len(set(words)) == len(words)
        assert all(word != REST for word in words[:-1])
        error = abs(sum(map(float, printed)) - one.score)
        assert error <= half_a_digit * len(words) + 1e-9


@whatever
@given(data=st.data())
def test_what_was_shown_to_learn_is_named_so_and_nothing_else_is(
    shop: SmallShop, data: st.DataObject
) -> None:
    record = data.draw(any_record(shop))
    slots = {one.product_id: one for one in record.decision.slate}

    for one in explained(shop, record).products:
        slot = slots.pop(one.subject, None)
        assert ("shown to learn" in one.sentence) == bool(slot and slot.explored)
        assert ("placed here by the shop" in one.sentence) == bool(slot and slot.pinned)
        assert (one.shown is None) == (slot is None)
        if one.shown is not None and slot is not None:
            assert (one.shown.placement, one.shown.slot) == (slot.placement, slot.position)
            assert (one.shown.propensity, one.shown.explored) == (slot.propensity, slot.explored)
            assert one.shown.words.startswith("shown to learn") == slot.explored
    assert not slots


@whatever
@given(data=st.data())
def test_the_chances_of_all_products_in_a_slot_add_up_to_one_and_hold_the_propensity(
    shop: SmallShop, data: st.DataObject
) -> None:
    decision = data.draw(any_record(shop)).decision
    of = {one.product_id: chances(decision, one.product_id) for one in decision.actions}

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

    assert explained(shop, decode_record(encode_record(record))) == explained(shop, record)


@whatever
@given(data=st.data())
def test_the_reason_in_the_profile_is_the_strongest_clause(
    shop: SmallShop, data: st.DataObject
) -> None:
    record = data.draw(any_record(shop))
    decision, profile = record.decision, record.profile
    names, clauses = Names.of(record, shop.stored_catalogue), Clauses(decision)
    actions = {one.product_id: one for one in decision.actions}
    categories = {one.category_id: one for one in decision.categories}

    told = [
        (one.reason, clauses.of(action, names.product(action)))
        for one in profile.products
        for action in [actions[one.product_id]]
    ]
    told += [
        (one.reason, clauses.of(categories[one.category_id], names.category(one.category_id)))
        for one in profile.categories
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
        evidence=tuple(replace(one, category_name=None) for one in decision.evidence),
    )

    before, now = explained(shop, DecisionRecord(old, record.profile)), explained(shop, record)

    assert before.policies == ()
    assert before.categories == now.categories
    assert [one.clauses for one in before.products] == [one.clauses for one in now.products]
    for one in before.products:
        assert bool(one.shown and one.shown.explored) == ("shown to learn" in one.sentence)
