"""Erasure over real stores: markers that are everywhere before and nowhere after."""

import json
import time
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from pathlib import Path

import httpx
import msgspec
import pytest

from api.keys.shown_key import KEY_HEADER
from personalization.adapters.sqlite.copies.database_copy import rewrite_file
from personalization.audit.recording import Auditor
from personalization.domain.errors import StoreFullError, StoreUnavailableError
from personalization.domain.identifiers import SessionId, UserId
from personalization.erasure import erasers, erasure_request
from personalization.erasure.erasure_request import (
    ErasureRequest,
    ErasureState,
    requests_of,
)
from personalization.erasure.erasure_service import ErasureService
from personalization.erasure.open_worker import erasure_worker, night_work
from personalization.erasure.receipt import ReceiptSigner, receipt_of
from personalization.erasure.restored import RestoredErasures
from personalization.erasure.store_eraser import ErasedPeople
from personalization.erasure.worker import SETTLE, ErasureWorker
from personalization.neighbours.erasures import read_erasures
from personalization.ports.event_log import EventLog
from personalization.ports.topics import DEAD_LETTER, USER_INTERACTIONS
from personalization.vault.privacy_file import PrivacyFile
from realtime.wiring import RoleResources
from tests.builders.access.known_keys import SERVER
from tests.builders.moments import NOON
from tests.builders.settable_clock import SettableClock
from tests.builders.wire_event import a_wire_event
from tests.integration.api.sessions.consents.test_consent import files_with
from tests.integration.api.sessions.people import Roles, SharedDevice, visit_as_ann
from tests.integration.api.test_track import in_log


@dataclass(frozen=True)
class Shop:
    """Stores, roles that a test moves on, and two devices over them."""

    base: RoleResources
    roles: Roles
    phone: SharedDevice
    laptop: SharedDevice
    home: Path

    def fill(self) -> None:
        """Let each visit leave something wherever a visit can."""
        for device in (self.phone, self.laptop):
            device.send("shirt-1")
            device.log_in("ann")
            device.send("shirt-2", type_="add_to_cart")
            device.send("not-there")
            odd = a_wire_event(session_id=device.session_id, type="nothing")
            device.client.post("/v1/track", json=odd, headers=device.headers)
        self.roles.work_off()
        for device in (self.phone, self.laptop):
            device.profile()


@pytest.fixture
def shop(
    base: RoleResources,
    roles: Roles,
    phone: SharedDevice,
    laptop: SharedDevice,
    tmp_path: Path,
) -> Shop:
    return Shop(base, roles, phone, laptop, tmp_path)


def ask(
    worker: ErasureWorker, sessions: list[str], users: list[str] | None = None
) -> ErasureRequest:
    names = [SessionId(name) for name in sessions]
    (request,) = requests_of(names, list(map(UserId, users or ())), "merchant", NOON)
    worker.book.add(request)
    return request


def work_off(
    worker: ErasureWorker, later: SettableClock, request: ErasureRequest
) -> ErasureRequest:
    worker.work()
    later.advance(SETTLE + timedelta(seconds=1))
    worker.work()
    return worker.book.read(request.request_id)


def test_a_visit_is_in_every_store_before_and_in_none_after(
    shop: Shop, worker: ErasureWorker, later: SettableClock, log: EventLog
) -> None:
    shop.fill()
    phone, laptop, base, tmp_path = shop.phone, shop.laptop, shop.base, shop.home
    marked = {name.partition(".")[0] for name in files_with(phone.session_id, tmp_path)}
    assert {"event_log", "history", "decisions", "claims", "waiting"} <= marked
    others = len(in_log(log, USER_INTERACTIONS)), len(in_log(log, DEAD_LETTER))

    done = work_off(worker, later, ask(worker, [phone.session_id]))
    assert done.state is ErasureState.LIVE_DONE
    removed = {store.store: store.removed for store in done.stores}
    assert all(removed[name] for name in ("redis", "log", "history", "decisions", "claims"))
    name = SessionId(phone.session_id)
    assert not base.kept.history.has_session(name)
    assert not base.kept.decisions.has_session(name)
    assert base.live.sessions.read_many([name]) == {}
    assert base.live.profiles.read_many([name]) == {}
    # The request itself knows it until the night is over; nothing else does.
    assert {found.partition(".")[0] for found in files_with(name, tmp_path)} <= {"plans"}
    # Of others everything is there.
    assert base.kept.history.has_session(SessionId(laptop.session_id))
    assert len(in_log(log, USER_INTERACTIONS)) < others[0]
    assert laptop.profile()["user_id"] is not None


def test_while_they_shop_their_tokens_open_nothing_and_what_is_on_its_way_is_passed_over(
    phone: SharedDevice,
    roles: Roles,
    base: RoleResources,
    worker: ErasureWorker,
    later: SettableClock,
) -> None:
    phone.send("shirt-1")
    roles.work_off()
    phone.send("shirt-2")
    request = ask(worker, [phone.session_id])
    worker.work()
    # The scorer reads on, of what was in the log before.
    roles.work_off()
    assert not base.kept.history.has_session(SessionId(phone.session_id))
    refused = read_until_error(phone)
    assert refused.status_code == 401
    server = phone.client.post(
        "/v1/track",
        json=a_wire_event(session_id=phone.session_id),
        headers={KEY_HEADER: SERVER},
    )
    assert server.json()["verdicts"][0]["code"] == "erased"
    choice = phone.client.post(
        f"/v1/sessions/{phone.session_id}/consent",
        json={"consent": ["measure"]},
        headers={KEY_HEADER: SERVER},
    )
    assert choice.status_code == 401
    done = work_off(worker, later, request)
    assert done.state is ErasureState.LIVE_DONE


def read_until_error(device: SharedDevice) -> httpx.Response:
    """Read until every part has heard of it, which takes a second."""
    path = f"/v1/profiles/{device.session_id}"
    for _ in range(1_500):
        answer = device.client.get(path, headers=device.headers)
        if answer.status_code != 200:
            return answer
        time.sleep(0.02)
    pytest.fail("an erased visit is still read")


def test_a_person_is_erased_with_all_their_visits(
    phone: SharedDevice,
    laptop: SharedDevice,
    roles: Roles,
    base: RoleResources,
    worker: ErasureWorker,
    later: SettableClock,
) -> None:
    visit_as_ann(roles, phone, laptop)
    (user,) = {phone.profile()["user_id"], laptop.profile()["user_id"]}
    done = work_off(worker, later, ask(worker, [], [user]))
    assert (done.session_count, done.unknown) == (2, 0)
    for device in (phone, laptop):
        assert not base.kept.history.has_session(SessionId(device.session_id))


def test_a_visit_that_the_history_did_not_have_yet_is_erased_with_its_person(
    phone: SharedDevice,
    laptop: SharedDevice,
    roles: Roles,
    base: RoleResources,
    worker: ErasureWorker,
    later: SettableClock,
) -> None:
    phone.send("shirt-1")
    phone.log_in("ann")
    roles.work_off()
    laptop.send("shirt-2")
    laptop.log_in("ann")
    request = ask(worker, [], ["ann"])
    worker.work()
    roles.work_off()
    later.advance(2 * SETTLE)
    worker.work()
    done = work_off(worker, later, request)
    assert (done.session_count, done.state) == (2, ErasureState.LIVE_DONE)
    assert not base.kept.history.has_session(SessionId(laptop.session_id))
    assert base.live.sessions.bind_user(SessionId(laptop.session_id), None) is None


def test_a_file_that_cannot_be_written_waits_and_keeps_nothing_else(
    phone: SharedDevice,
    roles: Roles,
    worker: ErasureWorker,
    later: SettableClock,
    tmp_path: Path,
) -> None:
    phone.send("shirt-1")
    roles.work_off()
    (tmp_path / "import_rejected.jsonl").write_text(phone.session_id)
    in_the_way = tmp_path / ".import_rejected.jsonl.unfinished"
    in_the_way.mkdir()
    waiting = work_off(worker, later, ask(worker, [phone.session_id]))
    assert waiting.state is ErasureState.WAITING
    assert waiting.waits_for.startswith("imports: ")
    in_the_way.rmdir()
    assert work_off(worker, later, waiting).state is ErasureState.LIVE_DONE
    assert (tmp_path / "import_rejected.jsonl").read_text() == ""


def test_one_request_too_many_is_kept_nowhere(
    worker: ErasureWorker, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(erasure_request, "MOST_OPEN", 0)
    name = "5f0c3b1e-8f57-4f0e-9a53-0b6f9b1c2d3e"
    with pytest.raises(StoreFullError):
        ask(worker, [name])
    assert files_with(name, tmp_path) == []


def test_somebody_unknown_and_somebody_twice_get_receipts_that_say_so(
    phone: SharedDevice, roles: Roles, worker: ErasureWorker, later: SettableClock
) -> None:
    unknown = work_off(worker, later, ask(worker, ["5f0c3b1e-8f57-4f0e-9a53-0b6f9b1c2d3e"]))
    assert (unknown.session_count, unknown.unknown) == (1, 1)
    assert all(store.removed == 0 for store in unknown.stores)
    phone.send("shirt-1")
    roles.work_off()
    first = work_off(worker, later, ask(worker, [phone.session_id]))
    again = work_off(worker, later, ask(worker, [phone.session_id]))
    assert sum(store.removed for store in first.stores) > 0
    assert sum(store.removed for store in again.stores) == 0
    assert again.state is ErasureState.LIVE_DONE


def test_ids_that_nobody_knows_leave_room_on_the_list_until_one_of_them_turns_up(
    shop: Shop, worker: ErasureWorker, later: SettableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    phone, laptop, roles, base = shop.phone, shop.laptop, shop.roles, shop.base
    monkeypatch.setattr(erasers, "MOST_UNKNOWN_LISTED", 2)
    phone.send("shirt-1")
    roles.work_off()
    names = [f"{number:08}-8f57-4f0e-9a53-0b6f9b1c2d3e" for number in range(5)]
    request = ask(worker, [phone.session_id, laptop.session_id, *names])
    worker.work()
    assert len(read_erasures(base.kept.plans).sessions()) == 1
    assert worker.book.read(request.request_id).unknown == 6
    # It begins while it is erased.
    laptop.send("shirt-2")
    roles.work_off()
    later.advance(SETTLE)
    worker.work()
    assert len(read_erasures(base.kept.plans).sessions()) == 2
    assert worker.book.read(request.request_id).state is ErasureState.WAITING
    done = work_off(worker, later, request)
    assert (done.state, done.unknown) == (ErasureState.LIVE_DONE, 5)
    assert not base.kept.history.has_session(SessionId(laptop.session_id))


def test_a_command_that_was_killed_is_given_again_and_asks_for_nothing_twice(
    worker: ErasureWorker, base: RoleResources, later: SettableClock, tmp_path: Path
) -> None:
    signer = ReceiptSigner(PrivacyFile(tmp_path, NOON), later)
    service = ErasureService(worker.book, signer, Auditor(base.kept.audit, later), later)
    names = [SessionId(f"{number:08}-8f57-4f0e-9a53-0b6f9b1c2d3e") for number in range(5_001)]
    first = service.begin(iter(names), [], "merchant")
    assert service.begin(iter(names), [], "merchant") == first
    assert len(worker.book.open().waiting) == len(first) == 2
    work_off(worker, later, worker.book.read(first[0]))
    # Once it is done, they may have come back.
    assert not set(service.begin(iter(names), [], "merchant")) & set(first)


class AwayHistory:
    """A history that does not answer at first."""

    def __init__(self, history: object) -> None:
        self._history = history
        self.is_away = True

    def __getattr__(self, name: str) -> object:
        if name == "erase" and self.is_away:
            raise StoreUnavailableError("the history is away")
        return getattr(self._history, name)


def test_while_a_store_is_down_it_waits_says_so_and_finishes_alone(
    phone: SharedDevice, roles: Roles, base: RoleResources, later: SettableClock
) -> None:
    phone.send("shirt-1")
    roles.work_off()
    away = AwayHistory(base.kept.history)
    kept = replace(base.kept, history=away)  # type: ignore[arg-type]
    worker = erasure_worker(base.settings.storage, kept, base.live, later)
    request = ask(worker, [phone.session_id])
    assert worker.work() == 1
    waiting = worker.book.read(request.request_id)
    assert waiting.state is ErasureState.WAITING
    assert "history is away" in waiting.waits_for
    # Another process goes on where this one was killed.
    away.is_away = False
    done = work_off(
        erasure_worker(base.settings.storage, base.kept, base.live, later), later, request
    )
    assert done.state is ErasureState.LIVE_DONE
    assert (done.waits_for, done.unknown) == ("", 0)
    # What was removed while another store was down is in the receipt as well.
    removed = {store.store: store.removed for store in done.stores}
    assert min(removed[name] for name in ("log", "redis", "history")) > 0
    assert not base.kept.history.has_session(SessionId(phone.session_id))


def test_a_receipt_is_signed_and_a_change_of_it_is_seen(
    phone: SharedDevice,
    roles: Roles,
    worker: ErasureWorker,
    later: SettableClock,
    tmp_path: Path,
) -> None:
    phone.send("shirt-1")
    roles.work_off()
    done = work_off(worker, later, ask(worker, [phone.session_id]))
    signer = ReceiptSigner(PrivacyFile(tmp_path, NOON), later)
    text = msgspec.json.encode(signer.sign(receipt_of(done)))
    assert phone.session_id.encode() not in text
    receipt = signer.verify(text)
    assert receipt is not None
    assert receipt.sessions == 1
    forged = json.loads(text)
    forged["receipt"]["sessions"] = 2
    with pytest.raises(ValueError, match="signature"):
        signer.verify(json.dumps(forged, separators=(",", ":")).encode())


def test_an_erasure_survives_a_backup_that_was_made_before_it(
    shop: Shop, worker: ErasureWorker, later: SettableClock
) -> None:
    shop.fill()
    gone, stays = SessionId(shop.phone.session_id), SessionId(shop.laptop.session_id)
    kept = shop.base.kept
    backup = kept.history.read_many([gone])[gone]
    made_at = later.now()
    later.advance(timedelta(hours=1))
    work_off(worker, later, ask(worker, [gone]))
    assert gone not in (shop.home / "erased_sessions.jsonl").read_text()
    # What a backup has comes back, the list of the erased as of then as well.
    kept.history.append(list(backup))
    assert kept.history.has_session(gone)

    def wait(seconds: float) -> None:
        later.advance(timedelta(seconds=2 * seconds))

    night = partial(night_work, shop.base.settings.storage, kept, rewrite_file, later)
    restored = RestoredErasures(worker.ledger, kept, worker, night, wait)
    assert restored.erase_again(made_at) == ErasedPeople((gone,))
    assert not kept.history.has_session(gone)
    assert kept.history.has_session(stays)
    # Of a backup that was made after it there is nothing to do.
    kept.history.append(list(backup))
    assert restored.erase_again(later.now()) == ErasedPeople(())
