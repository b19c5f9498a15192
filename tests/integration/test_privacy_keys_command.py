"""Keys of privacy changed by the command line."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from cli.commands.serving import ServerOptions, serve, serve_api
from cli.main import build_app
from nightly.answers import ExitCode, answer_of
from nightly.steps import CheckExperiments, ExportHistory, UnlearnSessions, WriteTables
from personalization.adapters.home_places import home_places
from personalization.domain.access.shop import SHOP
from personalization.domain.errors import InvalidKeyError
from personalization.domain.identifiers import SessionId
from personalization.vault.privacy_file import PRIVACY_FILE, PrivacyFile
from personalization.wiring import CoreSettings, check_privacy_keys, open_checked, open_kept
from tests.builders.event import an_event
from tests.builders.moments import NOON
from tests.builders.product import a_product
from tests.integration.command_line import run_over

VISIT = SessionId("6f1d3f0e-6f0e-4d5c-9b3a-0d8a3c0f5a11")
WHY = ("--author", "ann")


def test_a_new_key_is_used_and_the_former_one_goes_when_it_is_told_to(tmp_path: Path) -> None:
    settings = CoreSettings.of_home(tmp_path)
    [old] = PrivacyFile(tmp_path, NOON).current().keys
    printed = run_over(settings, "privacy", "rotate-key", *WHY)
    new, kept = PrivacyFile(tmp_path, NOON).current().keys
    assert kept == old
    assert f"{new.key_id} is used from" in printed
    assert new.secret.hex() not in printed + old.secret.hex()
    run_over(settings, "privacy", "rotate-key", "--drop", old.key_id, *WHY)
    assert PrivacyFile(tmp_path, NOON).current().keys == (new,)
    with open_kept(settings) as opened:
        actions = [entry.action for entry in opened.audit.newest(SHOP, 5)]
    assert actions == ["privacy_keys.drop", "privacy_keys.rotate"]


def test_keys_of_the_settings_are_changed_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FITTING_ROOM_PRIVACY_KEYS", "ab" * 32)
    run_over(CoreSettings.of_home(tmp_path), "privacy", "rotate-key", *WHY, expect=2)
    assert not (tmp_path / PRIVACY_FILE).exists()


def test_a_service_with_other_keys_does_not_start_until_they_are_said_to_be_lost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = CoreSettings.of_home(tmp_path)
    with open_kept(settings) as kept:
        check_privacy_keys(settings, kept)
    monkeypatch.setenv("FITTING_ROOM_PRIVACY_KEYS", "ab" * 32)
    asked = ServerOptions(host="127.0.0.1", port=0, processes=1)
    for start in (serve, serve_api):
        with pytest.raises(InvalidKeyError, match="rotate-key --lost"):
            start(tmp_path, asked)
    printed = run_over(settings, "privacy", "rotate-key", "--lost", *WHY)
    assert "ab" * 32 not in printed
    given = CoreSettings.of_home(tmp_path)
    with open_kept(given) as kept:
        check_privacy_keys(given, kept)
        assert kept.audit.newest(SHOP, 1)[0].action == "privacy_keys.lost"
    monkeypatch.delenv("FITTING_ROOM_PRIVACY_KEYS")
    with open_kept(settings) as kept, pytest.raises(InvalidKeyError):
        check_privacy_keys(settings, kept)


@pytest.fixture
def with_other_keys(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> CoreSettings:
    """Return a home whose processes use another key than this one."""
    settings = CoreSettings.of_home(tmp_path)
    with open_checked(settings) as kept:
        kept.history.append([an_event(session_id=VISIT)])
        kept.catalogue.write_products([a_product()])
    monkeypatch.setenv("FITTING_ROOM_HOME", str(tmp_path))
    monkeypatch.setenv("FITTING_ROOM_PRIVACY_KEYS", "ab" * 32)
    return CoreSettings.of_home(tmp_path)


def kept_in(home: Path) -> dict[str, tuple[bytes, ...]]:
    """Return the rows of all tables, and the names of what else is there."""
    places = {
        name: () if name.startswith("files/") else tuple(read())
        for name, read, _ in home_places(home)
    }
    passing = (".sqlite-wal", ".sqlite-shm", ".turn", ".lock")
    return {name: rows for name, rows in places.items() if not name.endswith(passing)}


def test_a_night_with_other_keys_is_refused_with_the_reason_and_writes_nothing(
    with_other_keys: CoreSettings, tmp_path: Path
) -> None:
    before = kept_in(tmp_path)
    night = ExportHistory(
        run_date=None, promote=False, accept_smaller=False, accept=(), until=NOON.date()
    )
    for step in (night, UnlearnSessions(), WriteTables(), CheckExperiments()):
        code, body = answer_of(step)
        assert code is ExitCode.NO_RETRY, step
        assert "other keys of privacy (" in str(body["reason"])
    assert kept_in(tmp_path) == before
    assert not with_other_keys.storage.warehouse.exists()


@pytest.mark.parametrize(
    "command",
    [
        ("import", "docs/examples/products.csv"),
        ("model", "unlearn"),
        ("privacy", "erase", VISIT),
        ("privacy", "erase", "--user", "ann"),
        ("privacy", "export", "of-ann.zip", "--user", "ann"),
        ("sessions", "erase", VISIT),
        ("dead-letters", "redrive", "--all"),
        ("warehouse",),
        ("history",),
    ],
    ids=" ".join,
)
@pytest.mark.usefixtures("with_other_keys")
def test_a_command_with_other_keys_is_refused_and_writes_nothing(
    tmp_path: Path, command: tuple[str, ...]
) -> None:
    before = kept_in(tmp_path)
    done = CliRunner().invoke(build_app(command[0]), command)
    assert isinstance(done.exception, InvalidKeyError), done.output
    assert "rotate-key --lost" in str(done.exception)
    assert kept_in(tmp_path) == before


def test_after_a_key_was_dropped_processes_start_with_the_newer_one(tmp_path: Path) -> None:
    settings = CoreSettings.of_home(tmp_path)
    with open_kept(settings) as kept:
        check_privacy_keys(settings, kept)
    [old] = PrivacyFile(tmp_path, NOON).current().keys
    run_over(settings, "privacy", "rotate-key", *WHY)
    run_over(settings, "privacy", "rotate-key", "--drop", old.key_id, *WHY)
    with open_kept(settings) as kept:
        check_privacy_keys(settings, kept)
