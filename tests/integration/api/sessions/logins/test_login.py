"""A visit becomes a person's, on several devices, and never two people's."""

import random
from dataclasses import replace

import pytest

from api.keys.shown_key import KEY_HEADER
from api.state import ApiServices
from personalization.domain.event import EventType
from personalization.domain.identifiers import ProductId, SessionId
from personalization.domain.session import Session
from personalization.ports.event_log import EventLog
from personalization.ports.topics import USER_INTERACTIONS
from personalization.sessions.recount import session_after
from realtime.wiring import RoleResources
from tests.builders.access.known_keys import PUBLISHABLE, SERVER
from tests.builders.product import a_product
from tests.integration.api.sessions.people import (
    Roles,
    SharedDevice,
    known_as,
    state_of_visit,
    user_token,
)
from tests.integration.api.test_track import in_log
from tests.waiting import eventually

PEOPLE = ("ann", "bob", "cleo")
STEPS = 60


def count_again(base: RoleResources, services: ApiServices, device: SharedDevice) -> Session | None:
    session_id = SessionId(device.session_id)
    past = base.kept.history.read_many([session_id])[session_id]
    return session_after(past, services.catalogue_cache)


def test_a_login_brings_what_the_person_did_on_another_device_and_what_follows_is_theirs(
    phone: SharedDevice, laptop: SharedDevice, roles: Roles, base: RoleResources
) -> None:
    phone.send("shirt-2")
    assert phone.log_in("ann").json()["brought_along"] == 0
    phone.send("shirt-2", type_="add_to_cart")
    roles.work_off()
    assert phone.profile()["user_id"] == known_as(phone.services, "ann")

    laptop.send("shirt-1")
    roles.work_off()
    assert laptop.evidence() == ["shirt-1"]
    before = laptop.profile()
    answer = laptop.log_in("ann")
    assert answer.status_code == 200
    said = answer.json()
    assert (said["user_id"], said["news"], said["brought_along"]) == ("ann", True, 1)
    roles.work_off()
    assert laptop.evidence() == ["shirt-1", "shirt-2"]
    # The notice of the newest profile is on its way.
    eventually(lambda: laptop.profile()["user_id"] is not None)
    profile = laptop.profile()
    assert profile["user_id"] == known_as(laptop.services, "ann")
    assert profile["version"] > before["version"]
    live = state_of_visit(base.live, laptop)
    again = count_again(base, laptop.services, laptop)
    assert again is not None
    assert replace(again, revision=live.revision, profile_version=live.profile_version) == live
    assert [entry.type for entry in live.recent] == [EventType.PRODUCT_VIEW, EventType.ADD_TO_CART]
    assert live.interaction_count == 1


def test_the_same_login_again_changes_nothing(
    phone: SharedDevice, laptop: SharedDevice, roles: Roles, base: RoleResources, log: EventLog
) -> None:
    laptop.log_in("ann")
    laptop.send("shirt-2")
    roles.work_off()
    phone.send("shirt-1")
    assert phone.log_in("ann").json()["news"]
    # Not counted yet: it is published once more, and counts once.
    assert phone.log_in("ann").status_code == 200
    roles.work_off()
    live = state_of_visit(base.live, phone)
    published = len(in_log(log, USER_INTERACTIONS))
    answer = phone.log_in("ann").json()
    assert (answer["news"], answer["brought_along"]) == (False, 0)
    roles.work_off()
    assert len(in_log(log, USER_INTERACTIONS)) == published
    assert state_of_visit(base.live, phone) == live
    assert [entry.product_id for entry in live.recent] == ["shirt-1", "shirt-2"]


def test_a_login_may_be_the_first_that_a_visit_says(phone: SharedDevice, roles: Roles) -> None:
    answer = phone.log_in("ann")
    assert answer.json()["session_token"] == phone.token
    assert "set-cookie" in answer.headers
    roles.work_off()
    assert phone.profile()["user_id"] == known_as(phone.services, "ann")


def test_another_person_is_refused_and_goes_on_in_a_new_session(
    phone: SharedDevice, roles: Roles
) -> None:
    phone.log_in("ann")
    phone.send("shirt-2")
    roles.work_off()
    refused = phone.log_in("bob")
    assert refused.status_code == 409
    assert "begin a new session" in refused.json()["detail"]
    old, old_headers = phone.session_id, phone.headers
    assert phone.log_out().status_code == 200
    assert phone.session_id != old
    for path in (f"/v1/profiles/{old}", f"/v1/profiles/{old}/stream"):
        read = phone.client.get(path, headers=old_headers)
        assert read.status_code == 401
        assert "has ended" in read.json()["detail"]
    assert phone.client.cookies["fr_session"] == phone.token
    assert phone.profile()["user_id"] is None
    assert phone.log_in("bob").status_code == 200
    roles.work_off()
    assert phone.evidence() == []
    assert phone.profile()["recent_products"] == []


def test_a_logout_again_or_of_nothing_gives_a_fresh_visit_and_of_anothers_none(
    phone: SharedDevice, laptop: SharedDevice
) -> None:
    phone.send("shirt-1")
    path, shown = f"/v1/sessions/{phone.session_id}/logout", phone.headers
    assert laptop.client.post(path).status_code == 401
    laptop.send("shirt-1")
    assert laptop.client.post(path, headers=laptop.headers).status_code == 403
    fresh = [phone.client.post(path, headers=shown).json()["session_id"] for _ in range(2)]
    assert len({phone.session_id, *fresh}) == 3
    keyed = laptop.client.post(
        f"/v1/sessions/{laptop.session_id}/logout", headers={KEY_HEADER: SERVER}
    )
    assert keyed.status_code == 200


@pytest.mark.parametrize(
    ("body", "status", "words"),
    [
        ({"user_token": "odd"}, 401, "not one of ours"),
        ({"user_token": "u1.k6RzaG9wo2Fubs5oPaBQ.68500249.AAAA"}, 401, "not one of ours"),
        ({"user_token": "x" * 2_000}, 422, "1024"),
        ({"user_id": "ann"}, 401, "secret key"),
        ({}, 422, "user_token"),
        ({"user_token": "odd", "user_id": "ann"}, 422, "either"),
        ({"user": "ann"}, 422, "unknown field"),
        ({"user_token": 7}, 422, "str"),
        ([], 422, "object"),
    ],
)
def test_a_forged_login_is_refused_with_words(
    phone: SharedDevice, body: object, status: int, words: str
) -> None:
    phone.send("shirt-1")
    path = f"/v1/sessions/{phone.session_id}/login"
    answer = phone.client.post(path, json=body, headers=phone.headers)
    assert answer.status_code == status
    assert words in answer.json()["detail"]
    keyed = {**phone.headers, KEY_HEADER: PUBLISHABLE}
    assert phone.client.post(path, json=body, headers=keyed).status_code in {401, 403, 422}


def test_an_expired_token_logs_nobody_in_and_nobody_logs_in_for_another(
    phone: SharedDevice, laptop: SharedDevice
) -> None:
    phone.send("shirt-1")
    expired = phone.log_in("ann", user_token=user_token(phone.services, "ann", hours=-1))
    assert (expired.status_code, "expired" in expired.json()["detail"]) == (401, True)
    laptop.send("shirt-1")
    path = f"/v1/sessions/{phone.session_id}/login"
    body = {"user_token": user_token(phone.services, "bob")}
    laptop.client.cookies.clear()
    assert laptop.client.post(path, json=body).status_code == 401
    assert laptop.client.post(path, json=body, headers=laptop.headers).status_code == 403
    assert laptop.client.post("/v1/sessions/odd/login", json=body).status_code == 404
    assert phone.log_in("ann").status_code == 200


def test_a_secret_key_logs_a_visit_in_by_the_users_id(phone: SharedDevice, roles: Roles) -> None:
    path = f"/v1/sessions/{phone.session_id}/login"
    keyed = {KEY_HEADER: SERVER}
    body = {"user_id": "ann"}
    assert phone.client.post(path, json=body, headers=keyed).status_code == 404
    phone.send("shirt-1")
    assert phone.client.post(path, json={"user_id": " ann"}, headers=keyed).status_code == 422
    assert phone.client.post(path, json=body, headers=keyed).json()["user_id"] == "ann"
    roles.work_off()
    assert phone.profile()["user_id"] == known_as(phone.services, "ann")
    phone.log_out()
    ended = path.replace("login", "logout")
    assert phone.client.post(ended, headers=keyed).status_code == 200
    again = phone.client.post(path, json=body, headers=keyed)
    assert (again.status_code, "has ended" in again.json()["detail"]) == (401, True)


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/v1/users/ann/token", None, 200),
        ("/v1/users/-/token?id=..", {"expires_in_seconds": 60}, 200),
        ("/v1/users/a%2Fb/token", {"expires_in_seconds": 86_400}, 200),
        ("/v1/users/ann/token", {"expires_in_seconds": 86_401}, 422),
        ("/v1/users/ann/token", {"expires_in_seconds": 59}, 422),
        ("/v1/users/ann/token", {"days": 1}, 422),
        (f"/v1/users/{'x' * 129}/token", None, 422),
        ("/v1/users/%07/token", None, 422),
        ("/v1/users/%20ann/token", None, 422),
    ],
)
def test_a_server_asks_for_a_token_of_a_bounded_life(
    phone: SharedDevice, path: str, body: object, status: int
) -> None:
    answer = phone.client.post(path, json=body, headers={KEY_HEADER: SERVER})
    assert answer.status_code == status
    if status == 200:
        assert answer.headers["cache-control"] == "no-store"
        assert phone.log_in("", user_token=answer.json()["user_token"]).status_code == 200
    assert phone.client.post(path, json=body, headers={KEY_HEADER: PUBLISHABLE}).status_code == 403


def test_reading_with_a_user_token_logs_nobody_in(phone: SharedDevice, roles: Roles) -> None:
    phone.send("shirt-1")
    token = user_token(phone.services, "ann")
    path = f"/v1/profiles/{phone.session_id}"
    phone.client.get(path, headers={**phone.headers, "x-user-token": token}).raise_for_status()
    phone.send("shirt-2", user_token=token)
    roles.work_off()
    assert phone.profile()["user_id"] is None


def test_no_token_stands_in_the_log_of_requests(
    phone: SharedDevice, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level("DEBUG"):
        phone.send("shirt-1")
        token = user_token(phone.services, "ann")
        assert phone.log_in("ann", user_token=token).status_code == 200
        assert phone.log_in("ann", user_token=f"{token}x").status_code == 401
    signature = token.split(".")[-1]
    ours = [record for record in caplog.records if not record.name.startswith("http")]
    said = [f"{record.getMessage()} {record.__dict__}" for record in ours]
    assert said
    assert not [line for line in said if signature in line or phone.session_id in line]


def test_what_one_touched_never_shows_to_another_however_they_share_two_devices(
    phone: SharedDevice, laptop: SharedDevice, roles: Roles, services: ApiServices
) -> None:
    random_ = random.Random(7)
    touched: dict[str, set[str]] = {name: set() for name in (*PEOPLE, "")}
    products = {name: [f"{name or 'nobody'}-{n}" for n in range(4)] for name in touched}
    services.catalogue.write_products(
        [a_product(product_id=ProductId(name)) for names in products.values() for name in names]
    )
    at = {"phone": "", "laptop": ""}
    for _ in range(STEPS):
        name, device = random_.choice([("phone", phone), ("laptop", laptop)])
        match random_.choice(("login", "logout", "event", "event", "event")):
            case "login":
                user = random_.choice(PEOPLE)
                answer = device.log_in(user)
                assert answer.status_code == (200 if at[name] in {"", user} else 409)
                at[name] = at[name] or user
            case "logout":
                assert device.log_out().status_code == 200
                at[name] = ""
            case _:
                product = random_.choice(products[at[name]])
                kind = random_.choice(("product_view", "add_to_cart"))
                assert device.send(product, type_=kind).json()["accepted"] == 1
        roles.work_off()
        for name, device in (("phone", phone), ("laptop", laptop)):
            shown = {*device.evidence(), *device.profile()["recent_products"]}
            assert shown <= {*products[at[name]], *products[""]}, (at, name, shown)
    persons = services.persons
    for user in PEOPLE:
        seen = {
            act.product_id
            for act in persons.acts(known_as(phone.services, user), SessionId("none"))
        }
        assert seen <= {*products[user], *products[""]}
        assert seen & {*products[user]}
