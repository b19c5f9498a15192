"""Opens what backups are made from and restored into: files, or Cassandra where it is named."""

import logging
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path

from personalization.adapters.private_home import open_private
from personalization.adapters.sqlite.copies.database_copy import copy_database, rewrite_file
from personalization.backups.backup_keys import BackupKeys, read_passphrase
from personalization.backups.home_files import HomeFiles
from personalization.backups.stores import AfterRestore, BackupSource, RestoredHome
from personalization.backups.table_lines import Tables
from personalization.domain.clock import SystemClock
from personalization.domain.errors import RefusedBackupError
from personalization.erasure.open_worker import erasure_worker, ledger_of, night_work
from personalization.erasure.restored import RestoredErasures
from personalization.vault.open_keys import has_given_keys, open_privacy_keys
from personalization.vault.privacy_file import PRIVACY_FILE
from personalization.wiring import CoreSettings, open_kept, open_live

_LOG = logging.getLogger(__name__)


def _erase_again(restored: RestoredHome) -> None:
    """Take out again whom the ledger of the settings, or of the new home, has."""
    settings = CoreSettings.of_home(restored.home)
    ledger = ledger_of(settings.storage)
    if not ledger.path.exists():
        _LOG.warning(
            "There is no ledger of erasures at %s: whoever was erased since the backup is in it "
            "again. Name the ledger in FITTING_ROOM_ERASED_FILE and restore once more.",
            ledger.path.name,
        )
        return
    storage = settings.storage
    with open_kept(settings) as kept, open_live(settings, kept) as live:
        worker = erasure_worker(storage, kept, live)
        night = partial(night_work, storage, kept, rewrite_file)
        RestoredErasures(ledger, kept, worker, night).erase_again(restored.backup_made_at)


AFTER_RESTORE: Sequence[AfterRestore] = (_erase_again,)
"""What has to be done again to what was restored, such as the erasures since; in this order."""


@contextmanager
def open_source(settings: CoreSettings) -> Iterator[BackupSource]:
    home = settings.storage.home
    if settings.cassandra.contact_points is None:
        if not any(home.glob("*.sqlite")):
            raise RefusedBackupError(f"{home} is no home folder: there is nothing to keep of it.")
        open_private(home)
        yield HomeFiles(settings.storage, copy_database)
        return
    with open_tables(settings) as tables:
        yield tables


@contextmanager
def open_tables(settings: CoreSettings, *, empty: bool = False) -> Iterator[Tables]:
    """Open the keyspace; raises `RefusedBackupError` where it has to be `empty` and is not."""
    from personalization.adapters.cassandra.connection import CassandraConnection
    from personalization.adapters.cassandra.table_copies import CassandraTables

    with closing(CassandraConnection(settings.cassandra.patient())) as connection:
        tables = CassandraTables(connection)
        if empty and not tables.is_empty():
            raise RefusedBackupError(
                f"The keyspace {connection.keyspace} has rows: restore into one without any."
            )
        yield Tables(tables)


def backup_keys(settings: CoreSettings, passphrase_file: Path | None) -> BackupKeys:
    """Return the keys of the settings or the home folder; a passphrase goes before them."""
    passphrase = None if passphrase_file is None else read_passphrase(passphrase_file)
    home = settings.storage.home
    if has_given_keys(settings.privacy) or (home / PRIVACY_FILE).exists():
        ring = open_privacy_keys(settings.privacy, home, SystemClock()).current()
        return BackupKeys(ring, passphrase)
    return BackupKeys(None, passphrase)
