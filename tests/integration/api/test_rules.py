"""What the shop hides leaves pages that are open and profiles that were made before."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path

import httpx
import msgspec
import pytest

from api.state import ApiServices
from api.wiring import build_services
from personalization.adapters.redis.server import EmbeddedRedis
from personalization.merchandising.rule import MerchandisingRule, RuleKind
from personalization.merchandising.rule_book import RuleBook
from personalization.merchandising.rules_document import encode_rules
from personalization.ports.plan_store import RULES
from personalization.ports.stores import KeptStores
from personalization.settings.ranking import RankingSettings
from personalization.settings.redis import RedisSettings
from personalization.settings.storage import StorageSettings
from personalization.wiring import CoreSettings, open_live
from tests.builders.moments import NOON
from tests.builders.product import a_product
from tests.builders.rule import a_rule
from tests.builders.settable_clock import SettableClock
from tests.builders.wire_event import SESSION
from tests.integration.api.serving import serve
from tests.waiting import eventually

PATH = f"/v1/profiles/{SESSION}"
SOLD_OUT = a_rule(RuleKind.OUT_OF_STOCK, "shirt-2")


@pytest.fixture
def settings(tmp_path: Path, redis_url: str) -> CoreSettings:
    """Return settings by which rules are looked for all the time."""
    return CoreSettings(
        storage=StorageSettings(home=tmp_path),
        redis=RedisSettings(url=redis_url),
        ranking=RankingSettings(plan_seconds=0.02),
    )


def decide(kept_stores: KeptStores, *rules: MerchandisingRule) -> None:
    newest = kept_stores.plans.read(RULES)
    after = newest.version if newest else 0
    kept_stores.plans.write(RULES, encode_rules(RuleBook(rules)), after, "ann")


def products_of(profile: dict[str, object]) -> set[str]:
    found = {product["product_id"] for product in profile["score_data"]["products"]}  # type: ignore[index]
    return found | {slot["product_id"] for slot in profile["slate"]}  # type: ignore[attr-defined]


def shown_products(client: httpx.Client) -> set[str]:
    return products_of(client.get(PATH).json())


def test_what_runs_out_leaves_a_profile_that_was_made_before_and_comes_back(
    client: httpx.Client, kept_stores: KeptStores
) -> None:
    before = client.get(PATH)
    assert shown_products(client) == {"shirt-1", "shirt-2"}

    decide(kept_stores, SOLD_OUT)
    eventually(lambda: shown_products(client) == {"shirt-1"})

    after = client.get(PATH, headers={"if-none-match": before.headers["etag"]})
    assert after.status_code == 200
    profile = after.json()
    assert profile["decision_id"] == before.json()["decision_id"]
    stayed = [slot for slot in before.json()["slate"] if slot["product_id"] == "shirt-1"]
    assert profile["slate"] == stayed
    again = client.get(PATH, headers={"if-none-match": after.headers["etag"]})
    assert again.status_code == 304

    decide(kept_stores)
    eventually(lambda: client.get(PATH).content == before.content)
    assert client.get(PATH).headers["etag"] == before.headers["etag"]


def test_an_offer_changes_no_profile_that_was_made_before(
    client: httpx.Client, kept_stores: KeptStores, services: ApiServices, clock: SettableClock
) -> None:
    before = client.get(PATH)
    decide(kept_stores, a_rule(RuleKind.OFFER, category_ids=()))
    eventually(lambda: services.rules.state(clock.now()).version == 1)

    assert client.get(PATH, headers={"if-none-match": before.headers["etag"]}).status_code == 304


def test_a_rule_about_others_leaves_the_profile_as_it_is(
    client: httpx.Client, kept_stores: KeptStores, services: ApiServices, clock: SettableClock
) -> None:
    before = client.get(PATH)
    decide(kept_stores, a_rule(RuleKind.OUT_OF_STOCK, "skirt-9"))
    eventually(lambda: services.rules.state(clock.now()).version == 1)

    assert client.get(PATH, headers={"if-none-match": before.headers["etag"]}).status_code == 304


def test_a_rule_begins_and_ends_by_the_clock(
    client: httpx.Client, kept_stores: KeptStores, clock: SettableClock
) -> None:
    hour = timedelta(hours=1)
    decide(
        kept_stores,
        a_rule(RuleKind.EXCLUDE, "shirt-2", starts_at=NOON + hour, ends_at=NOON + 2 * hour),
    )
    seen = []
    for _ in range(3):
        seen.append(shown_products(client))
        clock.advance(hour)

    assert seen == [{"shirt-1", "shirt-2"}, {"shirt-1"}, {"shirt-1", "shirt-2"}]


def test_an_open_stream_is_sent_the_page_without_what_ran_out(
    client: httpx.Client, kept_stores: KeptStores
) -> None:
    with client.stream("GET", f"{PATH}/stream") as stream:
        profiles = _profiles(stream.iter_lines())
        first = next(profiles)
        decide(kept_stores, SOLD_OUT)
        second = next(profiles)

    assert products_of(first) == {"shirt-1", "shirt-2"}
    assert products_of(second) == {"shirt-1"}
    assert second["version"] == first["version"]


def test_a_stream_that_resumes_is_sent_what_it_missed(
    client: httpx.Client, kept_stores: KeptStores
) -> None:
    version = client.get(PATH).json()["version"]
    decide(kept_stores, SOLD_OUT)
    eventually(lambda: shown_products(client) == {"shirt-1"})

    with client.stream("GET", f"{PATH}/stream", headers={"last-event-id": str(version)}) as stream:
        assert products_of(next(_profiles(stream.iter_lines()))) == {"shirt-1"}


def test_lists_of_products_leave_out_what_is_hidden(
    client: httpx.Client, kept_stores: KeptStores
) -> None:
    decide(kept_stores, a_rule(RuleKind.EXCLUDE, "shirt-2", regions=("cz",)))

    def list_products(path: str, region: str) -> list[str]:
        found = client.get(path, params={"region": region}).json()["products"]
        return [product["product"]["product_id"] for product in found]

    def hides(path: str) -> bool:
        return "shirt-2" not in list_products(path, "cz")

    for path in ("/v1/products/shirt-1/similar", "/v1/categories/shirts/products"):
        eventually(partial(hides, path))
        assert "shirt-2" in list_products(path, "pl")


def test_a_category_is_pictured_by_what_may_be_shown(
    client: httpx.Client, kept_stores: KeptStores
) -> None:
    def picture(region: str) -> str | None:
        (category,) = client.get("/v1/categories", params={"region": region}).json()["categories"]
        found: str | None = category["image_url"]
        return found

    assert picture("cz") == a_product().image_url
    decide(kept_stores, a_rule(RuleKind.EXCLUDE, "shirt-1", regions=("cz",)))
    # The other product of the category has no picture.
    eventually(lambda: picture("cz") is None)
    assert picture("pl") == a_product().image_url


def test_the_last_known_profile_is_not_served_with_what_ran_out(
    settings: CoreSettings, services: ApiServices, kept_stores: KeptStores, tmp_path: Path
) -> None:
    with EmbeddedRedis(tmp_path) as redis:
        ours = replace(settings, redis=RedisSettings(url=redis.url))
        with open_live(ours, kept_stores) as live:
            alone = build_services(ours, services.settings, kept_stores, live, services.clock)
            with serve(alone) as address, httpx.Client(base_url=address) as client:
                assert shown_products(client) == {"shirt-1", "shirt-2"}
                redis.stop()
                decide(kept_stores, SOLD_OUT)
                eventually(lambda: shown_products(client) == {"shirt-1"})
                assert client.get(PATH).headers["x-profile-source"] == "cache"


def _profiles(lines: Iterator[str]) -> Iterator[dict[str, object]]:
    for line in lines:
        if line.startswith("data: "):
            yield msgspec.json.decode(line.removeprefix("data: "))
