"""When calls are tried again, and when they are not, against a server that fails on purpose."""

from datetime import timedelta
from email.utils import format_datetime

import msgspec
import pytest
from fitting_room_client import (
    AnswerTimeoutError,
    DeadlineExceededError,
    FittingRoom,
    InvalidRequestError,
    ListToRank,
    NoAnswerError,
    ProductView,
    RateLimitedError,
    RetryPolicy,
    ServiceProblemError,
    ShopProduct,
    UnavailableError,
    UnreadableAnswerError,
)

from tests.builders.moments import NOON
from tests.builders.wire_event import SESSION
from tests.clients.python.either_room import OpenRoom
from tests.clients.python.faulty_server import Fault, answer, problem, serve_faults
from tests.clients.python.turned_clock import TurnedClock

TOKEN = "token.1"  # noqa: S105 - as a page has one
VIEW = ProductView(session_id=SESSION, product_id="shirt-1")


def acceptance(*event_ids: str) -> bytes:
    return answer(
        202, {"verdicts": [{"event_id": name, "verdict": "accepted"} for name in event_ids]}
    )


def send(room: FittingRoom) -> str:
    (verdict,) = room.send_events([VIEW])
    return verdict.verdict


def test_a_service_that_is_away_is_asked_again_when_it_says(
    open_room: OpenRoom, call_clock: TurnedClock
) -> None:
    later = format_datetime(NOON + timedelta(seconds=9), usegmt=True)
    with serve_faults(
        problem(503, retry_after="3"), problem(429, retry_after=later), acceptance("a")
    ) as (address, script):
        assert send(open_room(address)) == "accepted"

    assert call_clock.pauses[0] == 3.0
    assert 5.0 < call_clock.pauses[1] <= 6.0
    bodies = [msgspec.json.decode(request.body) for request in script.requests]
    assert len(bodies) == 3
    assert {body["events"][0]["event_id"] for body in bodies} == {VIEW.event_id}
    assert len({body["sent_at"] for body in bodies}) == 3


@pytest.mark.parametrize("fault", [Fault.CUT, Fault.HALF, b"", b"no HTTP\r\n\r\n"])
def test_what_is_cut_is_sent_again_after_longer_pauses(
    open_room: OpenRoom, call_clock: TurnedClock, fault: bytes | Fault
) -> None:
    with serve_faults(fault, fault, acceptance("a")) as (address, script):
        assert send(open_room(address)) == "accepted"

    first, second = call_clock.pauses
    assert 0.1 <= first <= 0.2 <= second <= 0.4
    assert len(script.requests) == 3


@pytest.mark.parametrize("status", [502, 504])
def test_a_proxy_before_the_service_may_fail_for_a_moment(open_room: OpenRoom, status: int) -> None:
    with serve_faults(answer(status, "gone", "text/html"), acceptance("a")) as (address, _):
        assert send(open_room(address)) == "accepted"


def test_so_many_tries_and_no_more(open_room: OpenRoom, call_clock: TurnedClock) -> None:
    with (
        serve_faults(*[problem(503)] * 3) as (address, script),
        pytest.raises(UnavailableError) as failed,
    ):
        send(open_room(address, retries=RetryPolicy(tries=3)))

    assert (failed.value.status, failed.value.title) == (503, "Some kind")
    assert len(script.requests) == 3
    assert len(call_clock.pauses) == 2


def test_nobody_listens(open_room: OpenRoom, call_clock: TurnedClock) -> None:
    with serve_faults() as (address, _):
        pass

    with pytest.raises(NoAnswerError, match="POST /v1/track"):
        send(open_room(address))
    assert len(call_clock.pauses) == 3


def test_an_answer_that_does_not_come_is_waited_for_so_long(open_room: OpenRoom) -> None:
    policy = RetryPolicy(tries=2, timeout_seconds=0.05)
    with (
        serve_faults(Fault.SILENT, Fault.SILENT) as (address, script),
        pytest.raises(AnswerTimeoutError),
    ):
        send(open_room(address, retries=policy))
    assert len(script.requests) == 2


def test_all_tries_together_have_a_deadline(open_room: OpenRoom, call_clock: TurnedClock) -> None:
    policy = RetryPolicy(tries=99, deadline_seconds=10)
    with (
        serve_faults(*[problem(503, retry_after="4")] * 9) as (address, script),
        pytest.raises(DeadlineExceededError, match="3 tries") as failed,
    ):
        send(open_room(address, retries=policy))

    assert isinstance(failed.value.last, UnavailableError)
    assert failed.value.retry_after == 4.0
    assert call_clock.pauses == [4.0, 4.0]
    assert len(script.requests) == 3


def test_an_answer_that_comes_in_drops_ends_with_the_deadline(open_room: OpenRoom) -> None:
    slow = TurnedClock(seconds_a_look=20.0)
    with (
        serve_faults(acceptance("a")) as (address, _),
        pytest.raises(DeadlineExceededError, match="takes too long"),
    ):
        send(open_room(address, clock=slow))


def test_a_service_that_asks_for_hours_is_not_asked_again(
    open_room: OpenRoom, call_clock: TurnedClock
) -> None:
    with (
        serve_faults(problem(429, "kept-bytes", retry_after="3600")) as (address, _),
        pytest.raises(RateLimitedError) as failed,
    ):
        send(open_room(address))

    assert (failed.value.retry_after, failed.value.type) == (3600.0, "/problems/kept-bytes")
    assert call_clock.pauses == []


@pytest.mark.parametrize(
    ("status", "kind"), [(400, InvalidRequestError), (422, InvalidRequestError),
                         (500, ServiceProblemError), (507, UnavailableError)]
)  # fmt: skip
def test_what_will_not_pass_by_itself_is_not_repeated(
    open_room: OpenRoom, call_clock: TurnedClock, status: int, kind: type[ServiceProblemError]
) -> None:
    with serve_faults(problem(status)) as (address, _), pytest.raises(kind) as failed:
        send(open_room(address))

    assert (failed.value.detail, failed.value.fields[0].pointer) == ("Said once.", "events")
    assert call_clock.pauses == []


@pytest.mark.parametrize(
    "odd",
    [
        answer(200, "a page", "text/html"),
        answer(302, {}, location="https://elsewhere.example/"),
        answer(202, {"verdicts": [{"event_id": "a", "verdict": 7}]}),
        answer(202, {"verdicts": []}),
        answer(200, {})[:-2] + b"{]",
        answer(200, {}, content_encoding="gzip"),
    ],
)
def test_what_no_fitting_room_answers_is_said(open_room: OpenRoom, odd: bytes) -> None:
    with serve_faults(odd) as (address, script), pytest.raises(UnreadableAnswerError):
        send(open_room(address))
    assert len(script.requests) == 1


def test_a_long_list_that_fails_halfway_says_what_was_taken(open_room: OpenRoom) -> None:
    events = [VIEW, ProductView(session_id=SESSION, product_id="shirt-2")]
    with (
        serve_faults(acceptance("a"), problem(401)) as (address, _),
        pytest.raises(ServiceProblemError) as failed,
    ):
        open_room(address, events_of_a_call=1).send_events(events)

    assert [getattr(given, "event_id", None) for given in failed.value.taken] == ["a"]


def test_lines_after_one_that_failed_have_failed_as_well(open_room: OpenRoom) -> None:
    reason = {"code": "store-unavailable", "detail": "A store does not answer."}
    lines = [
        {"line": 1, "verdict": "created", "id": "a"},
        {"line": 2, "verdict": "failed", "errors": [reason]},
    ]
    products = [ShopProduct(id=name, title=name, category_id="c") for name in "abcd"]
    with serve_faults(answer(200, {"verdicts": lines, "counts": {}})) as (address, _):
        verdicts = open_room(address).put_products(products)

    assert [given.line for given in verdicts] == [1, 2, 3, 4]
    assert [given.is_written for given in verdicts] == [True, False, False, False]
    assert {given.errors[0].code for given in verdicts[1:]} == {"store-unavailable"}


def test_no_cookie_goes_from_one_call_to_the_next(open_room: OpenRoom) -> None:
    ranked = answer(
        200, {"session_id": SESSION, "recorded": True, "items": []}, set_cookie="fr_session=a"
    )
    wanted = ListToRank(session_id=SESSION, product_ids=("shirt-1",))
    with serve_faults(ranked, ranked) as (address, script):
        room = open_room(address)
        room.rank(wanted, session_token=TOKEN)
        room.rank(wanted)

    first, second = (request.headers for request in script.requests)
    assert first["authorization"] == f"Bearer {TOKEN}"
    assert "authorization" not in second
    assert "cookie" not in second


@pytest.mark.parametrize("odd", [{"tries": 0}, {"timeout_seconds": 0}, {"deadline_seconds": -1.0}])
def test_a_policy_that_cannot_be_is_refused(odd: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=next(iter(odd))):
        RetryPolicy(**odd)  # type: ignore[arg-type]
