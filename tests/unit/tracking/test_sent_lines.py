"""Orders line by line, and fields that must not be lost in silence."""

import msgspec
import pytest

from api.tracking.request_events import events_in
from personalization.tracking.validation import TakenEvent
from tests.builders.wire_event import a_wire_event
from tests.unit.tracking.judging import judge_batch, names_by_code, rejection, take_event

_LINES = [
    {"product_id": "shirt-1", "quantity": 2, "unit_price": "2.95"},
    {"product_id": "hat-9", "quantity": 1, "unit_price": "10"},
    {"product_id": 7, "quantity": 1, "unit_price": 0.1},
]


def test_known_lines_of_an_order_count_and_unknown_ones_are_named() -> None:
    found = take_event(
        type="checkout", product_id=None, lines=_LINES, currency="eur", order_id=4711
    )

    event = found.event
    assert event.product_ids == ("shirt-1", "7")
    assert event.quantities == (2, 1)
    assert event.unit_price_micros == (2_950_000, 100_000)
    assert (event.currency, event.order_id) == ("EUR", "4711")
    assert event.value_micros({}) == 6_000_000
    assert names_by_code(found) == {"unknown_product": ("hat-9",)}


def test_an_order_of_unknown_lines_alone_is_refused() -> None:
    found = rejection(type="checkout", product_ids=["hat-8", "hat-9"], product_id=None)
    assert found.code == "unknown_product"
    assert "'hat-8'" in found.detail


def test_the_slots_of_an_impression_stay_with_the_products_that_are_known() -> None:
    found = take_event(
        type="impression", decision_id="d", product_id=None,
        product_ids=["shirt-2", "hat-1", "shirt-1"], slots=[4, 5, 6],
    )  # fmt: skip
    assert (found.event.product_ids, found.event.slots) == (("shirt-2", "shirt-1"), (4, 6))
    assert names_by_code(found) == {"unknown_product": ("hat-1",)}


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ({"quantity": 0}, "bad_quantity"),
        ({"quantity": -1}, "bad_quantity"),
        ({"quantity": 100_001}, "bad_quantity"),
        ({"unit_price": "-0.01"}, "bad_price"),
        ({"unit_price": "NaN"}, "bad_price"),
        ({"unit_price": "1e400"}, "bad_price"),
        ({"unit_price": "0.0000001"}, "bad_price"),
        ({"product_id": "x" * 129}, "too_long"),
        ({"product_id": "a\u200bb"}, "bad_id"),
        ({"product_id": None}, "bad_id"),
        ({"product_id": True}, "bad_id"),
        ({"product_id": 7.0}, "bad_id"),
        ({"product_id": 1e20}, "bad_id"),
        ({"quantity": "two"}, "bad_quantity"),
        ({"quantity": 1.5}, "bad_quantity"),
        ({"unit_price": "2,95"}, "bad_price"),
        ({"unit_price": []}, "bad_price"),
    ],
)
def test_a_line_that_cannot_be_used_costs_itself(line: dict[str, object], code: str) -> None:
    good = {"product_id": "shirt-1", "unit_price": 1}
    bad = {"product_id": "shirt-2", "unit_price": 1, **line}
    found = take_event(type="checkout", product_id=None, lines=[bad, good])
    assert found.event.product_ids == ("shirt-1",)
    assert list(names_by_code(found)) == [code]
    assert rejection(type="refund", product_id=None, lines=[bad]).code == code


@pytest.mark.parametrize(
    "more",
    [
        {"currency": "EURO"},
        {"lines": [{"product_id": "shirt-1", "unit_price": 1}, {"product_id": "shirt-2"}]},
        {
            "lines": [
                {"product_id": "shirt-1", "unit_price": 1, "currency": "EUR"},
                {"product_id": "shirt-2", "unit_price": 1, "currency": "USD"},
            ]
        },
    ],
    ids=["no currency", "one without a price", "two currencies"],
)
def test_prices_that_cannot_be_summed_are_left_out_and_the_order_counts(
    more: dict[str, object],
) -> None:
    lines = [{"product_id": "shirt-1", "unit_price": 1}, {"product_id": "shirt-2", "unit_price": 2}]
    found = take_event(type="checkout", product_id=None, **{"lines": lines, **more})
    assert found.event.product_ids == ("shirt-1", "shirt-2")
    assert found.event.unit_price_micros == ()
    assert list(names_by_code(found)) == ["prices_left_out"]


def test_whole_numbers_are_taken_as_ids_and_nothing_else_is() -> None:
    assert take_event(product_id=7).event.product_ids == ("7",)
    order = take_event(type="checkout", product_id=None, product_ids=[7, "shirt-1"], user_id=12)
    assert (order.event.product_ids, order.claimed) == (("7", "shirt-1"), "12")
    for odd in (7.0, 7.5, True, [7]):
        found = rejection(product_id=odd)
        assert found.code == "invalid_field"
        assert "$.product_id" in found.detail


def test_unknown_fields_are_named_and_no_more_than_an_answer_can_hold() -> None:
    found = take_event(foo=1, Product_Id="x")
    assert names_by_code(found) == {"unknown_field": ("foo", "Product_Id")}
    in_lines = take_event(
        type="checkout", product_id=None, lines=[{"product_id": "shirt-1", "colour": "red"}]
    )
    assert names_by_code(in_lines) == {"unknown_field": ("lines.colour",)}
    many = take_event(**{f"field-{number}-{'x' * 1_000}": 1 for number in range(500)})
    assert len(msgspec.json.encode(many.warnings)) < 2_000
    assert many.event.product_ids == ("shirt-1",)


def test_a_product_beside_several_is_added_to_them() -> None:
    found = take_event(type="checkout", product_id="7", product_ids=["shirt-1", "shirt-2"])
    assert found.event.product_ids == ("shirt-1", "shirt-2", "7")
    assert names_by_code(found) == {"merged_product": ("7",)}
    same = take_event(type="checkout", product_id="shirt-2", product_ids=["shirt-1", "shirt-2"])
    assert (same.event.product_ids, same.warnings) == (("shirt-1", "shirt-2"), ())
    assert rejection(product_id="shirt-1", product_ids=["shirt-2"]).code == "too_long"
    beside = take_event(type="checkout", product_id="shirt-2", lines=[{"product_id": "shirt-1"}])
    assert names_by_code(beside) == {"not_in_lines": ("shirt-2",)}


@pytest.mark.parametrize(
    ("sent", "region"),
    [("pl", "pl"), ("PL", "pl"), ("DE-BY", "de"), ("us-ca", "us"), ("uk", "gb"), ("XK", "xk")],
)
def test_a_region_is_a_country_by_its_code(sent: str, region: str) -> None:
    assert take_event(region=sent).event.region == region


@pytest.mark.parametrize(
    "sent",
    ["Deutschland", "deutschland", "germany", "zz", "d", "DEU", "de_DE", "de-", "de-bavaria"],
)
def test_what_is_no_code_of_a_country_is_refused_as_a_region(sent: str) -> None:
    found = rejection(region=sent)
    assert found.code == "bad_id"
    assert "ISO 3166" in found.detail


@pytest.mark.parametrize(
    ("fields", "unused"),
    [
        ({"rating": 5}, "rating"),
        ({"thumb": 1}, "thumb"),
        ({"lines": [{"product_id": "shirt-1"}]}, "lines"),
        ({"quantity": 3}, "quantity"),
        ({"duration_ms": 5}, "duration_ms"),
        ({"order_id": "o"}, "order_id"),
        ({"type": "category_view", "category_id": "shirts"}, "product_id"),
    ],
)
def test_a_field_that_an_event_makes_no_use_of_is_named(
    fields: dict[str, object], unused: str
) -> None:
    found = take_event(**fields)
    assert names_by_code(found) == {"unused_field": (unused,)}
    assert (found.event.rating, found.event.thumb) == (None, None)


def test_the_catalogue_says_of_which_category_a_product_is() -> None:
    for stated in ("hats", "new-category"):
        found = take_event(category_id=stated)
        assert found.event.category_id == "shirts"
        assert names_by_code(found) == {"other_category": (stated,)}


def test_what_goes_into_the_cart_and_out_of_it_has_a_quantity() -> None:
    for kind in ("add_to_cart", "remove_from_cart"):
        event = take_event(type=kind, quantity=3, unit_price="19.99", currency="PLN").event
        assert (event.product_ids, event.quantities) == (("shirt-1",), (3,))
        assert (event.unit_price_micros, event.currency) == ((19_990_000,), "PLN")


def test_looks_are_cut_to_what_counts_of_them() -> None:
    assert take_event(type="dwell", duration_ms=12_345.2).event.duration_ms == 12_346
    for kind, cap_ms in (("dwell", 60_000), ("hover", 3_000)):
        long = take_event(type=kind, duration_ms=1e300)
        assert long.event.duration_ms == cap_ms
        assert list(names_by_code(long)) == ["capped"]
        assert rejection(type=kind).code == "missing_field"
        assert rejection(type=kind, duration_ms=0).code == "invalid_field"
        assert rejection(type=kind, duration_ms=-5).code == "invalid_field"


def test_null_says_that_nobody_is_logged_in_and_nothing_says_nothing() -> None:
    assert not take_event().nobody
    assert not take_event(user_id="ann").nobody
    assert take_event(user_id="").nobody
    assert a_wire_event(user_id=None) == a_wire_event()


@pytest.mark.parametrize("line", [None, 5, "shirt-2", [], {"product_id": {"a": [1]}}])
def test_what_is_no_line_costs_itself(line: object) -> None:
    found = take_event(type="checkout", product_id=None, lines=[{"product_id": "shirt-1"}, line])
    assert found.event.product_ids == ("shirt-1",)
    assert list(names_by_code(found)) == ["bad_id"]


@pytest.mark.parametrize("product", [None, 1.5, False, {"id": "shirt-2"}, 1e20])
def test_what_is_no_product_of_an_impression_goes_with_its_slot(product: object) -> None:
    found = take_event(
        type="impression", decision_id="d", product_id=None,
        product_ids=["shirt-2", product, "shirt-1"], slots=[4, 5, 6],
    )  # fmt: skip
    assert (found.event.product_ids, found.event.slots) == (("shirt-2", "shirt-1"), (4, 6))


def test_a_slot_that_no_page_has_costs_its_product_alone() -> None:
    found = take_event(
        type="impression", decision_id="d", product_id=None,
        product_ids=["shirt-2", "shirt-1"], slots=[-1, 6],
    )  # fmt: skip
    assert (found.event.product_ids, found.event.slots) == (("shirt-1",), (6,))


def test_numbers_are_taken_as_text() -> None:
    lines = [{"product_id": 7, "quantity": "2", "unit_price": 2.95}]
    found = take_event(type="checkout", product_id=None, lines=lines, occurred_at="1748779190000")
    assert (found.event.product_ids, found.event.quantities) == (("7",), (2,))
    assert found.event.unit_price_micros == (2_950_000,)
    assert found.warnings == ()
    assert rejection(occurred_at="1748779190").code == "wrong_unit"


def test_lines_of_one_product_at_one_price_are_added_up() -> None:
    lines = [{"product_id": "shirt-1", "quantity": 2}, {"product_id": "shirt-1"}]
    assert take_event(type="checkout", product_id=None, lines=lines).event.quantities == (3,)
    found = take_event(type="refund", product_id=None, product_ids=["7", 7, "shirt-1"])
    assert found.event.product_ids == ("7", "shirt-1")
    assert found.event.quantities == (2, 1)


def test_stars_that_a_view_has_no_use_for_do_not_cost_it() -> None:
    assert names_by_code(take_event(rating=99, thumb=5)) == {"unused_field": ("thumb", "rating")}


def test_unknown_fields_beside_the_events_are_named_by_the_first() -> None:
    first, second = judge_batch(a_wire_event(), a_wire_event(event_id="b"), sentAt=1, sent_at=None)
    assert isinstance(first, TakenEvent)
    assert isinstance(second, TakenEvent)
    assert names_by_code(first) == {"unknown_field": ("batch.sentAt",)}
    assert second.warnings == ()
    assert len(events_in(b'{"events": [{}], "\xff": 1}', 1)) == 1
