from collections.abc import Iterator
from datetime import timedelta

import pytest

from personalization.domain.access.api_key import AccessRole, KeyKind
from personalization.domain.errors import StoreUnavailableError
from personalization.keys.current_keys import CurrentKeys
from personalization.keys.editor import GRACE, KeyEditor, NewKey, Operator
from personalization.keys.key_book import decode_keys, encode_keys
from personalization.keys.key_text import make_key_text
from personalization.ports.plan_store import KEYS, Plan, PlanStore
from tests.builders.access.api_key import an_api_key
from tests.builders.moments import NOON
from tests.builders.settable_clock import SettableClock

ADA = Operator("ada")
SERVER = NewKey(kind=KeyKind.SECRET, name="shop system")


@pytest.fixture
def keys(plans: PlanStore) -> CurrentKeys:
    """Return keys that look at every call."""
    return CurrentKeys(plans, with_development=False, every_seconds=0)


@pytest.fixture
def running(plans: PlanStore) -> Iterator[CurrentKeys]:
    """Return keys that never look by themselves again within the test."""
    keys = CurrentKeys(plans, with_development=False, every_seconds=3_600)
    keys.start()
    yield keys
    keys.stop()


def test_a_key_is_found_by_its_text(editor: KeyEditor, keys: CurrentKeys) -> None:
    made = editor.create(SERVER, ADA)
    for _ in range(2):
        assert keys.find(made.text, NOON) == made.key


def test_other_texts_find_nothing(editor: KeyEditor, keys: CurrentKeys) -> None:
    made = editor.create(SERVER, ADA)
    other = make_key_text(KeyKind.SECRET, made.key.key_id).text
    unknown = make_key_text(KeyKind.SECRET).text
    publishable = made.text.replace("sk_", "pk_")
    for text in (other, unknown, publishable, "", "x" * 100_000, "sk_ż"):
        assert keys.find(text, NOON) is None


def test_a_revoked_key_is_refused_by_the_next_look(editor: KeyEditor, keys: CurrentKeys) -> None:
    made = editor.create(SERVER, ADA)
    assert keys.find(made.text, NOON) is not None
    editor.revoke(made.key.key_id, ADA)
    assert keys.find(made.text, NOON) is None


def test_a_revoked_key_is_refused_by_a_process_whose_clock_is_behind(
    editor: KeyEditor, keys: CurrentKeys
) -> None:
    made = editor.create(SERVER, ADA)
    editor.revoke(made.key.key_id, ADA)
    behind = NOON - timedelta(minutes=5)
    assert keys.find(made.text, behind) is None
    assert keys.holding(behind) == []


def test_a_key_expires_between_two_looks(editor: KeyEditor, running: CurrentKeys) -> None:
    end = NOON + timedelta(days=1)
    made = editor.create(NewKey(kind=KeyKind.SECRET, name="guest", expires_at=end), ADA)
    running.refresh()
    assert running.find(made.text, end - timedelta(seconds=1)) is not None
    assert running.find(made.text, end) is None


def test_the_former_secret_holds_for_its_time(
    editor: KeyEditor, keys: CurrentKeys, clock: SettableClock
) -> None:
    first = editor.create(SERVER, ADA)
    second = editor.rotate(first.key.key_id, ADA)
    assert keys.find(first.text, clock.now()) == keys.find(second.text, clock.now()) == second.key
    clock.advance(GRACE)
    assert keys.find(first.text, clock.now()) is None
    assert keys.find(second.text, clock.now()) == second.key
    third = editor.rotate(first.key.key_id, ADA, timedelta(0))
    assert keys.find(second.text, clock.now()) is None
    assert keys.find(third.text, clock.now()) == third.key


def test_the_thread_looks_and_callers_do_not_wait(editor: KeyEditor, running: CurrentKeys) -> None:
    made = editor.create(SERVER, ADA)
    assert running.find(made.text, NOON) is None
    running.refresh()
    assert running.find(made.text, NOON) == made.key
    running.stop()
    running.start()
    assert running.find(made.text, NOON) == made.key


def test_keys_made_without_set_up_hold_on_loopback_only(
    editor: KeyEditor, plans: PlanStore
) -> None:
    wanted = NewKey(kind=KeyKind.SECRET, name="dev", role=AccessRole.OWNER, is_development=True)
    made = editor.create(wanted, ADA)
    assert not editor.book().has_own_key(NOON)
    for with_development in (True, False):
        keys = CurrentKeys(plans, with_development=with_development, every_seconds=0)
        assert (keys.find(made.text, NOON) is not None) is with_development


class FallingStore:
    """A store of plans that goes away after what it has was read."""

    def __init__(self, *bodies: bytes) -> None:
        self._plans = [Plan(name=KEYS, version=1, written_at=NOON, body=body) for body in bodies]

    def read(self, name: str) -> Plan | None:
        del name
        if not self._plans:
            raise StoreUnavailableError
        return self._plans.pop()

    def write(self, name: str, body: bytes, after: int, author: str | None = None) -> int:
        raise NotImplementedError

    def versions(self, name: str) -> list[int]:
        raise NotImplementedError

    def read_version(self, name: str, version: int) -> Plan | None:
        raise NotImplementedError

    def discard(self, name: str, before: int) -> None:
        raise NotImplementedError

    def names(self, prefix: str) -> list[str]:
        raise NotImplementedError

    def remove(self, name: str) -> None:
        raise NotImplementedError


def test_known_keys_stay_while_the_store_is_away() -> None:
    text = make_key_text(KeyKind.SECRET)
    key = an_api_key(text.key_id, digests=(text.digest,))
    body = encode_keys(decode_keys(b'{"keys":[]}').with_key(key, NOON))
    keys = CurrentKeys(FallingStore(body), with_development=False, every_seconds=0)
    for _ in range(3):
        assert keys.find(text.text, NOON) == key


def test_keys_that_could_not_be_read_yet_say_so(plans: PlanStore) -> None:
    unread = CurrentKeys(FallingStore(), with_development=False, every_seconds=0)
    assert unread.find(make_key_text(KeyKind.SECRET).text, NOON) is None
    assert not unread.have_answer
    empty = CurrentKeys(plans, with_development=False, every_seconds=0)
    assert empty.find(make_key_text(KeyKind.SECRET).text, NOON) is None
    assert empty.have_answer


def test_a_document_that_cannot_be_read_leaves_the_keys(
    editor: KeyEditor, keys: CurrentKeys, plans: PlanStore
) -> None:
    made = editor.create(SERVER, ADA)
    assert keys.find(made.text, NOON) == made.key
    plans.write(KEYS, b'{"keys":[{"kind":"?"}]}', 1)
    assert keys.find(made.text, NOON) == made.key


def test_the_same_book_is_the_same_bytes_and_comes_back(editor: KeyEditor) -> None:
    editor.create(SERVER, ADA)
    book = editor.book()
    assert decode_keys(encode_keys(book)) == book
    assert encode_keys(book) == encode_keys(decode_keys(encode_keys(book)))
