"""Keys of privacy changed by the command line."""

from pathlib import Path

import pytest

from personalization.domain.access.shop import SHOP
from personalization.vault.privacy_file import PRIVACY_FILE, PrivacyFile
from personalization.wiring import CoreSettings, open_kept
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
