"""A keyspace that is backed up and restored into an empty one, with the lives of its rows."""

from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pytest

from personalization.adapters.cassandra.connection import CassandraConnection
from personalization.backup_wiring import open_source, open_tables
from personalization.backups.backup_file import create_backup, restore_tables
from personalization.backups.backup_keys import BackupKeys
from personalization.backups.stores import RestoredHome
from personalization.domain.errors import RefusedBackupError
from personalization.domain.identifiers import EventId, SessionId, ShopUserId
from personalization.settings.cassandra import CassandraSettings
from personalization.settings.storage import StorageSettings
from personalization.wiring import CoreSettings, open_kept
from tests.builders.event import an_event
from tests.builders.product import a_product

MINE = SessionId("session-1")
KEYS = BackupKeys(None, b"correct horse battery")


def settings_of(home: Path, contact_points: str) -> CoreSettings:
    cassandra = CassandraSettings(
        contact_points=contact_points, keyspace=f"backup_{uuid4().hex[:12]}", timeout_seconds=10
    )
    return CoreSettings(storage=StorageSettings(home=home), cassandra=cassandra)


def lives(settings: CoreSettings) -> list[int]:
    with closing(CassandraConnection(settings.cassandra)) as connection:
        rows = connection.execute("SELECT ttl(type) FROM events_by_session")
        return [life for (life,) in rows]


@pytest.mark.real
def test_a_keyspace_comes_back(tmp_path: Path, cassandra_contact_points: str) -> None:
    old = settings_of(tmp_path / "home", cassandra_contact_points)
    new = settings_of(tmp_path / "home", cassandra_contact_points)
    events = [an_event(event_id=EventId(f"event-{number}"), session_id=MINE) for number in range(9)]
    with open_kept(old) as kept:
        kept.history.append(events)
        kept.catalogue.write_products([a_product()])
        [name] = kept.pseudonyms.of_many([ShopUserId("ann")], keep=True).values()
    file, now = tmp_path / "b", datetime.now(UTC)
    with open_source(old) as source:
        made = create_backup(source, file, KEYS, now, lambda *_: None)
    assert made.by_store()["events_by_session"][1] == 9
    seen: list[RestoredHome] = []
    with open_tables(new, empty=True) as tables:
        restore_tables(file, new.storage.home, KEYS, tables, [seen.append], lambda *_: None)
    with open_kept(new) as kept:
        assert list(kept.history.read_many([MINE])[MINE]) == events
        assert kept.catalogue.product_count() == 1
        assert kept.pseudonyms.shop_ids([name]) == {name: ShopUserId("ann")}
    before, after = lives(old), lives(new)
    assert len(after) == 9
    assert all(left and abs(left - before[0]) < 300 for left in after)
    assert seen[0].backup_made_at == now
    with pytest.raises(RefusedBackupError, match="has rows"), open_tables(new, empty=True):
        pass
    for settings in (old, new):
        with closing(CassandraConnection(settings.cassandra)) as connection:
            connection.session().execute(f"DROP KEYSPACE {settings.cassandra.keyspace}", timeout=60)
