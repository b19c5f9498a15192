import stat
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event

import pytest

from personalization.domain.access.api_key import AccessRole, KeyKind
from personalization.domain.errors import InvalidKeyError, NoKeysError, StoreUnavailableError
from personalization.keys.editor import KeyEditor, NewKey, Operator
from personalization.keys.first_keys import DEVELOPMENT_FILE, FirstKeys, KeyStart, ServedPlace
from personalization.keys.key_book import KeyBook
from personalization.keys.key_text import make_key_text
from personalization.keys.keys_file import make_keys_file, read_keys_file
from personalization.ports.audit_log import AuditLog
from personalization.ports.plan_store import Plan, PlanStore
from tests.builders.settable_clock import SettableClock

ADA = Operator("ada")
OWNER = NewKey(kind=KeyKind.SECRET, name="owner", role=AccessRole.OWNER)
GIVEN = make_key_text(KeyKind.PUBLISHABLE).text
Start = Callable[..., FirstKeys]


@pytest.fixture
def start(tmp_path: Path, editor: KeyEditor, clock: SettableClock) -> Start:
    """Return what starts a server here, or elsewhere, and returns its keys."""

    def run(*, is_own: bool = True, **fields: Path | str | None) -> FirstKeys:
        place = ServedPlace(home=tmp_path, address="0.0.0.0:80", is_own=is_own, **fields)  # type: ignore[arg-type]
        with KeyStart(editor, clock, place).keys() as keys:
            return keys

    return run


def test_a_first_start_on_this_machine_makes_two_keys_and_prints_them(
    start: Start, editor: KeyEditor, tmp_path: Path
) -> None:
    keys = start()
    file = tmp_path / DEVELOPMENT_FILE
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    page, owner = read_keys_file(file).keys
    assert keys.page_key == page.text
    assert all(text in keys.notice for text in (page.text, owner.text, str(file)))
    assert [(key.kind, key.role, key.is_development) for key in editor.book().keys] == [
        (KeyKind.PUBLISHABLE, None, True),
        (KeyKind.SECRET, AccessRole.OWNER, True),
    ]


def test_the_next_start_says_where_they_are_and_prints_no_text(
    start: Start, editor: KeyEditor, tmp_path: Path
) -> None:
    first = start()
    book = editor.book()
    again = start()
    assert (again.page_key, editor.book()) == (first.page_key, book)
    assert str(tmp_path / DEVELOPMENT_FILE) in again.notice
    assert "sk_" not in again.notice


def test_keys_that_were_made_before_the_first_start_are_enough(
    start: Start, editor: KeyEditor, tmp_path: Path
) -> None:
    editor.create(OWNER, ADA)
    assert start() == FirstKeys(None)
    assert start(is_own=False, page_key=GIVEN) == FirstKeys(GIVEN)
    assert not (tmp_path / DEVELOPMENT_FILE).exists()


def test_elsewhere_a_server_without_keys_does_not_start(
    start: Start, editor: KeyEditor, tmp_path: Path
) -> None:
    with pytest.raises(NoKeysError, match=r"fitting-room keys create .* --secret --role owner"):
        start(is_own=False)
    assert (editor.book(), list(tmp_path.glob("*.json"))) == (KeyBook(), [])
    start()
    with pytest.raises(NoKeysError):
        start(is_own=False)
    made = editor.create(OWNER, ADA)
    assert start(is_own=False).page_key is None
    editor.revoke(made.key.key_id, ADA, force=True)
    with pytest.raises(NoKeysError):
        start(is_own=False)


def test_the_page_loses_a_key_that_was_revoked_or_rotated_away(
    start: Start, editor: KeyEditor
) -> None:
    start()
    page = editor.book().keys[0].key_id
    editor.rotate(page, ADA)
    assert start().page_key is not None
    editor.revoke(page, ADA)
    assert start().page_key is None
    assert editor.book().get(page).revoked_at is not None


def test_a_file_of_keys_is_registered_wherever_the_server_is(
    start: Start, editor: KeyEditor, tmp_path: Path
) -> None:
    file = tmp_path / "given.json"
    texts = [key.text for key in make_keys_file(file, ["https://shop.example"]).keys]
    for is_own in (False, True):
        assert start(is_own=is_own, keys_file=file) == FirstKeys(texts[0])
    assert start(is_own=False, keys_file=file, page_key=GIVEN).page_key == GIVEN
    assert [key.is_development for key in editor.book().keys] == [False, False]
    file.write_text("{}")
    with pytest.raises(InvalidKeyError, match="no file of keys"):
        start(is_own=False, keys_file=file)


def test_servers_that_start_at_once_have_the_same_keys(start: Start, editor: KeyEditor) -> None:
    with ThreadPoolExecutor(4) as pool:
        keys = list(pool.map(lambda _: start(), range(4)))
    assert len({found.page_key for found in keys}) == 1
    assert len(editor.book().keys) == 2


class ReturningStore:
    """A store of plans that is away until it is said to be back."""

    def __init__(self, plans: PlanStore) -> None:
        self._plans = plans
        self.back = False
        self.written = Event()

    def read(self, name: str) -> Plan | None:
        if not self.back:
            raise StoreUnavailableError
        return self._plans.read(name)

    def write(self, name: str, body: bytes, after: int, author: str | None = None) -> int:
        version = self._plans.write(name, body, after, author)
        if version > 1:
            self.written.set()
        return version

    def versions(self, name: str) -> list[int]:
        raise NotImplementedError

    def read_version(self, name: str, version: int) -> Plan | None:
        raise NotImplementedError

    def discard(self, name: str, before: int) -> None:
        self._plans.discard(name, before)

    def names(self, prefix: str) -> list[str]:
        raise NotImplementedError

    def remove(self, name: str) -> None:
        raise NotImplementedError


def test_while_the_store_is_away_the_server_starts_and_its_keys_follow(
    tmp_path: Path,
    plans: PlanStore,
    audit: AuditLog,
    clock: SettableClock,
    editor: KeyEditor,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("personalization.keys.first_keys.RETRY_SECONDS", 0.01)
    made = make_keys_file(tmp_path / "given.json", ["https://shop.example"])
    place = ServedPlace(home=tmp_path, address="a", is_own=False, keys_file=tmp_path / "given.json")
    store = ReturningStore(plans)
    with KeyStart(KeyEditor(store, audit, clock), clock, place).keys() as keys:
        assert keys.page_key == made.page_key()
        assert editor.book() == KeyBook()
        store.back = True
        assert store.written.wait(10)
    assert [key.key_id for key in editor.book().keys] == made.key_ids()
