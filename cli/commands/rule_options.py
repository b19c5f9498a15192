import os
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from getpass import getuser
from pathlib import Path
from typing import Annotated

import typer

from personalization.domain.clock import in_utc
from personalization.domain.draw import HOME
from personalization.domain.errors import InvalidRuleError
from personalization.domain.identifiers import CategoryId, ProductId, RuleId
from personalization.domain.region import region_of_rule
from personalization.merchandising.rule import MerchandisingRule, RuleKind
from personalization.merchandising.rule_book import RuleBook
from personalization.merchandising.rules_document import decode_rules

AuthorOption = Annotated[
    str | None, typer.Option(envvar="FITTING_ROOM_AUTHOR", help="Who decides it; you if absent.")
]
ProductsOption = Annotated[
    list[str] | None, typer.Option("--product", help="A product's id; may be repeated.")
]
CategoriesOption = Annotated[
    list[str] | None, typer.Option("--category", help="A category's id; may be repeated.")
]
PlacementsOption = Annotated[
    list[str] | None,
    typer.Option("--placement", help="Only there; may be repeated. A pin is on the home slate."),
]
RegionsOption = Annotated[
    list[str] | None, typer.Option("--region", help="Only there; may be repeated.")
]


@dataclass(frozen=True, slots=True)
class Schedule:
    starts: str | None
    ends: str | None


@dataclass(frozen=True, slots=True)
class About:
    products: list[str] | None
    categories: list[str] | None
    placements: list[str] | None
    regions: list[str] | None


@dataclass(frozen=True, slots=True)
class RuleNumbers:
    amount: float | None
    position: int | None
    percent: int | None
    price: Decimal | None = None
    currency: str | None = None


def author_of(given: str | None) -> str:
    """Return who signs: the one given, or who runs the command."""
    if given:
        return given
    try:
        return getuser()
    except (KeyError, OSError):
        return f"user {os.getuid()}"


def moment_of(text: str | None) -> datetime | None:
    """Return a moment as written by ISO 8601, in UTC where it has no offset."""
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise typer.BadParameter(f"{text!r} is no moment such as 2026-12-01T08:00.") from error
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else in_utc(moment)


def price_of(text: str | None) -> Decimal | None:
    """Return an amount as written, exactly."""
    try:
        return None if text is None else Decimal(text)
    except InvalidOperation as error:
        raise typer.BadParameter(f"{text!r} is no price such as 49.90.") from error


def rule_of(  # noqa: PLR0913 (each a part of the rule)
    rule_id: str,
    kind: RuleKind,
    about: About,
    schedule: Schedule,
    *,
    numbers: RuleNumbers,
    author: str,
    reason: str,
) -> MerchandisingRule:
    """Return the rule; raises `InvalidRuleError` with what is wrong."""
    placements = tuple(about.placements or ((HOME,) if kind is RuleKind.PIN else ()))
    return MerchandisingRule(
        rule_id=RuleId(rule_id),
        kind=kind,
        product_ids=tuple(map(ProductId, about.products or ())),
        category_ids=tuple(map(CategoryId, about.categories or ())),
        amount=numbers.amount,
        position=numbers.position,
        percent=numbers.percent,
        price=numbers.price,
        currency=numbers.currency,
        placements=placements,
        regions=tuple(map(region_of_rule, about.regions or ())),
        starts_at=moment_of(schedule.starts),
        ends_at=moment_of(schedule.ends),
        author=author,
        reason=reason,
    )


def book_in(file: Path, author: str) -> RuleBook:
    try:
        return decode_rules(file.read_bytes(), author)
    except OSError as error:
        raise InvalidRuleError(f"{file} cannot be read: {error.strerror}.") from error
