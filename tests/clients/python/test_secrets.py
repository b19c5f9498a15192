"""The key goes to the service, and nowhere else; addresses where it could be read are refused."""

import logging
import pickle
import traceback
from pathlib import Path

import httpx
import pytest
from fitting_room_client import FittingRoom, FittingRoomError, ListToRank, ProductView
from fitting_room_client.exchange import SecretKeyAuth

from tests.builders.access.known_keys import PUBLISHABLE, SERVER
from tests.builders.wire_event import SESSION
from tests.clients.python.either_room import OpenRoom
from tests.clients.python.faulty_server import Fault, problem, serve_faults

VIEW = ProductView(session_id=SESSION, product_id="shirt-1")


@pytest.mark.parametrize("act", [Fault.CUT, problem(401), problem(503), b"no HTTP\r\n\r\n"])
def test_the_key_is_in_no_error_log_or_frame(
    open_room: OpenRoom, caplog: pytest.LogCaptureFixture, act: bytes | Fault
) -> None:
    caplog.set_level(logging.DEBUG)
    with serve_faults(*[act] * 4) as (address, script):
        room = open_room(address)
        with pytest.raises(FittingRoomError) as failed:
            room.send_events([VIEW])

    told = traceback.TracebackException.from_exception(failed.value, capture_locals=True)
    # The test's own frames hold the key: here is what those of the client show.
    shown = [frame for frame in told.stack if "tests" not in Path(frame.filename).parts]
    secret = SERVER.rsplit("_", 1)[-1]
    assert [frame for frame in shown if frame.locals]
    assert secret not in str([frame.locals for frame in shown])
    assert secret not in str(failed.value)
    assert script.requests[0].headers["x-fitting-room-key"] == SERVER
    assert secret not in repr(room)
    assert secret not in caplog.text
    error: BaseException | None = failed.value
    while error is not None:
        assert not isinstance(error, httpx.HTTPError)
        error = error.__cause__ or error.__context__


def test_the_key_is_not_shown_by_what_holds_it() -> None:
    auth = SecretKeyAuth(f"{SERVER}\n")

    assert "sk_" not in repr(auth)
    with FittingRoom("https://room.example", SERVER) as room:
        assert "sk_" not in repr(room)
        assert "sk_" not in repr(vars(room))
        assert not any("sk_" in str(value) for value in room._http.headers.values())  # noqa: SLF001
        with pytest.raises((TypeError, pickle.PicklingError)):
            pickle.dumps(room)


@pytest.mark.parametrize("key", ["", "secret-of-mine", PUBLISHABLE, "sk_a\nb", "sk_ä"])
def test_what_is_no_secret_key_is_refused_without_being_told(key: str) -> None:
    with pytest.raises(ValueError, match="no secret key") as refused:
        FittingRoom("https://room.example", key)
    assert not key or key not in str(refused.value)


@pytest.mark.parametrize(
    "address",
    [
        "http://room.example",
        "http://10.0.0.5:8000",
        "http://127.0.0.1.evil.example",
        "ftp://room.example",
        "room.example",
        "",
        "https://ann:pw@room.example",
        "https://room.example/?a=b",
        "https://room.example:port",
    ],
)
def test_an_address_on_which_the_key_could_be_read_is_refused(address: str) -> None:
    with pytest.raises(ValueError, match="base_url"):
        FittingRoom(address, SERVER)


@pytest.mark.parametrize(
    "address", ["https://room.example/shop", "http://localhost:8000", "http://[::1]:8000"]
)
def test_https_and_loopback_are_right(address: str) -> None:
    FittingRoom(address, SERVER).close()


def test_http_within_a_network_of_ones_own_is_asked_for() -> None:
    FittingRoom("http://fitting-room:8000", SERVER, allow_http=True).close()


def test_an_odd_session_token_is_refused_without_being_told() -> None:
    odd = "token\r\nX-Evil: 1"
    with (
        FittingRoom("https://room.example", SERVER) as room,
        pytest.raises(ValueError, match="other characters") as refused,
    ):
        room.rank(ListToRank(session_id=SESSION), session_token=odd)
    assert "Evil" not in str(refused.value)


def test_an_event_needs_a_time_zone() -> None:
    naive = VIEW.occurred_at.replace(tzinfo=None)

    with pytest.raises(ValueError, match="time zone"):
        ProductView(session_id=SESSION, product_id="shirt-1", occurred_at=naive)
