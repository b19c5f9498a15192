"""Rules in force: a new version reaches the next decision, an unreadable one none."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from personalization.adapters.sqlite.plan_store import SqlitePlanStore
from personalization.domain.decision import Decision
from personalization.domain.errors import InvalidRuleError
from personalization.merchandising.current_rules import CurrentRules, rules_of_version
from personalization.merchandising.rule import RuleKind
from personalization.merchandising.rule_book import RuleBook
from personalization.merchandising.rules_document import encode_rules
from personalization.ports.plan_store import RULES
from tests.builders.moments import NOON
from tests.builders.rule import a_rule
from tests.builders.session import a_session
from tests.builders.shops.small_shop import SmallShop, a_small_shop

VISIT = a_session()


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> SmallShop:
    return a_small_shop(tmp_path_factory.mktemp("shop"))


def products_of(decision: Decision) -> set[str]:
    return {str(action.product_id) for action in decision.actions}


@pytest.fixture
def plans(tmp_path: Path) -> Iterator[SqlitePlanStore]:
    with closing(SqlitePlanStore(tmp_path / "plans.sqlite")) as opened:
        yield opened


def test_a_new_version_reaches_the_next_decision_and_the_old_one_can_be_read_back(
    shop: SmallShop, plans: SqlitePlanStore
) -> None:
    decider = shop.decider.with_rules(CurrentRules(plans, 0.0))
    plans.write(RULES, encode_rules(RuleBook((a_rule(RuleKind.EXCLUDE, "shirt-2"),))), 0)
    first = decider.decide(VISIT, NOON)
    plans.write(RULES, encode_rules(RuleBook()), 1)
    second = decider.decide(VISIT, NOON)

    assert (first.rules_version, second.rules_version) == (1, 2)
    assert "shirt-2" in products_of(second)
    again = shop.decider.with_rules(rules_of_version(plans, first.rules_version))
    assert again.decide(VISIT, NOON) == first
    with pytest.raises(InvalidRuleError, match="no version 9"):
        rules_of_version(plans, 9)


def test_what_cannot_be_read_leaves_the_rules_as_they_are(
    shop: SmallShop, plans: SqlitePlanStore
) -> None:
    decider = shop.decider.with_rules(CurrentRules(plans, 0.0))
    plans.write(RULES, encode_rules(RuleBook((a_rule(RuleKind.EXCLUDE, "shirt-2"),))), 0)
    decider.decide(VISIT, NOON)
    plans.write(RULES, b'{"rules": 7}', 1)

    assert "shirt-2" not in products_of(decider.decide(VISIT, NOON))
