import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest

from personalization.domain.access.api_key import (
    PUBLISHABLE_SCOPES,
    SERVER_SCOPES,
    AccessRole,
    ApiKey,
    KeyKind,
    RateLimit,
    Scope,
)
from personalization.domain.access.audit import AuditEntry
from personalization.domain.access.shop import SHOP
from personalization.domain.errors import InvalidKeyError, KeyRightsError, UnknownKeyError
from personalization.keys.editor import (
    GRACE,
    KEPT_VERSIONS,
    KeyChange,
    KeyEditor,
    MadeKey,
    NewKey,
    Operator,
)
from personalization.keys.key_book import MAXIMUM_KEYS, KeyBook, encode_keys
from personalization.keys.key_text import make_key_text
from personalization.ports.audit_log import AuditLog
from personalization.ports.plan_store import KEYS, PlanStore
from tests.builders.access.api_key import an_api_key
from tests.builders.moments import NOON
from tests.builders.settable_clock import SettableClock

ADA = Operator("ada")
SECOND = timedelta(seconds=1)
OWNER = NewKey(kind=KeyKind.SECRET, name="owner", role=AccessRole.OWNER)
SERVER = NewKey(kind=KeyKind.SECRET, name="shop system")
PAGE = NewKey(kind=KeyKind.PUBLISHABLE, name="page", origins=("https://shop.example",))


def newest(audit: AuditLog) -> AuditEntry:
    return audit.newest(SHOP, 1)[0]


def made_with(editor: KeyEditor, **fields: object) -> MadeKey:
    return editor.create(replace(SERVER, **fields), ADA)  # type: ignore[arg-type]


def by(key: ApiKey) -> Operator:
    return Operator(f"key:{key.key_id}", key)


def test_keys_have_the_scopes_of_their_kind_or_of_their_role(editor: KeyEditor) -> None:
    server, page, owner = (editor.create(wanted, ADA).key for wanted in (SERVER, PAGE, OWNER))
    assert (server.scopes, page.scopes, owner.scopes) == (
        SERVER_SCOPES,
        PUBLISHABLE_SCOPES,
        frozenset(),
    )
    assert all(owner.allows(scope) for scope in Scope)
    assert editor.book() == KeyBook((server, page, owner))


def test_nothing_that_is_kept_has_the_secret(
    editor: KeyEditor, plans: PlanStore, audit: AuditLog
) -> None:
    made = [editor.create(SERVER, ADA)]
    made.append(editor.rotate(made[0].key.key_id, ADA))
    plan = plans.read(KEYS)
    assert plan is not None
    kept = plan.body.decode() + repr(audit.newest(SHOP, 10)) + repr(made)
    for key in made:
        assert key.text.rpartition("_")[2] not in kept


def test_each_change_is_in_the_audit_log(
    editor: KeyEditor, audit: AuditLog, clock: SettableClock
) -> None:
    key_id = editor.create(PAGE, ADA).key.key_id
    assert (newest(audit).action, newest(audit).before) == ("keys.create", None)
    clock.advance(SECOND)
    editor.rotate(key_id, ADA)
    assert newest(audit).action == "keys.rotate"
    clock.advance(SECOND)
    editor.change(key_id, KeyChange(limit=RateLimit(per_second=5, per_day=0)), ADA)
    entry = newest(audit)
    assert (entry.author, entry.action, entry.subject) == ("ada", "keys.change", key_id)
    assert json.loads(entry.before or "")["limit"] is None
    assert json.loads(entry.after or "")["limit"] == {"per_second": 5, "per_day": 0}
    clock.advance(SECOND)
    editor.revoke(key_id, ADA)
    assert json.loads(newest(audit).after or "")["state"] == "revoked"
    assert "digests" not in (newest(audit).after or "")
    assert len(audit.newest(SHOP, 10)) == 4


@pytest.mark.parametrize(
    ("wanted", "sentence"),
    [
        (replace(PAGE, origins=()), "needs the origins"),
        (replace(PAGE, origins=("https://shop.example/page",)), "no origin"),
        (replace(PAGE, scopes=frozenset({Scope.TRACK, Scope.CATALOGUE_WRITE})), "catalogue:write"),
        (replace(PAGE, role=AccessRole.VIEWER), "known to everybody"),
        (replace(SERVER, origins=("https://shop.example",)), "no origins"),
        (replace(SERVER, scopes=frozenset()), "allow nothing"),
        (replace(SERVER, name="  "), "name says"),
        (replace(SERVER, name="a\x1b[2J"), "name says"),
        (replace(SERVER, name="n" * 101), "name says"),
        (replace(SERVER, expires_at=NOON), "expired already"),
        (replace(SERVER, limit=RateLimit(per_second=0, per_day=0)), "a second"),
        (replace(SERVER, limit=RateLimit(per_second=1, per_day=-1)), "a day"),
    ],
)
def test_a_key_that_must_not_be_is_refused(
    editor: KeyEditor, audit: AuditLog, wanted: NewKey, sentence: str
) -> None:
    with pytest.raises(InvalidKeyError, match=sentence):
        editor.create(wanted, ADA)
    assert (editor.book(), list(audit.newest(SHOP, 1))) == (KeyBook(), [])


def test_a_rotated_key_holds_by_both_secrets_for_a_day(
    editor: KeyEditor, clock: SettableClock
) -> None:
    first = editor.create(SERVER, ADA)
    second = editor.rotate(first.key.key_id, ADA)
    assert second.key.digests[1:] == first.key.digests
    assert second.key.former_until == clock.now() + GRACE
    third = editor.rotate(first.key.key_id, ADA)
    assert third.key.digests[1:] == second.key.digests[:1]
    last = editor.rotate(first.key.key_id, ADA, timedelta(0))
    assert (len(last.key.digests), last.key.former_until) == (1, None)
    assert len({made.text for made in (first, second, third, last)}) == 4
    assert {made.text[:15] for made in (first, second, third, last)} == {first.text[:15]}


def test_a_grace_period_has_an_end(editor: KeyEditor) -> None:
    key_id = editor.create(SERVER, ADA).key.key_id
    for grace in (timedelta(days=91), timedelta(seconds=-1)):
        with pytest.raises(InvalidKeyError, match="0 to 90 days"):
            editor.rotate(key_id, ADA, grace)


def test_what_is_over_stays_over(editor: KeyEditor, audit: AuditLog, clock: SettableClock) -> None:
    key_id = editor.create(SERVER, ADA).key.key_id
    revoked = editor.revoke(key_id, ADA)
    clock.advance(timedelta(hours=1))
    assert editor.revoke(key_id, ADA) == revoked
    assert len(audit.newest(SHOP, 10)) == 2
    with pytest.raises(InvalidKeyError, match="is over"):
        editor.rotate(key_id, ADA)
    with pytest.raises(InvalidKeyError, match="is over"):
        editor.change(key_id, KeyChange(expires_at=NOON + timedelta(days=3)), ADA)


def test_a_key_that_is_not_there_is_named(editor: KeyEditor) -> None:
    for attempt in (
        lambda: editor.rotate("nobody", ADA),
        lambda: editor.revoke("nobody", ADA),
        lambda: editor.change("nobody", KeyChange(name="x"), ADA),
    ):
        with pytest.raises(UnknownKeyError, match="'nobody'"):
            attempt()


def test_the_last_owner_key_stays_unless_forced(editor: KeyEditor, clock: SettableClock) -> None:
    first = editor.create(OWNER, ADA).key.key_id
    brief = editor.create(replace(OWNER, expires_at=NOON + timedelta(hours=1)), ADA).key.key_id
    clock.advance(timedelta(hours=2))
    assert not editor.book().get(brief).is_in_force(clock.now())
    with pytest.raises(InvalidKeyError, match="last owner"):
        editor.revoke(first, ADA)
    second = editor.create(OWNER, ADA).key.key_id
    editor.revoke(first, ADA)
    assert editor.revoke(second, ADA, force=True).revoked_at == clock.now()


def test_a_maker_gives_no_scope_that_it_lacks(editor: KeyEditor) -> None:
    maker = made_with(editor, scopes=frozenset({Scope.KEYS_WRITE, Scope.TRACK})).key
    with pytest.raises(KeyRightsError, match="catalogue:read"):
        editor.create(SERVER, by(maker))
    with pytest.raises(KeyRightsError, match="audit:read"):
        editor.create(OWNER, by(maker))
    given = editor.create(replace(SERVER, scopes=frozenset({Scope.TRACK})), by(maker))
    assert given.key.scopes == {Scope.TRACK}


def test_a_maker_renews_or_changes_no_key_that_has_more(editor: KeyEditor) -> None:
    owner = editor.create(OWNER, ADA).key
    maker = made_with(editor, scopes=frozenset({Scope.KEYS_WRITE})).key
    with pytest.raises(KeyRightsError):
        editor.rotate(owner.key_id, by(maker))
    with pytest.raises(KeyRightsError):
        editor.change(owner.key_id, KeyChange(name="mine"), by(maker))
    assert editor.book().get(owner.key_id) == owner
    assert editor.rotate(maker.key_id, by(maker)).key.key_id == maker.key_id


def test_a_maker_gives_no_longer_life_and_no_higher_limit(editor: KeyEditor) -> None:
    end, limit = NOON + timedelta(days=7), RateLimit(per_second=10, per_day=1_000)
    maker = made_with(editor, role=AccessRole.OWNER, expires_at=end, limit=limit).key
    given = editor.create(SERVER, by(maker)).key
    assert (given.expires_at, given.limit) == (end, limit)
    for change in (
        KeyChange(expires_at=end + timedelta(days=1)),
        KeyChange(limit=RateLimit(per_second=11, per_day=1_000)),
        KeyChange(limit=RateLimit(per_second=10, per_day=0)),
    ):
        with pytest.raises(KeyRightsError):
            editor.change(given.key_id, change, by(maker))
        with pytest.raises(KeyRightsError):
            editor.change(maker.key_id, change, by(maker))
    lower = KeyChange(limit=RateLimit(per_second=1, per_day=10))
    assert editor.change(given.key_id, lower, by(maker)).limit == lower.limit


def test_two_who_make_keys_at_once_lose_none(editor: KeyEditor) -> None:
    with ThreadPoolExecutor(4) as pool:
        made = list(pool.map(lambda _: editor.create(SERVER, ADA), range(8)))
    assert {key.key_id for key in editor.book().keys} == {made.key.key_id for made in made}


def test_few_versions_are_kept(editor: KeyEditor, plans: PlanStore) -> None:
    for _ in range(KEPT_VERSIONS + 5):
        editor.create(SERVER, ADA)
    assert len(plans.versions(KEYS)) == KEPT_VERSIONS


def test_the_room_of_what_is_over_is_used_again() -> None:
    keys = tuple(an_api_key(f"k{number:011}") for number in range(MAXIMUM_KEYS))
    with pytest.raises(InvalidKeyError, match="no room"):
        KeyBook(keys).with_key(an_api_key(), NOON)
    over = replace(keys[7], revoked_at=NOON)
    earlier = replace(keys[8], expires_at=NOON - timedelta(days=1))
    book = KeyBook((*keys[:7], over, earlier, *keys[9:])).with_key(an_api_key(), NOON)
    assert len(book.keys) == MAXIMUM_KEYS
    assert book.find(over.key_id) == over
    assert book.find(earlier.key_id) is None


def test_a_revoked_key_of_a_file_is_never_forgotten(
    editor: KeyEditor, plans: PlanStore, clock: SettableClock
) -> None:
    text = make_key_text(KeyKind.SECRET)
    leaked = editor.register(SERVER, text.text, ADA)
    assert leaked is not None
    editor.revoke(leaked.key_id, ADA)
    keys = tuple(an_api_key(f"k{number:011}") for number in range(MAXIMUM_KEYS - 1))
    plans.write(KEYS, encode_keys(KeyBook((*editor.book().keys, *keys))), 2)

    with pytest.raises(InvalidKeyError, match="no room"):
        editor.create(SERVER, ADA)
    clock.advance(SECOND)
    editor.revoke(keys[-1].key_id, ADA)
    editor.create(SERVER, ADA)

    assert editor.book().find(keys[-1].key_id) is None
    # As a server does that starts with the file.
    assert editor.register(SERVER, text.text, ADA) is None


def test_a_text_made_elsewhere_is_registered_once(editor: KeyEditor, audit: AuditLog) -> None:
    text = make_key_text(KeyKind.SECRET)
    first = editor.register(SERVER, f"{text.text}\n", ADA)
    assert first is not None
    assert first.digests == (text.digest,)
    editor.revoke(first.key_id, ADA)
    assert editor.register(SERVER, text.text, ADA) is None
    assert editor.book().get(first.key_id).revoked_at is not None
    assert len(audit.newest(SHOP, 10)) == 2


@pytest.mark.parametrize(
    "text",
    ["secret", "", make_key_text(KeyKind.PUBLISHABLE).text],
    ids=["of no form", "empty", "of a page"],
)
def test_a_text_that_is_none_of_its_kind_is_refused(editor: KeyEditor, text: str) -> None:
    with pytest.raises(InvalidKeyError, match="not written as keys are"):
        editor.register(SERVER, text, ADA)
