"""The signing keys of a home folder, as processes make, read and change them."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest

from personalization.domain.errors import StoreUnavailableError, SupersededError
from personalization.domain.session import SESSION_LIFE
from personalization.signing.ring_file import FORMER_FILE, RING_FILE, RingFile
from personalization.signing.rotation import SIGNS_AFTER, drop_spent_keys
from personalization.signing.signing_ring import MOST_KEYS, SigningKey, SigningRing
from tests.builders.access.audit_book import AuditBook
from tests.builders.access.signing_keys import rotate
from tests.builders.moments import NOON
from tests.builders.settable_clock import SettableClock


def test_processes_that_start_at_once_make_one_key_and_keep_it_from_others(tmp_path: Path) -> None:
    home = tmp_path / "home"
    with ThreadPoolExecutor(8) as pool:
        files = list(pool.map(lambda _: RingFile(home, NOON), range(8)))
    assert len({file.current().keys[0].key_id for file in files}) == 1
    assert [path.name for path in home.iterdir()] == [RING_FILE]
    assert (home / RING_FILE).stat().st_mode & 0o777 == 0o600


def test_the_key_of_a_former_release_is_the_first_and_goes_with_its_file(tmp_path: Path) -> None:
    clock = SettableClock()
    (tmp_path / FORMER_FILE).write_bytes(b"f" * 64)
    file = RingFile(tmp_path, clock.now())
    assert file.current().keys[0].secret == b"f" * 64
    rotate(file, clock)
    assert (tmp_path / FORMER_FILE).exists()
    clock.advance(SIGNS_AFTER + SESSION_LIFE)
    drop_spent_keys(file, clock)
    assert not (tmp_path / FORMER_FILE).exists()
    assert len(file.current().keys) == 1


@pytest.mark.parametrize("cut", [b"", b"0123456789abcdef"])
def test_a_former_key_that_was_cut_signs_nothing(tmp_path: Path, cut: bytes) -> None:
    (tmp_path / FORMER_FILE).write_bytes(cut)
    with pytest.raises(StoreUnavailableError, match="remove it"):
        RingFile(tmp_path, NOON)


@pytest.mark.parametrize(
    "damage",
    [
        "",
        "{}",
        '{"shop":"shop","keys":[]}',
        '{"shop":"shop","keys":[{"secret":"ab","signs_from":"2026-01-01T00:00:00Z"}]}',
    ],
)
def test_a_damaged_file_signs_nothing_but_a_running_process_goes_on(
    tmp_path: Path, damage: str
) -> None:
    running = RingFile(tmp_path, NOON)
    before = running.current()
    (tmp_path / RING_FILE).write_text(damage)
    with pytest.raises(StoreUnavailableError, match="remove it"):
        RingFile(tmp_path, NOON)
    running.refresh()
    assert running.current() is before


def test_another_process_reads_a_new_key_before_anybody_signs_by_it(tmp_path: Path) -> None:
    clock = SettableClock()
    here, elsewhere = RingFile(tmp_path, clock.now()), RingFile(tmp_path, clock.now())
    old = here.current().signing(clock.now())
    new = rotate(here, clock).keys[0]
    assert here.current().signing(clock.now()) == old
    elsewhere.refresh()
    assert elsewhere.current().find(new.key_id) == new
    clock.advance(SIGNS_AFTER)
    assert here.current().signing(clock.now()) == new


def test_two_rotations_at_once_both_count(tmp_path: Path) -> None:
    clock = SettableClock()
    files = [RingFile(tmp_path, clock.now()) for _ in range(4)]
    with ThreadPoolExecutor(4) as pool:
        made = list(pool.map(lambda file: rotate(file, clock).keys[0].key_id, files))
    kept = [key.key_id for key in RingFile(tmp_path, clock.now()).current().keys]
    assert len(kept) == 5
    assert set(made) < set(kept)


def test_more_keys_than_are_read_are_refused_before_anything_is_written(tmp_path: Path) -> None:
    clock = SettableClock()
    file = RingFile(tmp_path, clock.now())
    for _ in range(MOST_KEYS - 1):
        rotate(file, clock)
        clock.advance(timedelta(minutes=1))
    before = (tmp_path / RING_FILE).read_bytes()
    with pytest.raises(SupersededError, match="--end-sessions"):
        rotate(file, clock)
    assert (tmp_path / RING_FILE).read_bytes() == before
    assert len(rotate(file, clock, end_sessions=True).keys) == 1


@pytest.mark.parametrize("keys", [(), (b"a", b"a"), tuple(map(str.encode, "abcdefghi"))])
def test_a_ring_has_some_keys_each_of_them_once(keys: tuple[bytes, ...]) -> None:
    with pytest.raises(ValueError, match="signing key"):
        SigningRing.of_secrets(keys)


def test_no_key_shows_its_secret() -> None:
    assert "hush" not in repr(SigningRing((SigningKey(b"hush"),)))


def test_a_rotation_is_in_the_audit_log_without_a_secret(tmp_path: Path) -> None:
    clock, audit = SettableClock(), AuditBook()
    file = RingFile(tmp_path, clock.now())
    old = file.current().keys[0]
    new = rotate(file, clock, audit).keys[0]
    rotate(file, clock, audit, end_sessions=True)
    first, second = audit.entries
    assert (first.author, first.action, first.subject) == ("ann", "signing_keys.rotate", new.key_id)
    assert (first.before, first.after) == (f'["{old.key_id}"]', f'["{new.key_id}","{old.key_id}"]')
    assert second.note == "all sessions ended"
    assert new.secret.hex() not in repr(audit.entries)
