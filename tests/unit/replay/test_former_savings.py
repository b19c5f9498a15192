"""Decisions of before there were prices and sets are made again as they were kept."""

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from personalization.adapters.sqlite.event_history import SqliteEventHistory
from personalization.decisions.decision_record import decode_record, encode_record
from personalization.domain.event import Event
from personalization.domain.identifiers import CategoryId, RuleId
from personalization.domain.session import Session
from personalization.merchandising.current_rules import FixedRules
from personalization.merchandising.rule import RuleKind
from personalization.merchandising.rule_book import RuleBook
from personalization.ports.decision_history import DecisionRecord
from personalization.profiles.builder import ProfileBuilder, ProfileSizes
from personalization.replay.decision_replay import DecisionReplay, ReplayStores
from personalization.replay.former_savings import may_lack_prices, with_former_offers
from personalization.sessions.counting import take
from tests.builders.event import an_event
from tests.builders.moments import NOON
from tests.builders.rule import a_rule
from tests.builders.shops.small_shop import SmallShop, a_small_shop

SETS = (
    a_rule(RuleKind.OFFER, "skirt-2", "shirt-3", percent=20),
    a_rule(RuleKind.OFFER, "skirt-1", "shirt-3", percent=None, price=Decimal(40), currency="USD"),
)
BOTH = (CategoryId("shirts"), CategoryId("skirts"), CategoryId("hats"))
TOGETHER = a_rule(RuleKind.OFFER, category_ids=BOTH, percent=15, rule_id=RuleId("together"))
"""It names no hat of the bundle, so that it no longer holds for it."""
ANY = a_rule(RuleKind.OFFER, category_ids=(), percent=5)
BOOKS: Mapping[int, RuleBook] = {
    1: RuleBook(SETS),
    2: RuleBook((*SETS, TOGETHER)),
    3: RuleBook((TOGETHER,)),
    4: RuleBook((ANY, TOGETHER)),
}


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> SmallShop:
    return a_small_shop(tmp_path_factory.mktemp("shop"))


def record_of(shop: SmallShop, version: int, event: Event, *, former: bool) -> DecisionRecord:
    session = take(Session.start(event), event, shop.catalogue.products(event.product_ids))[0]
    decider = shop.decider.with_rules(FixedRules(BOOKS[version], version))
    record, pinned = ProfileBuilder(decider).make_with_inputs(session, NOON)
    if former:
        record = with_former_offers(record, pinned)
    return decode_record(encode_record(record))


def replay_of(shop: SmallShop, folder: Path, event: Event) -> DecisionReplay:
    history = SqliteEventHistory(folder / "history.sqlite", 0)
    history.append([event])
    stores = ReplayStores(
        history=history,
        priors=shop.priors,
        catalogue=shop.catalogue,
        policy_of=lambda _: shop.decider._policy,  # noqa: SLF001
        rules_of=lambda version: FixedRules(BOOKS[version], version),
    )
    return DecisionReplay(stores, shop.decider.config, ProfileSizes())


@pytest.mark.parametrize("former", [True, False], ids=["former", "of now"])
@pytest.mark.parametrize("version", BOOKS)
def test_it_is_made_again_as_it_was_kept(
    shop: SmallShop, tmp_path: Path, version: int, *, former: bool
) -> None:
    event = an_event()
    record = record_of(shop, version, event, former=former)
    replayed = replay_of(shop, tmp_path, event).replay(record)
    assert replayed.is_equal, replayed.differences


def test_the_releases_differ(shop: SmallShop) -> None:
    event = an_event()
    former, now = (record_of(shop, 2, event, former=was) for was in (True, False))
    assert may_lack_prices(former.profile)
    assert not may_lack_prices(now.profile)
    [bundle] = former.profile.bundled_discount_suggestions
    assert (bundle.discount_percent, bundle.offer and bundle.offer.price) == (15, None)
    assert len(now.profile.bundled_discount_suggestions) == 3


def test_a_wrong_price_is_a_difference(shop: SmallShop, tmp_path: Path) -> None:
    event = an_event()
    record = record_of(shop, 1, event, former=False)
    first, *others = record.profile.bundled_discount_suggestions
    assert first.offer is not None
    assert first.offer.price is not None
    price = replace(first.offer.price, after=first.offer.price.after + 1)
    wrong = replace(first, offer=replace(first.offer, price=price))
    profile = replace(record.profile, bundled_discount_suggestions=(wrong, *others))
    replayed = replay_of(shop, tmp_path, event).replay(replace(record, profile=profile))
    assert not replayed.is_equal
