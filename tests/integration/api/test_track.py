"""Events in: verdicts, tokens, and what the log holds afterwards."""

import gzip
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import httpx
import msgspec
import pytest

from api.state import ApiServices
from api.wiring import build_services
from personalization.codec.json_codec import EVENT
from personalization.domain.identifiers import ProductId
from personalization.ports.event_log import EventLog, Record
from personalization.ports.topics import DEAD_LETTER, USER_INTERACTIONS
from personalization.settings.serving import ServingSettings
from personalization.settings.storage import StorageSettings
from personalization.wiring import CoreSettings, open_kept, open_live
from tests.builders.event import an_event
from tests.builders.moments import NOON
from tests.builders.product import a_product
from tests.builders.wire_event import OTHER_SESSION, SESSION, a_wire_event
from tests.integration.api.serving import serve


def in_log(log: EventLog, topic: str) -> list[Record]:
    consumer = log.consumer("test", [topic])
    records = list(consumer.poll(100, 0.0))
    consumer.close()
    return records


def test_an_accepted_event_is_in_the_log_under_its_session(
    client: httpx.Client, log: EventLog
) -> None:
    answer = client.post("/v1/track", json=a_wire_event())
    assert answer.status_code == 202
    assert answer.json()["verdicts"] == [{"event_id": "event-1", "verdict": "accepted"}]
    (record,) = in_log(log, USER_INTERACTIONS)
    event = EVENT.decode(record.value)
    assert record.key == event.session_id == SESSION
    assert event.product_ids == ("shirt-1",)
    assert event.category_id == "shirts"
    assert event.received_at == NOON


def test_one_bad_event_never_fails_its_batch_and_is_kept_as_a_dead_letter(
    client: httpx.Client, log: EventLog
) -> None:
    batch = [
        a_wire_event(),
        a_wire_event(event_id="event-2", type="teleport"),
        a_wire_event(),
        a_wire_event(event_id="event-3", product_id="shirt-2"),
    ]
    answer = client.post("/v1/track", json={"events": batch})
    body = answer.json()
    assert answer.status_code == 202
    assert [verdict["verdict"] for verdict in body["verdicts"]] == [
        "accepted",
        "rejected",
        "duplicate",
        "accepted",
    ]
    assert (body["accepted"], body["duplicate"], body["rejected"]) == (2, 1, 1)
    assert "use one of" in body["verdicts"][1]["detail"]
    assert len(in_log(log, USER_INTERACTIONS)) == 2
    (dead,) = in_log(log, DEAD_LETTER)
    assert b'"event-2"' in dead.value
    headers = dict(dead.headers)
    assert headers["source"] == "api"
    assert headers["reason"].startswith("unknown_type: ")


def test_a_batch_of_nothing_but_bad_events_is_422_and_still_kept(
    client: httpx.Client, log: EventLog
) -> None:
    old = (NOON - timedelta(days=3)).isoformat()
    answer = client.post("/v1/track", json=[a_wire_event(occurred_at=old)])
    assert answer.status_code == 422
    assert answer.json()["verdicts"][0]["code"] == "too_old"
    assert in_log(log, USER_INTERACTIONS) == []
    assert len(in_log(log, DEAD_LETTER)) == 1


def test_the_same_event_in_a_second_request_is_accepted_again(
    client: httpx.Client, log: EventLog
) -> None:
    for _ in range(2):
        assert client.post("/v1/track", json=a_wire_event()).status_code == 202
    assert len(in_log(log, USER_INTERACTIONS)) == 2


def test_malformed_json_is_a_problem_with_its_position(client: httpx.Client) -> None:
    answer = client.post("/v1/track", content=b'{"events": [{"type" "x"}]}')
    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/problem+json"
    assert "byte 20" in answer.json()["detail"]


def test_too_many_events_and_too_many_bytes_are_413(
    client: httpx.Client, services: ApiServices
) -> None:
    many = client.post("/v1/track", json=[a_wire_event()] * 6)
    assert (many.status_code, many.json()["type"]) == (413, "/problems/batch-too-large")
    limit = services.settings.maximum_body_bytes
    large = client.post("/v1/track", content=b" " * (limit + 1))
    assert (large.status_code, large.json()["type"]) == (413, "/problems/body-too-large")

    def chunks() -> list[bytes]:
        return [b" " * limit, b"  "]

    undeclared = client.post("/v1/track", content=iter(chunks()))
    assert undeclared.status_code == 413


def test_the_first_speaker_gets_the_token_and_a_stranger_gets_401(
    client: httpx.Client, stranger: httpx.Client
) -> None:
    first = client.post("/v1/track", json=a_wire_event())
    token = first.json()["session_token"]
    cookie = first.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    again = client.post("/v1/track", json=a_wire_event())
    assert again.status_code == 202
    assert "session_token" not in again.json()
    assert stranger.post("/v1/track", json=a_wire_event()).status_code == 401
    shown = stranger.post(
        "/v1/track", json=a_wire_event(), headers={"authorization": f"Bearer {token}"}
    )
    assert shown.status_code == 202


def test_events_of_another_session_are_refused_beside_ones_own(
    client: httpx.Client, log: EventLog
) -> None:
    client.post("/v1/track", json=a_wire_event())
    answer = client.post(
        "/v1/track",
        json=[
            a_wire_event(event_id="mine"),
            a_wire_event(event_id="theirs", session_id=OTHER_SESSION),
        ],
    )
    assert answer.status_code == 202
    assert answer.json()["verdicts"][1]["code"] == "session_token"
    assert {record.key for record in in_log(log, USER_INTERACTIONS)} == {SESSION}


def test_a_token_of_another_session_is_403(client: httpx.Client, stranger: httpx.Client) -> None:
    token = client.post("/v1/track", json=a_wire_event()).json()["session_token"]
    answer = stranger.post(
        "/v1/track",
        json=a_wire_event(session_id=OTHER_SESSION),
        headers={"authorization": f"Bearer {token}"},
    )
    assert answer.status_code == 403
    assert answer.json()["verdicts"][0]["code"] == "session_token"


def test_a_cookie_of_an_earlier_session_does_not_stop_a_new_one(client: httpx.Client) -> None:
    client.post("/v1/track", json=a_wire_event())
    answer = client.post("/v1/track", json=a_wire_event(session_id=OTHER_SESSION))
    assert answer.status_code == 202
    assert answer.json()["session_token"].split(".")[1] == OTHER_SESSION


@pytest.mark.parametrize("token", ["nonsense", "a.1.c"])
def test_a_damaged_token_is_401_and_takes_nothing(
    client: httpx.Client, log: EventLog, token: str
) -> None:
    answer = client.post(
        "/v1/track", json=a_wire_event(), headers={"authorization": f"Bearer {token}"}
    )
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"
    assert in_log(log, USER_INTERACTIONS) == []


def test_a_product_imported_a_moment_ago_is_known_at_once(
    client: httpx.Client, services: ApiServices
) -> None:
    new = a_wire_event(product_id="shirt-3")
    assert client.post("/v1/track", json=new).json()["waiting"] == 1
    services.catalogue.write_products([a_product(product_id=ProductId("shirt-3"))])
    assert client.post("/v1/track", json=new).status_code == 202


def test_a_full_disk_is_507_and_the_sender_can_come_back_with_its_token(
    settings: CoreSettings, serving: ServingSettings, services: ApiServices, tmp_path: Path
) -> None:
    del services
    full = replace(settings, storage=StorageSettings(home=tmp_path, minimum_free_mib=10**9))
    with open_kept(full) as kept, open_live(full, kept) as live:
        refusing = build_services(full, serving, kept, live)
        with serve(refusing) as address, httpx.Client(base_url=address) as client:
            moment = refusing.clock.now().isoformat()
            answer = client.post("/v1/track", json=a_wire_event(occurred_at=moment))
            assert answer.status_code == 507
            assert answer.headers["retry-after"] == "2"
            assert "Free some space" in answer.json()["detail"]
            again = client.post("/v1/track", json=a_wire_event(occurred_at=moment))
            assert again.status_code == 507
            ready = client.get("/health/ready")
            assert ready.status_code == 503


@pytest.mark.parametrize(
    ("spoiled", "code"),
    [
        (b'{"occurred_at":' + b"9" * 400 + b"}", "missing_field"),
        (b'{"occurred_at":' + b"9" * 5_000 + b"}", "invalid_field"),
        (b'{"event_id":"\\ud800"}', "malformed"),
        (b'{"product_id":"\xff"}', "malformed"),
        (b'{"product_id":"\\u0000"}', "missing_field"),
        (b'{"x":' + b"[" * 5_000 + b"]" * 5_000 + b"}", "malformed"),
        (b'{"rating":NaN}', "malformed"),
    ],
)
def test_one_bad_event_gets_its_verdict_and_its_batch_is_taken(
    client: httpx.Client, log: EventLog, spoiled: bytes, code: str
) -> None:
    first, last = a_wire_event(), a_wire_event(event_id="event-2")
    body = b",".join((msgspec.json.encode(first), spoiled, msgspec.json.encode(last)))
    answer = client.post("/v1/track", content=b'{"events":[' + body + b"]}")
    assert answer.status_code == 202
    assert [verdict["verdict"] for verdict in answer.json()["verdicts"]] == [
        "accepted", "rejected", "accepted",
    ]  # fmt: skip
    assert answer.json()["verdicts"][1]["code"] == code
    assert [record.value for record in in_log(log, DEAD_LETTER)] == [spoiled[:4096]]


def test_a_batch_may_come_packed_with_gzip(client: httpx.Client, log: EventLog) -> None:
    packed = gzip.compress(msgspec.json.encode([a_wire_event()]))
    answer = client.post("/v1/track", content=packed, headers={"content-encoding": "gzip"})
    assert answer.status_code == 202
    assert len(in_log(log, USER_INTERACTIONS)) == 1
    without = client.post("/v1/track", content=packed)
    assert (without.status_code, without.json()["type"]) == (400, "/problems/malformed-body")
    unknown = client.post("/v1/track", content=packed, headers={"content-encoding": "br"})
    assert (unknown.status_code, unknown.json()["type"]) == (415, "/problems/unknown-encoding")
    assert unknown.headers["accept-encoding"] == "gzip, deflate"


def test_a_decision_id_with_an_impossible_time_gets_a_verdict(client: httpx.Client) -> None:
    made_up = "ffffffff-ffff-7fff-bfff-ffffffffffff"
    answer = client.post(
        "/v1/track",
        json=a_wire_event(type="impression", decision_id=made_up, slots=[0]),
    )
    assert answer.status_code == 422
    assert answer.json()["verdicts"][0]["code"] == "unknown_decision"


def test_an_order_of_a_fast_clock_is_in_the_log_with_its_known_lines_and_its_true_time(
    client: httpx.Client, log: EventLog
) -> None:
    theirs = NOON + timedelta(minutes=6)
    order = a_wire_event(
        type="checkout", product_id=None, occurred_at=(theirs - timedelta(seconds=30)).isoformat(),
        currency="EUR", colour="red", lines=[
            {"product_id": "shirt-1", "quantity": 2, "unit_price": 2.95}, {"product_id": 404},
        ],
    )  # fmt: skip
    answer = client.post("/v1/track", json={"sent_at": theirs.isoformat(), "events": [order]})

    (verdict,) = answer.json()["verdicts"]
    assert (answer.status_code, verdict["verdict"]) == (202, "accepted")
    assert {warning["code"]: warning.get("names") for warning in verdict["warnings"]} == {
        "unknown_field": ["colour"],
        "clock_corrected": None,
        "waiting_product": ["404"],
    }
    (record,) = in_log(log, USER_INTERACTIONS)
    event = EVENT.decode(record.value)
    assert event.occurred_at == NOON - timedelta(seconds=30)
    assert (event.product_ids, event.quantities) == (("shirt-1",), (2,))
    assert (event.unit_price_micros, event.currency) == ((2_950_000,), "EUR")


def test_what_a_later_release_calls_an_event_is_an_invalid_record_and_no_crash() -> None:
    later = EVENT.encode(an_event()).replace(b"product_view", b"wished_for")
    with pytest.raises(ValueError, match="wished_for"):
        EVENT.decode(later)
