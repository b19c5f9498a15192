"""The keys of privacy: where they come from, how they change, and what each is for."""

from base64 import urlsafe_b64encode
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from pydantic import ValidationError

from personalization.audit.recording import Auditor
from personalization.domain.errors import (
    InvalidKeyError,
    StoreUnavailableError,
    SupersededError,
    UnknownKeyError,
)
from personalization.settings.privacy import PrivacySettings
from personalization.vault.open_keys import open_privacy_keys
from personalization.vault.privacy_file import PRIVACY_FILE, PrivacyFile
from personalization.vault.privacy_ring import MOST_KEYS, PrivacyKey, PrivacyRing, Purpose
from personalization.vault.privacy_rotation import (
    USED_AFTER,
    KeyUse,
    drop_privacy_key,
    rotate_privacy_key,
)
from tests.builders.access.audit_book import AuditBook
from tests.builders.access.privacy_keys import a_privacy_key
from tests.builders.moments import NOON
from tests.builders.settable_clock import SettableClock

ONE, OTHER = "ab" * 32, "cd" * 32


def test_processes_that_start_at_once_make_one_private_key(tmp_path: Path) -> None:
    home = tmp_path / "home"
    with ThreadPoolExecutor(8) as pool:
        files = list(pool.map(lambda _: PrivacyFile(home, NOON), range(8)))
    assert len({file.current().keys[0].key_id for file in files}) == 1
    assert [path.name for path in home.iterdir()] == [PRIVACY_FILE]
    assert (home / PRIVACY_FILE).stat().st_mode & 0o777 == 0o600


def test_each_purpose_has_a_key_of_its_own() -> None:
    key = a_privacy_key()
    derived = {key.of(purpose) for purpose in Purpose}
    assert len(derived | {key.secret}) == len(Purpose) + 1
    assert all(len(secret) == 32 for secret in derived)
    # RFC 5869 by another implementation: HMAC twice.
    assert key.of(Purpose.FIELDS).hex() == hkdf(key.secret, b"fitting room privacy 1 fields")


def hkdf(secret: bytes, info: bytes) -> str:
    import hmac

    extracted = hmac.digest(bytes(32), secret, "sha256")
    return hmac.digest(extracted, info + b"\x01", "sha256").hex()


def test_no_key_shows_its_secret_nor_what_is_derived_of_it() -> None:
    shown = repr(PrivacyRing((PrivacyKey(b"hush" * 8),)))
    assert "hush" not in shown
    assert "derived" not in shown


@pytest.mark.parametrize("damage", ["", "{}", '{"shop":"shop","keys":[]}', "[]"])
def test_a_damaged_file_is_refused_but_a_running_process_goes_on(
    tmp_path: Path, damage: str
) -> None:
    running = PrivacyFile(tmp_path, NOON)
    before = running.current()
    (tmp_path / PRIVACY_FILE).write_text(damage)
    with pytest.raises(StoreUnavailableError, match="bring it back"):
        PrivacyFile(tmp_path, NOON)
    running.refresh()
    assert running.current() is before


def test_another_process_reads_a_new_key_before_anybody_uses_it(tmp_path: Path) -> None:
    clock, audit = SettableClock(), AuditBook()
    here, elsewhere = PrivacyFile(tmp_path, clock.now()), PrivacyFile(tmp_path, clock.now())
    old = here.current().newest(clock.now())
    new = rotate_privacy_key(here, Auditor(audit, clock), clock, "ann").keys[0]
    assert here.current().newest(clock.now()) == old
    elsewhere.refresh()
    clock.advance(USED_AFTER)
    assert elsewhere.current().newest(clock.now()) == new
    [entry] = audit.entries
    assert (entry.author, entry.action, entry.subject) == ("ann", "privacy_keys.rotate", new.key_id)
    assert new.secret.hex() not in repr(audit.entries)


def test_a_key_goes_only_once_nothing_needs_it(tmp_path: Path) -> None:
    clock, auditor = SettableClock(), Auditor(AuditBook())
    file, gone = PrivacyFile(tmp_path, clock.now()), list[str]()
    [old] = file.current().keys
    with pytest.raises(InvalidKeyError, match="the newest"):
        drop_privacy_key(file, auditor, "ann", old.key_id, ())
    new = rotate_privacy_key(file, auditor, clock, "ann").keys[0]
    with pytest.raises(InvalidKeyError, match="by 3 people"):
        drop_privacy_key(file, auditor, "ann", old.key_id, [use({"people": 3, "no": 0}, gone)])
    with pytest.raises(UnknownKeyError):
        drop_privacy_key(file, auditor, "ann", "12345678", ())
    assert gone == []
    assert drop_privacy_key(file, auditor, "ann", old.key_id, [use({}, gone)]).keys == (new,)
    assert gone == [old.key_id]


def use(counts: dict[str, int], gone: list[str]) -> KeyUse:
    return KeyUse(lambda _: counts, gone.append)


def test_more_keys_than_are_read_are_refused(tmp_path: Path) -> None:
    clock, auditor = SettableClock(), Auditor(AuditBook())
    file = PrivacyFile(tmp_path, clock.now())
    for _ in range(MOST_KEYS - 1):
        rotate_privacy_key(file, auditor, clock, "ann")
    with pytest.raises(SupersededError, match="--drop"):
        rotate_privacy_key(file, auditor, clock, "ann")


def settings(**fields: object) -> PrivacySettings:
    return PrivacySettings.model_validate(fields)


def test_keys_come_from_the_settings_newest_first(tmp_path: Path) -> None:
    given = settings(keys=f'["{ONE}", "{OTHER}"]')
    ring = open_privacy_keys(given, tmp_path, SettableClock()).current()
    assert [key.secret.hex() for key in ring.keys] == [ONE, OTHER]
    assert list(tmp_path.iterdir()) == []


def test_a_key_may_be_written_in_base64(tmp_path: Path) -> None:
    text = urlsafe_b64encode(b"\xfb" * 32).decode()
    ring = open_privacy_keys(settings(keys=text), tmp_path, SettableClock()).current()
    assert ring.keys[0].secret == b"\xfb" * 32


@pytest.mark.parametrize("text", [ONE, f'\n["{ONE}"]\n'])
def test_keys_come_from_a_file_that_a_setting_names(tmp_path: Path, text: str) -> None:
    file = tmp_path / "keys"
    file.write_text(text)
    ring = open_privacy_keys(settings(keys_file=file), tmp_path, SettableClock()).current()
    assert [key.secret.hex() for key in ring.keys] == [ONE]


def test_a_copy_of_the_private_file_may_be_named(tmp_path: Path) -> None:
    made = PrivacyFile(tmp_path, NOON).current()
    copied = settings(keys_file=tmp_path / PRIVACY_FILE)
    assert open_privacy_keys(copied, tmp_path / "other", SettableClock()).current() == made


@pytest.mark.parametrize("text", ["hush", "[]", f'["{ONE}", "{ONE}"]', '["hush"]', "[1]", "[[]]"])
def test_wrong_keys_are_refused_without_repeating_them(tmp_path: Path, text: str) -> None:
    with pytest.raises(ValidationError) as refused:
        settings(keys=text)
    assert "hush" not in str(refused.value)
    assert ONE not in str(refused.value)
    file = tmp_path / "keys"
    file.write_text(text)
    with pytest.raises(InvalidKeyError, match="holds no keys") as of_file:
        open_privacy_keys(settings(keys_file=file), tmp_path, SettableClock())
    assert "hush" not in str(of_file.value)


def test_a_missing_file_and_two_sources_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidKeyError, match="cannot be read"):
        open_privacy_keys(settings(keys_file=tmp_path / "no"), tmp_path, SettableClock())
    both = settings(keys=ONE, keys_file=tmp_path / "no")
    with pytest.raises(InvalidKeyError, match="unset one"):
        open_privacy_keys(both, tmp_path, SettableClock())
