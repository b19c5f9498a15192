"""What commands open beside the service's own stores."""

from collections.abc import Iterator
from contextlib import closing

from personalization.adapters.home_places import home_places
from personalization.adapters.redis.places import redis_places
from personalization.erasure.scan import StorePlace
from personalization.ports.stores import KeptStores
from personalization.wiring import CoreSettings, key_case


def stores_places(settings: CoreSettings, kept: KeptStores, redis_url: str) -> Iterator[StorePlace]:
    """Yield every place of the running stores; raises `StoreUnavailableError`."""
    for name, read, is_stream in home_places(settings.storage.home):
        yield StorePlace(name, read, is_stream)
    for name, of_kind in redis_places(redis_url, settings.redis):
        yield StorePlace(name, of_kind)
    if settings.kafka.servers is not None:
        from personalization.adapters.kafka.places import kafka_places

        for name, of_topic in kafka_places(settings.kafka, key_case(settings, kept).read):
            yield StorePlace(name, of_topic)
    if settings.cassandra.contact_points is not None:
        from personalization.adapters.cassandra.connection import CassandraConnection
        from personalization.adapters.cassandra.places import cassandra_places

        with closing(CassandraConnection(settings.cassandra)) as connection:
            for name, of_table in cassandra_places(connection):
                yield StorePlace(name, of_table)
