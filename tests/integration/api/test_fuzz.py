"""No input at all is answered with a 500: a short form of `python -m benchmarks.fuzz`."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from schemathesis import GenerationMode

from benchmarks.fuzz.keys import NOBODY, PAGE
from benchmarks.fuzz.run import FuzzTally, run_odd_requests, run_openapi, run_with_keys
from benchmarks.fuzz.served_shop import FuzzedShop, open_shop

SEED = 5
ODD_REQUESTS = 300
OF_THE_DOCUMENT = 200
WITH_KEYS = 100


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FuzzedShop]:
    with open_shop(tmp_path_factory.mktemp("home")) as served:
        yield served


@pytest.fixture(scope="module")
def shop_with_keys(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FuzzedShop]:
    with open_shop(tmp_path_factory.mktemp("keyed"), needs_keys=True) as served:
        few = {name: served.callers[name] for name in (NOBODY, PAGE, "server", "owner")}
        yield replace(served, callers=few)


def test_with_each_kind_of_key_only_what_it_may_call_answers(shop_with_keys: FuzzedShop) -> None:
    tally = FuzzTally()

    run_with_keys(shop_with_keys, WITH_KEYS, SEED, tally, (GenerationMode.POSITIVE,))

    assert tally.failures == []
    assert tally.answers["GET /v1/categories, owner", 200] > 0
    assert tally.answers["GET /v1/categories, nobody", 401] > 0


def test_odd_requests_and_spoiled_batches_get_answers_and_verdicts(shop: FuzzedShop) -> None:
    tally = FuzzTally()

    run_odd_requests(shop, ODD_REQUESTS, SEED, tally)

    assert tally.failures == []
    assert tally.total >= ODD_REQUESTS // 2


def test_what_schemathesis_makes_of_the_document_is_answered_as_it_says(shop: FuzzedShop) -> None:
    tally = FuzzTally()

    run_openapi(shop, OF_THE_DOCUMENT, SEED, tally)

    assert tally.failures == []
    assert {route for route, _ in tally.answers} >= {"POST /v1/track", "GET /v1/products"}
