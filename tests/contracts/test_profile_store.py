"""The contract of the profile store: an older version never wins."""

import random
from concurrent.futures import ThreadPoolExecutor

from personalization.domain.identifiers import SessionId
from personalization.ports.profile_store import ProfileStore, StoredProfile

SESSION = SessionId("session-1")


def a_stored_profile(version: int) -> StoredProfile:
    return StoredProfile(version, f'{{"version":{version}}}'.encode())


def test_a_profile_comes_back_as_the_same_bytes(profile_store: ProfileStore) -> None:
    profile = StoredProfile(3, '{"title":"शर्ट"}\r\n\x00'.encode())
    profile_store.write_many({SESSION: profile})
    assert profile_store.read_many([SESSION]) == {SESSION: profile}


def test_a_missing_profile_is_absent(profile_store: ProfileStore) -> None:
    other = SessionId("session-2")
    profile_store.write_many({other: a_stored_profile(1)})
    assert profile_store.read_many([SESSION, other]) == {other: a_stored_profile(1)}
    assert profile_store.read_many([]) == {}


def test_a_newer_version_replaces_an_older_one(profile_store: ProfileStore) -> None:
    profile_store.write_many({SESSION: a_stored_profile(9)})
    profile_store.write_many({SESSION: a_stored_profile(10)})
    assert profile_store.read_many([SESSION]) == {SESSION: a_stored_profile(10)}


def test_an_older_or_equal_version_never_wins(profile_store: ProfileStore) -> None:
    profile_store.write_many({SESSION: a_stored_profile(10)})
    profile_store.write_many({SESSION: a_stored_profile(9)})
    profile_store.write_many({SESSION: StoredProfile(10, b"another")})
    assert profile_store.read_many([SESSION]) == {SESSION: a_stored_profile(10)}


def test_one_old_profile_in_a_batch_does_not_hold_back_the_others(
    profile_store: ProfileStore,
) -> None:
    sessions = [SessionId(f"session-{number}") for number in range(3)]
    profile_store.write_many({sessions[1]: a_stored_profile(5)})
    profile_store.write_many({session: a_stored_profile(2) for session in sessions})
    versions = {key: profile.version for key, profile in profile_store.read_many(sessions).items()}
    assert versions == dict(zip(sessions, [2, 5, 2], strict=True))


def test_the_newest_wins_however_writers_interleave(profile_store: ProfileStore) -> None:
    versions = list(range(1, 401))
    random.Random(7).shuffle(versions)

    def write(version: int) -> None:
        profile_store.write_many({SESSION: a_stored_profile(version)})

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(write, versions))
    assert profile_store.read_many([SESSION]) == {SESSION: a_stored_profile(400)}


def test_a_reader_never_sees_a_version_go_back_or_another_versions_body(
    profile_store: ProfileStore,
) -> None:
    def write_all() -> None:
        for version in range(1, 201):
            profile_store.write_many({SESSION: a_stored_profile(version)})

    with ThreadPoolExecutor(2) as pool:
        writers = [pool.submit(write_all) for _ in range(2)]
        seen = [StoredProfile(0, b"")]
        while not all(writer.done() for writer in writers):
            seen.extend(profile_store.read_many([SESSION]).values())
    assert all(profile == a_stored_profile(profile.version) for profile in seen[1:])
    assert [profile.version for profile in seen] == sorted(profile.version for profile in seen)


def test_thousands_of_profiles_go_in_one_call(profile_store: ProfileStore) -> None:
    profiles = {SessionId(f"session-{number}"): a_stored_profile(number) for number in range(1_201)}
    profile_store.write_many(profiles)
    assert profile_store.read_many(list(profiles)) == profiles
