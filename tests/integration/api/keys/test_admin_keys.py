"""Keys and the audit log over HTTP: the caller's own key bounds what it may give."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from datetime import timedelta
from typing import Any

import httpx
import pytest

from api.keys.shown_key import KEY_HEADER
from api.state import ApiServices
from personalization.domain.access.api_key import AccessRole, RateLimit, Scope
from personalization.keys.key_book import KeyBook, encode_keys
from personalization.ports.plan_store import KEYS
from personalization.ports.stores import KeptStores
from tests.builders.access.known_keys import OF_ROLE, SERVER, key_of, known_book
from tests.builders.moments import NOON
from tests.builders.settable_clock import SettableClock
from tests.builders.wire_event import SESSION

OWNER = OF_ROLE[AccessRole.OWNER]
PAGE = {"kind": "publishable", "name": "page", "origins": ["https://other.example"]}
PATH = "/v1/admin/keys"


ClientOf = Callable[[str], httpx.Client]


@pytest.fixture
def client_of(address: str, clock: SettableClock) -> Iterator[ClientOf]:
    """Return what makes clients that show a key; a second passes with each call."""

    def pass_second(_: httpx.Request) -> None:
        clock.advance(timedelta(seconds=1))

    with ExitStack() as opened:
        yield lambda text: opened.enter_context(
            httpx.Client(
                base_url=address,
                headers={KEY_HEADER: text},
                event_hooks={"request": [pass_second]},
            )
        )


@pytest.fixture
def owner(client_of: ClientOf) -> httpx.Client:
    return client_of(OWNER)


def problem(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["type"].removeprefix("/problems/")


def create(client: httpx.Client, **fields: Any) -> httpx.Response:
    return client.post(PATH, json={"kind": "secret", "name": "made", **fields})


def test_a_key_is_made_used_limited_rotated_and_revoked(
    owner: httpx.Client, client_of: ClientOf, services: ApiServices
) -> None:
    made = create(owner, scopes=["catalogue:read", "recommendations"])
    assert made.status_code == 201
    assert made.headers["cache-control"] == "no-store"
    text, key_id = made.json()["text"], made.json()["key"]["id"]
    services.keys.refresh()
    assert client_of(text).get("/v1/products?ids=shirt-1").status_code == 200

    changed = owner.patch(f"{PATH}/{key_id}", json={"limit": {"per_second": 9}, "name": "now"})
    assert (changed.json()["limit"], changed.json()["name"]) == (
        {"per_second": 9, "per_day": 0},
        "now",
    )
    rotated = owner.post(f"{PATH}/{key_id}/rotate", json={"grace_hours": 0}).json()
    assert rotated["text"] != text
    services.keys.refresh()
    assert client_of(text).get("/v1/products?ids=shirt-1").status_code == 401
    assert client_of(rotated["text"]).get("/v1/products?ids=shirt-1").status_code == 200
    assert owner.delete(f"{PATH}/{key_id}").json()["state"] == "revoked"
    services.keys.refresh()
    assert client_of(rotated["text"]).get("/v1/products?ids=shirt-1").status_code == 401
    assert problem(owner.post(f"{PATH}/{key_id}/rotate")) == (422, "invalid-key")

    told = owner.get("/v1/admin/audit", params={"subject": key_id}).json()["entries"]
    assert [entry["action"] for entry in told] == [
        "keys.revoke", "keys.rotate", "keys.change", "keys.create",
    ]  # fmt: skip
    assert {entry["author"] for entry in told} == {f"key:{OWNER.split('_')[1]}"}
    assert text.rpartition("_")[2] not in str(told)


def test_a_stream_ends_with_the_key_that_opened_it(
    owner: httpx.Client, client_of: ClientOf, services: ApiServices
) -> None:
    made = create(owner, scopes=["profiles"]).json()
    services.keys.refresh()
    with client_of(made["text"]).stream("GET", f"/v1/profiles/{SESSION}/stream") as stream:
        lines = stream.iter_lines()
        assert next(lines).startswith("id:")
        owner.delete(f"{PATH}/{made['key']['id']}")
        assert ": the stream ends, connect again" in list(lines)


def test_the_list_is_paged_and_shows_no_digest(owner: httpx.Client) -> None:
    whole = owner.get(PATH).json()
    assert whole["total"] == len(whole["keys"]) == len(known_book().keys)
    assert "digests" not in str(whole)
    part = owner.get(PATH, params={"limit": 2, "offset": 1}).json()
    assert part["keys"] == whole["keys"][1:3]


def test_a_role_reads_or_writes_keys_as_it_may(client_of: ClientOf) -> None:
    operator = client_of(OF_ROLE[AccessRole.OPERATOR])
    assert operator.get(PATH).status_code == 200
    assert operator.get("/v1/admin/audit").status_code == 200
    assert problem(create(operator)) == (403, "key-scope")
    assert problem(client_of(SERVER).get(PATH)) == (403, "key-scope")


def test_a_caller_gives_no_more_than_it_has(
    owner: httpx.Client, client_of: ClientOf, services: ApiServices
) -> None:
    end = (NOON + timedelta(days=5_000)).isoformat()
    limited = create(
        owner, scopes=["keys:write", "track"], limit={"per_second": 500}, expires_at=end
    ).json()
    services.keys.refresh()
    caller = client_of(limited["text"])
    assert problem(create(caller)) == (403, "key-rights")
    assert problem(create(caller, role="owner")) == (403, "key-rights")
    assert problem(create(caller, scopes=["track"], limit={"per_second": 600})) == (
        403,
        "key-rights",
    )
    owner_id = OWNER.split("_")[1]
    for change in (
        caller.post(f"{PATH}/{owner_id}/rotate"),
        caller.patch(f"{PATH}/{owner_id}", json={"name": "mine"}),
        caller.patch(f"{PATH}/{limited['key']['id']}", json={"limit": {"per_second": 5000}}),
    ):
        assert problem(change) == (403, "key-rights")
    given = create(caller, scopes=["track"]).json()["key"]
    assert given["limit"] == {"per_second": 500, "per_day": 0}
    assert given["expires_at"] == limited["key"]["expires_at"]


def test_the_last_owner_does_not_end_itself(owner: httpx.Client) -> None:
    answer = owner.delete(f"{PATH}/{OWNER.split('_')[1]}")
    assert problem(answer) == (422, "invalid-key")
    assert "last owner" in answer.json()["detail"]


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({**PAGE, "origins": ["https://a.example/page"]}, (422, "invalid-key")),
        ({**PAGE, "origins": []}, (422, "invalid-key")),
        ({**PAGE, "scopes": ["keys:write"]}, (422, "invalid-key")),
        ({**PAGE, "origins": ["x"] * 51}, (422, "wrong-shape")),
        ({**PAGE, "scopes": ["everything"]}, (422, "wrong-shape")),
        ({**PAGE, "limit": {"per_second": 0}}, (422, "wrong-shape")),
        ({**PAGE, "expires_at": "2020-01-01T00:00:00Z"}, (422, "invalid-key")),
        ({**PAGE, "expires_at": "2030-01-01T00:00:00"}, (422, "wrong-shape")),
        ({**PAGE, "digests": ["0"]}, (422, "wrong-shape")),
        ({"kind": "secret", "name": "a\nb"}, (422, "invalid-key")),
    ],
)
def test_what_cannot_be_is_refused_with_a_reason(
    owner: httpx.Client, fields: dict[str, Any], expected: tuple[int, str]
) -> None:
    assert problem(owner.post(PATH, json=fields)) == expected
    assert owner.get(PATH).json()["total"] == len(known_book().keys)


def test_an_unknown_key_is_not_found(owner: httpx.Client) -> None:
    for answer in (
        owner.delete(f"{PATH}/nobody"),
        owner.post(f"{PATH}/nobody/rotate"),
        owner.patch(f"{PATH}/nobody", json={}),
    ):
        assert problem(answer) == (404, "unknown-key")


def test_the_audit_log_is_paged(owner: httpx.Client) -> None:
    for number in range(5):
        create(owner, name=f"key {number}")
    names: list[str] = []
    query: dict[str, str | int] = {"limit": 2}
    while True:
        page = owner.get("/v1/admin/audit", params=query).json()
        names += [entry["after"]["name"] for entry in page["entries"]]
        if page["next"] is None:
            break
        query["before"] = page["next"]
    assert names == [f"key {number}" for number in (4, 3, 2, 1, 0)]


def test_a_key_that_may_do_less_now_gives_less(
    client_of: ClientOf, services: ApiServices, kept_stores: KeptStores
) -> None:
    book = known_book()
    limit = RateLimit(per_second=1_000, per_day=0)
    maker = replace(key_of(SERVER), scopes=frozenset({Scope.KEYS_WRITE}), limit=limit)
    kept_stores.plans.write(KEYS, encode_keys(KeyBook((*book.keys[:1], maker, *book.keys[2:]))), 1)
    services.keys.refresh()
    assert problem(create(client_of(SERVER), scopes=["catalogue:read"])) == (403, "key-rights")
