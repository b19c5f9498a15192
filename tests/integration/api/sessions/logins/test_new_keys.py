"""A new key of privacy: nobody becomes another person, and no plain id is ever kept."""

from datetime import timedelta
from pathlib import Path

import pytest

from api.keys.shown_key import KEY_HEADER
from api.state import ApiServices
from personalization.audit.recording import Auditor
from personalization.domain.access.user_binding import UserBinding
from personalization.domain.clock import SystemClock
from personalization.domain.errors import InvalidKeyError
from personalization.domain.event import EventType
from personalization.domain.identifiers import SessionId, UserId
from personalization.ports.stores import KeptStores, LiveStores
from personalization.vault.field_cipher import FieldCipher
from personalization.vault.people import People
from personalization.vault.privacy_file import PrivacyFile, new_privacy_key
from personalization.vault.privacy_ring import PrivacyRing
from personalization.vault.privacy_rotation import KeyUse, drop_privacy_key
from personalization.vault.pseudonym import key_of_pseudonym
from personalization.vault.pseudonyms import KeyedPseudonyms
from personalization.vault.users_of_key import UsersOfKey
from personalization.wiring import CoreSettings
from tests.builders.access.audit_book import AuditBook
from tests.builders.access.known_keys import SERVER
from tests.builders.event import an_event
from tests.builders.wire_event import a_wire_event
from tests.integration.api.sessions.people import (
    Roles,
    SharedDevice,
    known_as,
    state_of_visit,
)

ANN = "ann@shop.example"


@pytest.fixture
def keys(services: ApiServices) -> PrivacyFile:
    """Return the keys that the API reads."""
    pseudonyms = services.pseudonyms
    assert isinstance(pseudonyms, KeyedPseudonyms)
    assert isinstance(pseudonyms.keys, PrivacyFile)
    return pseudonyms.keys


def rotate(keys: PrivacyFile) -> None:
    """Take a new key that every process knows by now."""
    made = new_privacy_key(SystemClock().now() - timedelta(seconds=1))
    keys.change(lambda ring: PrivacyRing((made, *ring.keys)))


def test_a_person_stays_one_over_a_new_key(
    phone: SharedDevice, laptop: SharedDevice, roles: Roles, live: LiveStores, keys: PrivacyFile
) -> None:
    services = phone.services
    phone.log_in(ANN)
    phone.send("shirt-1")
    roles.work_off()
    before = known_as(services, ANN)
    rotate(keys)
    assert phone.send("shirt-2", user_id=ANN).json()["verdicts"][0]["verdict"] == "accepted"
    assert phone.log_in(ANN).status_code == 200
    roles.work_off()
    assert laptop.log_in(ANN).json()["brought_along"] == 2
    roles.work_off()
    assert known_as(services, ANN) == before
    assert {state_of_visit(live, device).user_id for device in (phone, laptop)} == {before}
    assert set(services.history.sessions_of(before, 9)) == {phone.session_id, laptop.session_id}
    assert key_of_pseudonym(known_as(services, "bob")) == keys.current().keys[0].key_id


def test_a_former_key_goes_once_nobody_is_known_under_it(
    phone: SharedDevice,
    laptop: SharedDevice,
    roles: Roles,
    keys: PrivacyFile,
    kept_stores: KeptStores,
) -> None:
    services, clock = phone.services, SystemClock()
    phone.log_in(ANN)
    roles.work_off()
    before, old = known_as(services, ANN), keys.current().keys[0].key_id
    rotate(keys)
    users = UsersOfKey(kept_stores.history, People(kept_stores.people, FieldCipher(keys, clock)))
    uses = [KeyUse(users.needs, users.settle)]
    auditor = Auditor(AuditBook())
    with pytest.raises(InvalidKeyError, match="1 events of the history"):
        drop_privacy_key(keys, auditor, "ann", old, uses)
    kept_stores.history.stored.prune(clock.now() + timedelta(days=2))  # type: ignore[attr-defined]
    drop_privacy_key(keys, auditor, "ann", old, uses)
    assert services.pseudonyms.shop_ids([before]) == {}
    laptop.log_in(ANN)
    laptop.send("shirt-1", user_id=ANN)
    roles.work_off()
    after = known_as(services, ANN)
    assert key_of_pseudonym(after) == keys.current().keys[0].key_id
    assert services.history.sessions_of(after, 9) == [laptop.session_id]


def test_rows_of_a_former_release_are_the_persons(
    phone: SharedDevice, roles: Roles, kept_stores: KeptStores
) -> None:
    former = an_event(
        session_id=SessionId("00000000-0000-4000-8000-00000000f0f0"),
        user_id=UserId(ANN),
        type=EventType.ADD_TO_CART,
        occurred_at=SystemClock().now() - timedelta(days=1),
        received_at=SystemClock().now() - timedelta(days=1),
    )
    kept_stores.history.stored.append([former])  # type: ignore[attr-defined]
    assert phone.log_in(ANN).json()["brought_along"] == 1
    roles.work_off()
    name = known_as(phone.services, ANN)
    assert len(phone.services.history.sessions_of(name, 9)) == 2
    [day, *_] = kept_stores.history.days()
    named = {
        user for columns in kept_stores.history.read_day_columns(day) for user in columns.user_ids
    }
    assert named == {name}


def test_a_visit_of_a_former_release_goes_on(phone: SharedDevice, live: LiveStores) -> None:
    phone.send("shirt-1")
    live.sessions.bind_user(
        SessionId(phone.session_id), UserBinding(UserId(ANN), SystemClock().now())
    )
    assert phone.log_in(ANN).status_code == 200
    assert phone.send("shirt-2", user_id=ANN).json()["accepted"] == 1
    assert phone.log_in("bob").status_code == 409


def test_a_plain_id_lies_nowhere(
    phone: SharedDevice, roles: Roles, settings: CoreSettings, live: LiveStores
) -> None:
    phone.log_in(ANN)
    phone.send("shirt-1", user_id=ANN)
    phone.send("no such product", user_id=ANN)
    path, shown = "/v1/track", {KEY_HEADER: SERVER}
    event = a_wire_event(session_id=phone.session_id, user_id=ANN)
    odd = [
        event | {"event_id": "e-1"},
        event | {"event_id": "e-2", "type": "nonsense"},
        event | {"event_id": "e-3", "user_id": f" {ANN} "},
        event | {"event_id": "e-4", "slots": {"not": "a list"}},
        event | {"event_id": "e-5", "type": ["x"]},
    ]
    phone.client.post(path, json={"events": odd[:3]}, headers=shown)
    phone.client.post(path, json={"events": odd[3:]}, headers=shown)
    broken = b'{"events":[{"type":"dwell"},{"user_id":"%s","type":nonsense}]}' % ANN.encode()
    phone.client.post(path, content=broken, headers=shown)
    phone.client.get(f"/v1/users/{ANN}/token", headers=shown)
    phone.client.post(f"/v1/users/{ANN}/token", headers=shown)
    roles.work_off()
    assert phone.profile()["user_id"] == known_as(phone.services, ANN)
    assert ANN not in repr(state_of_visit(live, phone))
    assert files_with(settings.storage.home, ANN) == []


def files_with(home: Path, marker: str) -> list[str]:
    files = [path for path in home.rglob("*") if path.is_file()]
    assert len(files) > 5
    return [str(path) for path in files if marker.encode() in path.read_bytes()]
