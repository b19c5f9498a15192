"""Erasure over HTTP: for the shop's server and for the person, and for nobody else."""

import io
import zipfile

import httpx
import msgspec
import pytest

from api.keys.shown_key import KEY_HEADER
from api.state import ApiServices
from personalization.domain.identifiers import SessionId
from personalization.erasure.erasure_request import ErasureState
from personalization.erasure.worker import SETTLE, ErasureWorker
from realtime.wiring import RoleResources
from tests.builders.access.known_keys import PUBLISHABLE, SERVER
from tests.builders.settable_clock import SettableClock
from tests.integration.api.sessions.people import Roles, SharedDevice, user_token, visit_as_ann

UNKNOWN = "5f0c3b1e-8f57-4f0e-9a53-0b6f9b1c2d3e"


def erase(device: SharedDevice, body: object, key: str = SERVER) -> httpx.Response:
    return device.client.post("/v1/erasures", json=body, headers={KEY_HEADER: key})


def erase_own(device: SharedDevice, session: str, **body: object) -> httpx.Response:
    path = f"/v1/sessions/{session}/erasure"
    return device.client.post(path, json=body, headers=device.headers)


def finish(worker: ErasureWorker, later: SettableClock) -> None:
    worker.work()
    later.advance(2 * SETTLE)
    worker.work()


def test_the_shops_server_erases_a_person_and_reads_the_receipt(
    phone: SharedDevice,
    laptop: SharedDevice,
    roles: Roles,
    worker: ErasureWorker,
    later: SettableClock,
) -> None:
    visit_as_ann(roles, phone, laptop)
    answer = erase(phone, {"user_ids": ["ann"]})
    assert answer.status_code == 202, answer.text
    (request_id,) = answer.json()["request_ids"]
    waiting = phone.client.get(f"/v1/erasures/{request_id}").json()
    assert waiting["receipt"]["state"] == ErasureState.WAITING
    finish(worker, later)
    text = phone.client.get(f"/v1/erasures/{request_id}")
    assert text.json()["receipt"]["state"] == ErasureState.LIVE_DONE
    assert text.json()["receipt"]["sessions"] == 2
    receipt = phone.services.erasures.signer.verify(text.content)
    assert receipt is not None
    assert msgspec.json.encode(receipt) == msgspec.json.encode(text.json()["receipt"])


def test_a_person_erases_their_visit_and_with_their_token_all_of_them(
    phone: SharedDevice,
    laptop: SharedDevice,
    roles: Roles,
    base: RoleResources,
    worker: ErasureWorker,
    later: SettableClock,
) -> None:
    visit_as_ann(roles, phone, laptop)
    assert erase_own(phone, phone.session_id).status_code == 202
    finish(worker, later)
    assert not base.kept.history.has_session(SessionId(phone.session_id))
    assert base.kept.history.has_session(SessionId(laptop.session_id))
    token = user_token(laptop.services, "ann")
    assert erase_own(laptop, laptop.session_id, user_token=token).status_code == 202
    finish(worker, later)
    assert not base.kept.history.has_session(SessionId(laptop.session_id))


def test_nobody_else_erases_anybody(
    phone: SharedDevice, laptop: SharedDevice, roles: Roles, services: ApiServices
) -> None:
    phone.send("shirt-1")
    laptop.send("shirt-1")
    roles.work_off()
    assert erase(phone, {"user_ids": ["ann"]}, PUBLISHABLE).status_code == 403
    assert erase_own(laptop, phone.session_id).status_code == 403
    forged = user_token(services, "ann")[:-4] + "AAAA"
    assert erase_own(phone, phone.session_id, user_token=forged).status_code == 401
    assert services.erasures.book.open_ids() == ()


@pytest.mark.parametrize(
    "body",
    [{}, {"session_ids": ["no uuid"]}, {"user_ids": [""]}, {"user_ids": ["a\n"]}, {"who": "ann"},
     {"session_ids": [UNKNOWN] * 5_001}],
)  # fmt: skip
def test_what_names_nobody_is_refused(phone: SharedDevice, body: object) -> None:
    answer = erase(phone, body)
    assert answer.status_code == 422
    assert phone.services.erasures.book.open_ids() == ()


def test_a_receipt_of_nothing_is_not_found(phone: SharedDevice) -> None:
    assert phone.client.get("/v1/erasures/nothing").status_code == 404
    assert phone.client.get("/v1/erasures/..%2Fplans").status_code == 404


def test_a_person_reads_all_that_is_kept_of_them_and_nobody_else_does(
    phone: SharedDevice, laptop: SharedDevice, roles: Roles, services: ApiServices
) -> None:
    visit_as_ann(roles, phone, laptop)
    path = f"/v1/sessions/{phone.session_id}/export"
    own = phone.client.get(path, headers=phone.headers)
    assert own.headers["content-type"] == "application/zip"
    assert visits_in(own) == 1
    token = {"x-user-token": user_token(services, "ann")}
    assert visits_in(phone.client.get(path, headers=phone.headers | token)) == 2
    assert laptop.client.get(path, headers=laptop.headers).status_code == 403
    assert laptop.client.get(path).status_code == 403
    forged = {"x-user-token": token["x-user-token"][:-4] + "AAAA"}
    assert phone.client.get(path, headers=phone.headers | forged).status_code == 401


def visits_in(answer: httpx.Response) -> int:
    archive = zipfile.ZipFile(io.BytesIO(answer.content))
    assert archive.testzip() is None
    return sum(name.startswith("visits/") for name in archive.namelist())


def test_a_visit_that_asks_to_be_erased_twice_has_one_request(
    phone: SharedDevice, services: ApiServices
) -> None:
    phone.send("shirt-1")
    first, again = (erase_own(phone, phone.session_id) for _ in range(2))
    assert first.json() == again.json()
    assert len(services.erasures.book.open_ids()) == 1
