"""The document that operators write is read strictly."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from personalization.domain.errors import InvalidRuleError
from personalization.domain.identifiers import CategoryId, Region
from personalization.merchandising.rule import RuleKind
from personalization.merchandising.rule_book import RuleBook
from personalization.merchandising.rules_document import decode_rules, encode_rules
from tests.builders.moments import NOON
from tests.builders.rule import a_rule


def test_a_book_comes_back_whole() -> None:
    book = RuleBook(
        (
            a_rule(RuleKind.PIN, "shirt-1", position=3, placements=("aside",)),
            a_rule(
                RuleKind.BURY,
                category_ids=(CategoryId("shirts"),),
                regions=(Region("cz"),),
                starts_at=NOON,
                ends_at=NOON + timedelta(days=1),
            ),
            a_rule(RuleKind.OUT_OF_STOCK, "shirt-2", "skirt-1"),
            a_rule(RuleKind.OFFER, "shirt-1", percent=15),
            a_rule(
                RuleKind.OFFER,
                "hat-1",
                "hat-2",
                percent=None,
                price=Decimal("49.90"),
                currency="EUR",
            ),
        )
    )

    assert decode_rules(encode_rules(book)) == book


def test_a_document_as_one_writes_it() -> None:
    body = b"""{"rules": [{"id": "sale", "kind": "pin", "products": ["shirt-1"], "position": 2,
        "regions": ["CZ", "UK", "de-by"], "from": "2025-06-01T02:00:00+02:00",
        "reason": "summer sale"}]}"""

    (rule,) = decode_rules(body, author="ann").rules

    assert (rule.author, rule.placements, rule.regions) == ("ann", ("home",), ("cz", "gb", "de"))
    assert rule.starts_at == datetime(2025, 6, 1, tzinfo=UTC)


@pytest.mark.parametrize("price", [b"49.9", b'"49.90"'])
def test_a_price_is_a_number_or_its_text(price: bytes) -> None:
    body = b"""{"rules": [{"id": "set", "kind": "offer", "products": ["a", "b"], "price": %s,
        "currency": "EUR", "reason": "a set"}]}"""

    (rule,) = decode_rules(body % price, author="ann").rules

    assert rule.price == Decimal("49.90")


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"", "cannot be read"),
        (b"\xff", "cannot be read"),
        (b'{"rules": [{"id": "a", "kind": "hide", "reason": "x"}]}', "hide"),
        (b'{"rules": [{"id": "a", "kind": "exclude"}]}', "reason"),
        (b'{"rules": [{"id": "a", "kind": "exclude", "reason": "x", "untill": null}]}', "untill"),
        (
            (
                b'{"rules": [{"id": "a", "kind": "exclude", "reason": "x", "products": ["p"],'
                b' "from": "2025-06-01T02:00:00"}]}'
            ),
            "timezone",
        ),
        (b'{"rules": [{"id": "a", "kind": "exclude", "reason": "x"}]}', "needs an author"),
    ],
)
def test_a_mistake_is_named(body: bytes, why: str) -> None:
    with pytest.raises(InvalidRuleError, match=why):
        decode_rules(body)
