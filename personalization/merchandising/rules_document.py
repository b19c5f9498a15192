from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated

import msgspec

from personalization.domain.draw import HOME
from personalization.domain.errors import InvalidRuleError
from personalization.domain.identifiers import CategoryId, ProductId, RuleId
from personalization.domain.region import region_of_rule
from personalization.merchandising.rule import MerchandisingRule, RuleKind
from personalization.merchandising.rule_book import RuleBook

_Moment = Annotated[datetime, msgspec.Meta(tz=True)]
_RENAMED = {"rule_id": "id", "starts_at": "from", "ends_at": "until"}


class WrittenRule(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    omit_defaults=True,
    rename=_RENAMED,
):
    rule_id: str
    kind: RuleKind
    products: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    amount: float | None = None
    position: int | None = None
    percent: int | None = None
    price: Decimal | None = None
    currency: str | None = None
    placements: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()
    starts_at: _Moment | None = None
    ends_at: _Moment | None = None
    author: str = ""
    reason: str


class WrittenRules(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    rules: tuple[WrittenRule, ...]


_DECODER = msgspec.json.Decoder(WrittenRules)


def encode_rules(book: RuleBook) -> bytes:
    return msgspec.json.encode(WrittenRules(tuple(written_rule(rule) for rule in book.rules)))


def decode_rules(body: bytes, author: str | None = None) -> RuleBook:
    """Return the book, or raise `InvalidRuleError`; `author` signs the rules that name none."""
    try:
        written = _DECODER.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise InvalidRuleError(f"The rules cannot be read: {error}.") from error
    return RuleBook(tuple(_rule(rule, author) for rule in written.rules))


def written_rule(rule: MerchandisingRule) -> WrittenRule:
    return WrittenRule(
        rule_id=rule.rule_id,
        kind=rule.kind,
        products=rule.product_ids,
        categories=rule.category_ids,
        amount=rule.amount,
        position=rule.position,
        percent=rule.percent,
        price=rule.price,
        currency=rule.currency,
        placements=rule.placements,
        regions=rule.regions,
        starts_at=rule.starts_at,
        ends_at=rule.ends_at,
        author=rule.author,
        reason=rule.reason,
    )


def _rule(written: WrittenRule, author: str | None) -> MerchandisingRule:
    # A pin that names no placement is meant for the page's first.
    everywhere: tuple[str, ...] = (HOME,) if written.kind is RuleKind.PIN else ()
    return MerchandisingRule(
        rule_id=RuleId(written.rule_id),
        kind=written.kind,
        product_ids=tuple(map(ProductId, written.products)),
        category_ids=tuple(map(CategoryId, written.categories)),
        amount=written.amount,
        position=written.position,
        percent=written.percent,
        price=written.price,
        currency=written.currency,
        placements=written.placements or everywhere,
        regions=tuple(map(region_of_rule, written.regions)),
        starts_at=_in_utc(written.starts_at),
        ends_at=_in_utc(written.ends_at),
        author=written.author or author or "",
        reason=written.reason,
    )


def _in_utc(moment: datetime | None) -> datetime | None:
    return moment.astimezone(UTC) if moment is not None else None
