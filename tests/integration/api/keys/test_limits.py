"""Limits of keys over HTTP, and over a Redis that several processes share or that goes away."""

import asyncio
import logging
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from api.http.blocking_calls import BlockingCalls
from api.keys.key_limits import KeyLimits
from api.keys.settlement import KeySettlement
from api.keys.shown_key import KEY_HEADER
from api.state import ApiServices
from personalization.adapters.redis.key_usage import RedisKeyUsage
from personalization.adapters.redis.server import EmbeddedRedis
from personalization.domain.access.api_key import RateLimit
from personalization.settings.key_limits import KeyLimitSettings
from personalization.settings.redis import RedisSettings
from tests.builders.access.known_keys import PUBLISHABLE, SERVER, key_of
from tests.builders.wire_event import SESSION, a_wire_event
from tests.integration.api.serving import serve
from tests.waiting import eventually

PATH = f"/v1/profiles/{SESSION}"
QUOTA = 100
KEY = replace(key_of(SERVER), limit=RateLimit(per_second=1_000, per_day=QUOTA))


@pytest.fixture
def address(services: ApiServices) -> Iterator[str]:
    """Serve behind a proxy, with small limits of a day."""
    limits = KeyLimitSettings(secret_per_day=6, publishable_address_per_second=2)
    settings = services.settings.model_copy(
        update={"key_limits": limits, "trusted_proxies": ("127.0.0.1",)}
    )
    with serve(replace(services, settings=settings)) as address:
        yield address


def test_a_key_that_is_used_up_is_refused_until_it_may_be_used_again(address: str) -> None:
    with httpx.Client(base_url=address, headers={KEY_HEADER: SERVER}) as client:
        answers = [client.get("/v1/products?id=shirt-1") for _ in range(8)]

    assert [answer.status_code for answer in answers] == [200] * 6 + [429] * 2
    assert answers[0].headers["ratelimit-policy"] == '"second";q=100;w=1, "day";q=6;w=86400'
    left = [answer.headers["ratelimit"].partition('"day";r=')[2][0] for answer in answers]
    assert left == ["5", "4", "3", "2", "1", "0", "0", "0"]
    assert answers[-1].json()["type"] == "/problems/key-limit"
    assert 86_000 < int(answers[-1].headers["retry-after"]) <= 86_400


def test_profiles_in_memory_count_and_tell_as_the_application_does(address: str) -> None:
    with httpx.Client(base_url=address) as client:
        begun = client.post("/v1/track", json=a_wire_event(), headers={KEY_HEADER: PUBLISHABLE})
        client.cookies.clear()
        client.headers["authorization"] = f"Bearer {begun.headers['x-session-token']}"
        client.headers[KEY_HEADER] = SERVER
        answers = [client.get(PATH) for _ in range(7)]

    assert [answer.status_code for answer in answers] == [200] * 6 + [429]
    assert answers[3].headers["x-profile-source"] == "memory"
    left = [answer.headers["ratelimit"].partition('"day";r=')[2][0] for answer in answers]
    assert left == [*"5432100"]


def test_one_address_behind_the_proxy_does_not_stop_the_others(address: str) -> None:
    def ask(host: str) -> int:
        headers = {KEY_HEADER: PUBLISHABLE, "x-forwarded-for": host}
        return httpx.get(f"{address}/v1/products?id=shirt-1", headers=headers).status_code

    statuses = [ask("192.0.2.1") for _ in range(12)]

    assert 429 in statuses
    assert ask("192.0.2.2") == 200


def test_profiles_in_memory_count_for_the_address_that_the_proxy_tells(address: str) -> None:
    headers = {KEY_HEADER: PUBLISHABLE, "x-forwarded-for": "192.0.2.3"}
    with httpx.Client(base_url=address, headers=headers) as client:
        token = client.post("/v1/track", json=a_wire_event()).headers["x-session-token"]
        client.headers["authorization"] = f"Bearer {token}"
        client.cookies.clear()
        answers = [
            client.get(PATH, headers={"x-forwarded-for": f"192.0.2.{number}"})
            for number in range(10, 20)
        ]

    assert [answer.status_code for answer in answers] == [200] * 10
    assert answers[-1].headers["x-profile-source"] == "memory"


def test_a_line_of_the_log_names_the_key_and_never_its_secret(
    address: str, caplog: pytest.LogCaptureFixture
) -> None:
    def lines() -> list[logging.LogRecord]:
        return [record for record in caplog.records if record.name == "api.access"]

    # A line is written after its answer was sent.
    with caplog.at_level(logging.DEBUG):
        httpx.get(f"{address}/v1/products?id=shirt-1&key={PUBLISHABLE}")
        eventually(lambda: len(lines()) == 1)
        httpx.get(f"{address}/v1/products?id=shirt-1", headers={KEY_HEADER: SERVER})
        eventually(lambda: len(lines()) == 2)

    keys = [getattr(record, "fields", {}).get("key") for record in lines()]
    assert keys == ["page00000000", "server000000"]
    told = "".join(f"{record.getMessage()}{record.__dict__}" for record in lines())
    assert PUBLISHABLE not in told
    assert SERVER not in told


def _settlement(limits: KeyLimits, usage: RedisKeyUsage) -> KeySettlement:
    return KeySettlement(limits, usage, BlockingCalls(2))


def _ask(limits: KeyLimits, times: int) -> int:
    passing = 0
    for _ in range(times):
        if limits.refusal(limits.counter(KEY), "") is None:
            limits.count(limits.counter(KEY), "")
            passing += 1
    return passing


def test_two_processes_keep_to_one_quota_but_for_what_passes_between_two_settlements(
    redis_url: str,
) -> None:
    with closing(RedisKeyUsage(redis_url, RedisSettings())) as usage:
        counters = [KeyLimits(KeyLimitSettings()) for _ in range(2)]
        settlements = [_settlement(limits, usage) for limits in counters]
        step = 15
        passing = 0
        for _ in range(20):
            passing += sum(_ask(limits, step) for limits in counters)
            for settlement in settlements:
                asyncio.run(settlement.settle())

        assert QUOTA <= passing <= QUOTA + step
        # One that begins late hears of it with its first settlement.
        late = KeyLimits(KeyLimitSettings())
        _ask(late, 1)
        asyncio.run(_settlement(late, usage).settle())
        assert _ask(late, 10) == 0


def test_without_redis_the_limits_are_those_last_known(tmp_path: Path) -> None:
    limits = KeyLimits(KeyLimitSettings())
    with EmbeddedRedis(tmp_path) as server:
        usage = RedisKeyUsage(server.url, RedisSettings())
        _ask(limits, 60)
        asyncio.run(_settlement(limits, usage).settle())
        assert limits.open_counts() == []

    _ask(limits, 10)
    asyncio.run(_settlement(limits, usage).settle())
    usage.close()

    assert [counts.passed for counts in limits.open_counts()] == [10]
    assert _ask(limits, 100) == QUOTA - 70
