"""Bundles as rows have slots and impressions; those of a profile stand beside its slate."""

from pathlib import Path

import httpx
import pytest

from api.state import ApiServices
from personalization.merchandising.rule import RuleKind
from personalization.merchandising.rule_book import RuleBook
from personalization.merchandising.rules_document import encode_rules
from personalization.ports.plan_store import RULES
from personalization.ports.stores import KeptStores
from personalization.settings.ranking import RankingSettings
from personalization.settings.redis import RedisSettings
from personalization.settings.storage import StorageSettings
from personalization.wiring import CoreSettings
from tests.builders.rule import a_rule
from tests.builders.settable_clock import SettableClock
from tests.builders.wire_event import SESSION, a_wire_event
from tests.integration.api.recommendations.asked_rows import (
    answered_rows,
    ask_rows,
    seen_products,
    verdicts_of,
)
from tests.waiting import eventually

OFFER = ("shirt-1", "shirt-2")


@pytest.fixture
def settings(tmp_path: Path, redis_url: str) -> CoreSettings:
    """Return settings by which rules are looked for all the time."""
    return CoreSettings(
        storage=StorageSettings(home=tmp_path),
        redis=RedisSettings(url=redis_url),
        ranking=RankingSettings(plan_seconds=0.02),
    )


@pytest.fixture
def shop(
    client: httpx.Client, kept_stores: KeptStores, services: ApiServices, clock: SettableClock
) -> httpx.Client:
    """Return a page of a shop that offers two shirts together."""
    rule = a_rule(RuleKind.OFFER, *OFFER, category_ids=())
    kept_stores.plans.write(RULES, encode_rules(RuleBook((rule,))), 0, "ann")
    eventually(lambda: services.rules.state(clock.now()).version == 1)
    return client


def test_a_row_of_bundles_is_reported_as_any_other(shop: httpx.Client) -> None:
    (row,) = answered_rows(ask_rows(shop, {"strategy": "bundles", "product_id": "shirt-1"}))
    assert row["strategy"] == "bundles"
    assert [(item["product_id"], item["slot"]) for item in row["items"]] == [("shirt-2", 0)]

    sent = {"events": [seen_products(row)], "decision_token": [row["decision_token"]]}
    assert verdicts_of(shop.post("/v1/track", json=sent)) == [("accepted", "ok")]


def test_a_bundle_of_a_profile_has_no_slot_to_report(shop: httpx.Client) -> None:
    profile = shop.get(f"/v1/profiles/{SESSION}").json()
    (bundle,) = profile["bundled_discount_suggestions"]
    assert set(bundle["product_ids"]) == set(OFFER)

    beside = len(profile["slate"])
    seen = a_wire_event(
        type="impression",
        product_id=None,
        product_ids=bundle["product_ids"],
        slots=[beside, beside + 1],
        decision_id=profile["decision_id"],
    )
    sent = {"events": [seen], "decision_token": profile["decision_token"]}
    assert verdicts_of(shop.post("/v1/track", json=sent)) == [("rejected", "not_in_slate")]
