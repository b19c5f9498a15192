"""Keys of privacy changed by the command line."""

from pathlib import Path

import pytest

from cli.commands.serving import ServerOptions, serve, serve_api
from personalization.domain.access.shop import SHOP
from personalization.domain.errors import InvalidKeyError
from personalization.vault.privacy_file import PRIVACY_FILE, PrivacyFile
from personalization.wiring import CoreSettings, check_privacy_keys, open_kept
from tests.builders.moments import NOON
from tests.integration.command_line import run_over

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


def test_after_a_key_was_dropped_processes_start_with_the_newer_one(tmp_path: Path) -> None:
    settings = CoreSettings.of_home(tmp_path)
    with open_kept(settings) as kept:
        check_privacy_keys(settings, kept)
    [old] = PrivacyFile(tmp_path, NOON).current().keys
    run_over(settings, "privacy", "rotate-key", *WHY)
    run_over(settings, "privacy", "rotate-key", "--drop", old.key_id, *WHY)
    with open_kept(settings) as kept:
        check_privacy_keys(settings, kept)
