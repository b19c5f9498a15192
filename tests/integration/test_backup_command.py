"""Backups by the command line, over the files of a home and over Cassandra."""

import threading
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from cli.commands.backups import backup as command
from personalization import backup_wiring
from personalization.backups.backup_file import create_backup, list_backups, verify_backup
from personalization.backups.stores import AfterRestore, RestoredHome
from personalization.domain.errors import (
    DamagedBackupError,
    PrivacyKeyError,
    RefusedBackupError,
    StoreFullError,
)
from personalization.domain.event import Event
from personalization.domain.identifiers import EventId, SessionId, ShopUserId
from personalization.settings.storage import StorageSettings
from personalization.vault.privacy_file import PRIVACY_FILE
from personalization.wiring import CoreSettings, open_kept
from tests.builders.event import an_event
from tests.builders.moments import NOON
from tests.builders.product import a_product
from tests.integration.command_line import run_over

ANN = ShopUserId("ann@shop.example")
MINE = SessionId("session-1")


def events(count: int) -> list[Event]:
    return [
        an_event(event_id=EventId(f"event-{number}"), session_id=MINE) for number in range(count)
    ]


def fill(settings: CoreSettings) -> None:
    with open_kept(settings) as kept:
        kept.history.append(events(3))
        kept.catalogue.write_products([a_product()])
        kept.pseudonyms.of_many([ANN], keep=True)


def count_events(settings: CoreSettings) -> int:
    with open_kept(settings) as kept:
        return len(kept.history.read_many([MINE]).get(MINE, ()))


@pytest.fixture
def settings(tmp_path: Path) -> CoreSettings:
    """Return the settings of a home with some content of every kind."""
    made = CoreSettings(storage=StorageSettings(home=tmp_path / "home"))
    fill(made)
    (made.storage.models / "deep").mkdir(parents=True)
    (made.storage.models / "deep" / "weights.bin").write_bytes(b"w" * 3_000_000)
    made.storage.pictures.mkdir()
    (made.storage.pictures / "shirt-1.jpg").write_bytes(b"a picture")
    (made.storage.home / "signing_keys.json").write_text("a secret of tokens")
    return made


def home_with_keys(settings: CoreSettings, home: Path) -> CoreSettings:
    home.mkdir(exist_ok=True)
    key = (settings.storage.home / PRIVACY_FILE).read_bytes()
    (home / PRIVACY_FILE).write_bytes(key)
    return CoreSettings(storage=StorageSettings(home=home))


def test_a_backup_becomes_a_new_home(settings: CoreSettings, tmp_path: Path) -> None:
    file = tmp_path / "backups" / "first"
    printed = run_over(settings, "backup", "create", str(file))
    assert "history" in printed
    assert file.stat().st_mode & 0o777 == 0o600
    body = file.read_bytes()
    assert all(text not in body for text in (b"event-1", b"SQLite format", b"a secret of tokens"))
    assert [path.name for path in file.parent.iterdir()] == ["first"]
    assert not list(settings.storage.home.glob(".backup-*"))

    new = home_with_keys(settings, tmp_path / "new")
    run_over(settings, "backup", "restore", str(file), "--home", str(new.storage.home))
    assert count_events(new) == 3
    assert (new.storage.models / "deep" / "weights.bin").read_bytes() == b"w" * 3_000_000
    assert (new.storage.pictures / "shirt-1.jpg").read_bytes() == b"a picture"
    assert not (new.storage.home / "signing_keys.json").exists()
    with open_kept(new) as kept:
        [name] = kept.pseudonyms.of_many([ANN], keep=False).values()
        assert kept.pseudonyms.shop_ids([name]) == {name: ANN}
    verified = run_over(settings, "backup", "verify", str(file))
    assert "history" in verified
    assert "first" in run_over(settings, "backup", "list", str(file.parent))


def test_a_copy_is_whole_while_others_write(settings: CoreSettings, tmp_path: Path) -> None:
    stop, written = threading.Event(), threading.Event()

    def write() -> None:
        number = 3
        with open_kept(settings) as kept:
            while not stop.is_set():
                batch = [
                    an_event(event_id=EventId(f"event-{number + each}"), session_id=MINE)
                    for each in range(100)
                ]
                kept.history.append(batch)
                number += 100
                written.set()

    writer = threading.Thread(target=write)
    writer.start()
    try:
        assert written.wait(20)
        run_over(settings, "backup", "create", str(tmp_path / "busy"))
    finally:
        stop.set()
        writer.join()
    new = home_with_keys(settings, tmp_path / "new")
    run_over(settings, "backup", "restore", str(tmp_path / "busy"), "--home", str(new.storage.home))
    with open_kept(new) as kept:
        found = kept.history.read_many([MINE])[MINE]
        # A transaction is there whole or not at all, and its days count the same.
        assert (len(found) - 3) % 100 == 0
        assert len(found) > 3
        assert sum(kept.history.days().values()) == len(found)


def test_a_passphrase_needs_no_key_of_the_home(settings: CoreSettings, tmp_path: Path) -> None:
    file, secret = tmp_path / "b", tmp_path / "secret"
    secret.write_text("correct horse battery\n")
    shown = ("--passphrase-file", str(secret))
    run_over(settings, "backup", "create", str(file), *shown)
    new = CoreSettings(storage=StorageSettings(home=tmp_path / "new"))
    run_over(new, "backup", "restore", str(file), "--home", str(tmp_path / "new"), *shown)
    assert count_events(new) == 3
    secret.write_text("another horse battery\n")
    for named, error in ((secret, DamagedBackupError), (None, PrivacyKeyError)):
        with pytest.raises(error):
            verify_backup(file, backup_wiring.backup_keys(settings, named), lambda *_: None)


def test_a_home_in_use_is_left_alone(settings: CoreSettings, tmp_path: Path) -> None:
    file = tmp_path / "b"
    run_over(settings, "backup", "create", str(file))
    home = settings.storage.home
    before = sorted(path.name for path in home.iterdir())
    run_over(settings, "backup", "restore", str(file), "--home", str(home), expect=1)
    run_over(settings, "backup", "create", str(file), expect=1)
    assert sorted(path.name for path in home.iterdir()) == before
    assert count_events(settings) == 3


def test_a_damaged_backup_leaves_nothing_behind(settings: CoreSettings, tmp_path: Path) -> None:
    file = tmp_path / "b"
    run_over(settings, "backup", "create", str(file))
    body = bytearray(file.read_bytes())
    body[-1] ^= 1
    file.write_bytes(body)
    new = home_with_keys(settings, tmp_path / "new").storage.home
    run_over(settings, "backup", "restore", str(file), "--home", str(new), expect=1)
    assert [path.name for path in new.iterdir()] == [PRIVACY_FILE]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["b", "home", "new"]


def test_what_was_erased_since_is_erased_again_before_the_home_is_there(
    settings: CoreSettings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, new = tmp_path / "b", home_with_keys(settings, tmp_path / "new")
    began = datetime.now(UTC)
    run_over(settings, "backup", "create", str(file))
    seen: list[RestoredHome] = []

    def fail(home: RestoredHome) -> None:
        del home
        raise RefusedBackupError("The ledger of erasures is not here.")

    def erase(home: RestoredHome) -> None:
        seen.append(home)
        assert not new.storage.history_file.exists()
        with open_kept(CoreSettings.of_home(home.home)) as kept:
            kept.pseudonyms.forget(list(kept.pseudonyms.of_many([ANN], keep=False).values()))

    def restore(steps: Sequence[AfterRestore], expect: int) -> None:
        monkeypatch.setattr(command, "AFTER_RESTORE", steps)
        home = str(new.storage.home)
        run_over(settings, "backup", "restore", str(file), "--home", home, expect=expect)

    restore((fail,), 1)
    assert not new.storage.history_file.exists()
    restore((erase,), 0)
    assert count_events(new) == 3
    assert began <= seen[0].backup_made_at <= datetime.now(UTC)
    with open_kept(new) as kept:
        [name] = kept.pseudonyms.of_many([ANN], keep=False).values()
        assert kept.pseudonyms.shop_ids([name]) == {}


def test_old_backups_go(settings: CoreSettings, tmp_path: Path) -> None:
    folder = tmp_path / "all"
    folder.mkdir()
    (folder / "notes.txt").write_text("no backup")
    for days, name in ((40, "old"), (10, "young")):
        made_at = datetime.now(UTC) - timedelta(days=days)
        with backup_wiring.open_source(settings) as source:
            keys = backup_wiring.backup_keys(settings, None)
            create_backup(source, folder / name, keys, made_at, lambda *_: None)
    assert "1 removed, 1 left" in run_over(settings, "backup", "prune", str(folder))
    assert [backup.file.name for backup in list_backups(folder)] == ["young"]
    assert sorted(path.name for path in folder.iterdir()) == ["notes.txt", "young"]
    assert "0 left" in run_over(settings, "backup", "prune", str(folder), "--keep-days", "5")


def test_too_little_room_is_told_before_anything_is_written(
    settings: CoreSettings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    room = type("Room", (), {"free": 1_000_000})
    monkeypatch.setattr("personalization.backups.backup_file.shutil.disk_usage", lambda _: room)
    keys = backup_wiring.backup_keys(settings, None)
    with backup_wiring.open_source(settings) as source, pytest.raises(StoreFullError, match="MiB"):
        create_backup(source, tmp_path / "b", keys, NOON, lambda *_: None)
    assert not (tmp_path / "b").exists()
