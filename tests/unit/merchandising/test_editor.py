"""Writers of rules are told when another was first, and every rule that changes is recorded."""

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from personalization.domain.access.shop import SHOP
from personalization.domain.errors import (
    ChangedMeanwhileError,
    InvalidRuleError,
    UnknownRuleError,
)
from personalization.merchandising.editor import (
    MOST_RULES,
    RuleEditor,
    add_rule,
    merge_book,
    remove_rule,
    replace_book,
)
from personalization.merchandising.rule import RuleKind
from personalization.merchandising.rule_book import RuleBook
from personalization.ports.stores import KeptStores
from personalization.settings.storage import StorageSettings
from personalization.wiring import CoreSettings, open_kept
from tests.builders.product import a_product
from tests.builders.rule import a_rule


@pytest.fixture
def kept_stores(tmp_path: Path) -> Iterator[KeptStores]:
    """Return the stores of a shop that sells one shirt."""
    with open_kept(CoreSettings(storage=StorageSettings(home=tmp_path))) as opened:
        opened.catalogue.write_products([a_product()])
        yield opened


def changes(kept_stores: KeptStores) -> list[tuple[str, str, str]]:
    """Return author, action and subject of what was recorded, oldest first."""
    entries = reversed(kept_stores.audit.newest(SHOP, 100))
    return [(entry.author, entry.action, entry.subject) for entry in entries]


def many_rules(count: int) -> RuleBook:
    return RuleBook(
        tuple(a_rule(RuleKind.BOOST, "shirt-1", rule_id=f"rule-{n}") for n in range(count))
    )


def test_who_read_an_older_version_writes_nothing(kept_stores: KeptStores) -> None:
    editor = RuleEditor(kept_stores)
    editor.edit(add_rule(a_rule(RuleKind.BOOST, rule_id="first"), replace=False), "ann", 0)
    second = add_rule(a_rule(RuleKind.BOOST, rule_id="second"), replace=False)

    with pytest.raises(ChangedMeanwhileError, match="Version 1 of the rules is the newest, not 0"):
        editor.edit(second, "ben", 0)

    assert editor.edit(second, "ben", 1).version == 2
    assert [rule.rule_id for rule in editor.newest().document.rules] == ["first", "second"]


def test_each_rule_that_changes_is_recorded_with_before_and_after(kept_stores: KeptStores) -> None:
    editor = RuleEditor(kept_stores)
    weak, strong = (a_rule(RuleKind.BOOST, rule_id="sale", amount=of) for of in (0.2, 0.3))
    editor.edit(add_rule(weak, replace=False), "ann")
    editor.edit(add_rule(strong, replace=True), "ben")
    editor.edit(add_rule(strong, replace=True), "cy")
    editor.edit(remove_rule("sale"), "ann")

    assert changes(kept_stores) == [
        ("ann", "rules.write", "sale"),
        ("ben", "rules.write", "sale"),
        ("ann", "rules.remove", "sale"),
    ]
    removed, written, _ = kept_stores.audit.newest(SHOP, 3)
    assert msgspec.json.decode(written.before or "")["amount"] == 0.2
    assert msgspec.json.decode(written.after or "")["amount"] == 0.3
    assert removed.before == written.after
    assert removed.after is None


def test_many_changes_at_once_are_one_entry_that_names_the_versions(
    kept_stores: KeptStores,
) -> None:
    RuleEditor(kept_stores).edit(replace_book(many_rules(60)), "ann")
    RuleEditor(kept_stores).edit(replace_book(RuleBook(many_rules(60).rules[::-1])), "ann")

    assert changes(kept_stores) == [("ann", "rules.replace", "rules")] * 2
    order, written = kept_stores.audit.newest(SHOP, 2)
    assert written.note == "Version 0 became 1: 60 of 60 rules are others."
    assert order.note == "Version 1 became 2: 0 of 60 rules are others."


def test_a_proposal_is_checked_and_not_written(kept_stores: KeptStores) -> None:
    editor = RuleEditor(kept_stores)
    hidden = RuleBook((a_rule(RuleKind.EXCLUDE, "shirt-1"), a_rule(RuleKind.BOOST, "shirt-1")))

    proposed = editor.propose(merge_book(hidden))

    assert "has no effect on 'shirt-1'" in proposed.warnings[0]
    assert editor.newest().version == 0
    assert changes(kept_stores) == []


def test_a_book_that_would_be_a_burden_is_refused(kept_stores: KeptStores) -> None:
    with pytest.raises(InvalidRuleError, match="at most 5,000 rules"):
        RuleEditor(kept_stores).edit(replace_book(many_rules(MOST_RULES + 1)), "ann")
    with pytest.raises(UnknownRuleError, match="There is no rule 'none'"):
        RuleEditor(kept_stores).edit(remove_rule("none"), "ann")

    assert RuleEditor(kept_stores).newest().version == 0
