from collections.abc import Sequence
from datetime import datetime

from rich.table import Table

from cli.tables import titled_table
from personalization.domain.errors import InvalidRuleError
from personalization.merchandising.rule import MerchandisingRule, RuleKind
from personalization.merchandising.rule_book import RuleBook
from personalization.merchandising.rules_document import decode_rules
from personalization.ports.plan_store import Plan

NAMES_SHOWN = 4


def rules_table(book: RuleBook, version: int, now: datetime) -> Table:
    names = ("id", "does", "what", "where", "when (UTC)", "now", "by", "why")
    table = titled_table(f"Rules, version {version}", names)
    for rule in book.rules:
        table.add_row(
            rule.rule_id,
            _effect(rule),
            _names([*rule.product_ids, *(f"all of {name}" for name in rule.category_ids)]),
            _names([*rule.placements, *rule.regions]) or "everywhere",
            _times(rule),
            "yes" if rule.holds_at(now) else "no",
            rule.author,
            rule.reason,
        )
    return table


def history_table(versions: Sequence[Plan]) -> Table:
    names = ("version", "written (UTC)", "by", "rules", "added", "removed")
    table = titled_table("Versions of the rules", names)
    books = [_book(plan) for plan in versions]
    for plan, book, before in zip(versions, books, [*books[1:], RuleBook()], strict=True):
        known = book is not None and before is not None
        ids = {rule.rule_id: rule for rule in book.rules} if book else {}
        old = {rule.rule_id: rule for rule in before.rules} if before else {}
        changed = [rule_id for rule_id in ids if ids[rule_id] != old.get(rule_id)]
        table.add_row(
            str(plan.version),
            f"{plan.written_at:%Y-%m-%d %H:%M:%S}",
            plan.author or "",
            str(len(ids)) if book else "cannot be read",
            _names(changed) if known else "",
            _names([rule_id for rule_id in old if rule_id not in ids]) if known else "",
        )
    return table


def _book(plan: Plan) -> RuleBook | None:
    try:
        return decode_rules(plan.body)
    except InvalidRuleError:
        return None


def _effect(rule: MerchandisingRule) -> str:
    match rule.kind:
        case RuleKind.PIN:
            return f"pin at {rule.position}"
        case RuleKind.BOOST:
            return f"boost +{rule.amount:g}"
        case RuleKind.BURY:
            return f"bury -{rule.amount:g}"
        case RuleKind.OFFER:
            if rule.price is not None:
                return f"offer {rule.price} {rule.currency}"
            return f"offer -{rule.percent} %"
        case RuleKind.EXCLUDE | RuleKind.OUT_OF_STOCK:
            return rule.kind.value


def _names(names: Sequence[str]) -> str:
    shown = ", ".join(names[:NAMES_SHOWN])
    return f"{shown} and {len(names) - NAMES_SHOWN} more" if len(names) > NAMES_SHOWN else shown


def _times(rule: MerchandisingRule) -> str:
    if rule.starts_at is None and rule.ends_at is None:
        return "always"
    parts = (("from", rule.starts_at), ("until", rule.ends_at))
    return " ".join(f"{word} {moment:%Y-%m-%d %H:%M}" for word, moment in parts if moment)
