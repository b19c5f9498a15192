"""What only a Redis Cluster does: spread keys over nodes, and be away as a whole."""

from contextlib import closing
from pathlib import Path

import pytest
import redis

from personalization.adapters.redis.profile_store import RedisProfileStore
from personalization.domain.errors import StoreUnavailableError
from personalization.domain.identifiers import SessionId
from personalization.ports.profile_store import StoredProfile
from personalization.settings.redis import RedisSettings
from tests.redis_cluster import RedisCluster, running

SETTINGS = RedisSettings(cluster=True)
PROFILES = {
    SessionId(f"session-{number}"): StoredProfile(number, b"profile") for number in range(1, 601)
}


def test_a_batch_is_spread_over_the_nodes_and_comes_back_whole(tmp_path: Path) -> None:
    with running(tmp_path) as cluster, closing(RedisProfileStore(cluster.url, SETTINGS)) as store:
        store.write_many(PROFILES)

        assert store.read_many(list(PROFILES)) == PROFILES
        held = [_keys_at(port) for port in cluster.ports]
        assert sum(held) == len(PROFILES)
        assert min(held) > len(PROFILES) / 5


def test_a_store_opened_while_the_cluster_is_away_works_once_it_is_there(tmp_path: Path) -> None:
    cluster = RedisCluster(tmp_path)
    with closing(RedisProfileStore(cluster.url, SETTINGS)) as store:
        with pytest.raises(StoreUnavailableError):
            store.write_many(PROFILES)
        try:
            cluster.start()
            cluster.form()
            store.write_many(PROFILES)
            assert store.read_many(list(PROFILES)) == PROFILES
        finally:
            cluster.stop()


def test_a_cluster_that_went_away_is_found_when_it_is_back(tmp_path: Path) -> None:
    with running(tmp_path) as cluster, closing(RedisProfileStore(cluster.url, SETTINGS)) as store:
        store.write_many(PROFILES)
        cluster.stop()
        with pytest.raises(StoreUnavailableError):
            store.read_many(list(PROFILES))
        cluster.start()
        cluster.agree()

        store.write_many(PROFILES)
        assert store.read_many(list(PROFILES)) == PROFILES


def _keys_at(port: int) -> int:
    with closing(redis.Redis(port=port)) as node:
        return int(node.dbsize())
