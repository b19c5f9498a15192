"""The process's own memory of profiles is bounded by bytes, not by how many visitors come."""

from datetime import timedelta

from api.profiles.profile_cache import ENTRY_BYTES, CachedProfile, ProfileCache
from personalization.domain.identifiers import SessionId
from tests.builders.moments import NOON
from tests.builders.settable_clock import SettableClock

BODY_BYTES = 1_000


def a_profile(version: int = 1, body_bytes: int = BODY_BYTES) -> CachedProfile:
    return CachedProfile(version, b"x" * body_bytes, "etag", NOON + timedelta(hours=1))


def names_in(cache: ProfileCache, *names: str) -> list[str]:
    return [name for name in names if cache.last(SessionId(name)) is not None]


def test_the_least_recently_used_leave_when_the_bytes_are_spent() -> None:
    cache = ProfileCache(3 * (BODY_BYTES + ENTRY_BYTES), 60, SettableClock())
    for name in "abc":
        cache.put(SessionId(name), a_profile())
    cache.fresh(SessionId("a"))
    cache.put(SessionId("d"), a_profile())
    assert names_in(cache, *"abcd") == ["a", "c", "d"]


def test_a_newer_version_takes_the_place_of_the_older_one() -> None:
    cache = ProfileCache(2 * (BODY_BYTES + ENTRY_BYTES), 60, SettableClock())
    for version in range(20):
        cache.put(SessionId("a"), a_profile(version))
    cache.put(SessionId("b"), a_profile())
    assert names_in(cache, *"ab") == ["a", "b"]


def test_a_profile_larger_than_the_memory_is_still_served() -> None:
    cache = ProfileCache(BODY_BYTES, 60, SettableClock())
    cache.put(SessionId("a"), a_profile(body_bytes=10 * BODY_BYTES))
    assert names_in(cache, "a") == ["a"]
