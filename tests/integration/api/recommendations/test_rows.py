"""`POST /v1/recommendations`: whose visit rows are made of, and where their decisions are kept."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import httpx
import pytest

from api.recommendations.sent_records import MOST_RECORD_TOKENS
from api.state import ApiServices
from personalization.domain.asked import Strategy
from personalization.domain.errors import StoreUnavailableError
from personalization.domain.identifiers import DecisionId, ProductId, SessionId, UserId
from personalization.domain.session import Session
from personalization.ports.decision_history import DecisionRecord
from personalization.ports.session_store import SessionStore
from personalization.settings.recommendations import RecommendationSettings
from tests.builders.event import an_event
from tests.builders.session import a_session
from tests.builders.wire_event import OTHER_SESSION, SESSION, a_wire_event
from tests.integration.api.recommendations.asked_rows import (
    POPULAR,
    answered_rows,
    ask_rank,
    ask_rows,
    seen_products,
    verdicts_of,
)
from tests.integration.api.serving import serve
from tests.integration.api.sessions.people import user_token

MINE = SessionId(SESSION)
CRAWLER = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"
A_PAGE = [
    POPULAR,
    {"placement": "home"},
    *({"strategy": "category", "category_id": "shirts"},) * 10,
]


def begin(client: httpx.Client) -> str:
    """Begin the visit with a view, and return its token."""
    answer = client.post("/v1/track", json=a_wire_event()).raise_for_status()
    return str(answer.json()["session_token"])


def records_of(services: ApiServices, *rows: dict[str, object]) -> dict[DecisionId, DecisionRecord]:
    ids = [DecisionId(str(row["decision_id"])) for row in rows if row.get("decision_id")]
    return dict(services.decisions.read_many(ids))


def test_a_row_has_what_its_cards_need(client: httpx.Client) -> None:
    (row,) = answered_rows(ask_rows(client))

    (item,) = (item for item in row["items"] if item["product_id"] == "shirt-1")
    assert (item["title"], item["category_name"]) == ("Blue linen shirt", "Shirts")
    assert (item["price"], item["currency"]) == (39.5, "USD")
    assert 0 < item["propensity"] <= 1
    assert (item["source"], row["strategy"], row["placement"]) == ("popular",) * 3
    assert item["reason"]
    assert row["title"]


def test_nothing_is_written_for_a_new_visitor_until_the_tokens_come_back(
    client: httpx.Client, services: ApiServices
) -> None:
    rows = [row for row in answered_rows(ask_rows(client, *A_PAGE)) if row["items"]]
    assert all(row["decision_token"] for row in rows)
    assert records_of(services, *rows) == {}

    sent = {
        "events": [a_wire_event(), *map(seen_products, rows[:3])],
        "decision_token": [row["decision_token"] for row in rows],
    }
    answer = client.post("/v1/track", json=sent)

    assert verdicts_of(answer) == [("accepted", "ok")] * len(sent["events"])
    assert len(records_of(services, *rows)) == len(rows)
    assert services.profiles.read_many([MINE]) == {}


def test_a_page_of_twelve_rows_comes_back_whole(
    client: httpx.Client, services: ApiServices
) -> None:
    pages = [answered_rows(ask_rows(client, POPULAR)) for _ in range(12)]
    rows = [row for page in pages for row in page]

    tokens = [row["decision_token"] for row in rows]
    client.post("/v1/track", json={"events": [a_wire_event()], "decision_token": tokens})

    assert len(records_of(services, *rows)) == 12


def test_of_more_tokens_than_are_read_the_others_are_named_and_may_follow(
    client: httpx.Client, services: ApiServices
) -> None:
    rows = [answered_rows(ask_rows(client, POPULAR))[0] for _ in range(MOST_RECORD_TOKENS + 1)]
    tokens = [row["decision_token"] for row in rows]
    events = [a_wire_event(), seen_products(rows[0]), seen_products(rows[-1])]

    first = client.post("/v1/track", json={"events": events, "decision_token": tokens})
    assert verdicts_of(first) == [("accepted", "ok")] * 2 + [("rejected", "decision_token")]
    assert "36 tokens" in first.json()["verdicts"][2]["detail"]
    assert len(records_of(services, *rows)) == MOST_RECORD_TOKENS

    rest = {"events": [seen_products(rows[-1])], "decision_token": tokens}
    assert verdicts_of(client.post("/v1/track", json=rest)) == [("accepted", "ok")]
    assert len(records_of(services, *rows)) == len(rows)


def test_what_was_seen_first_needs_the_token_of_its_row(client: httpx.Client) -> None:
    (row,) = answered_rows(ask_rows(client))

    without = client.post("/v1/track", json={"events": [seen_products(row)]})
    sent = {"events": [seen_products(row)], "decision_token": row["decision_token"]}
    with_it = client.post("/v1/track", json=sent)

    assert verdicts_of(without) == [("rejected", "unknown_decision")]
    assert verdicts_of(with_it) == [("accepted", "ok")]


def test_a_forged_token_is_a_verdict_and_costs_the_other_events_nothing(
    client: httpx.Client, stranger: httpx.Client, services: ApiServices
) -> None:
    (row,) = answered_rows(ask_rows(client))
    (foreign,) = answered_rows(ask_rows(stranger, session="9b1e5a52-7d0c-4a53-9f39-2d6a5b1f9c11"))
    head, decision, session, body, signature, key = row["decision_token"].split(".")
    forged = ".".join((head, decision, session, body, signature[::-1], key))
    events = [a_wire_event(), seen_products(row), seen_products(foreign)]
    tokens = [forged, foreign["decision_token"], "row." + "x" * 100_000, "row.a.b.c.d.e"]

    answer = client.post("/v1/track", json={"events": events, "decision_token": tokens})

    assert verdicts_of(answer) == [
        ("accepted", "ok"),
        ("rejected", "decision_token"),
        ("rejected", "foreign_decision"),
    ]
    assert records_of(services, row, foreign) == {}


def test_rows_of_a_visit_are_kept_before_they_are_answered_and_can_be_explained(
    client: httpx.Client, services: ApiServices
) -> None:
    token = begin(client)
    services.sessions.write_many([_viewer()])

    answer = ask_rows(client, {"placement": "home"}, authorization=f"Bearer {token}")

    (row,) = answered_rows(answer)
    (record,) = records_of(services, row).values()
    assert answer.json()["recorded"] is True
    assert "decision_token" not in row
    assert record.decision.asked is not None
    assert len(record.decision.evidence) == 1
    explained = client.get(f"/v1/explanations/{row['decision_id']}")
    assert explained.status_code == 200
    seen = client.post("/v1/track", json={"events": [seen_products(row)]})
    assert verdicts_of(seen) == [("accepted", "ok")]
    wrong = seen_products(row, event_id="wrong", slots=[77 for _ in row["items"]])
    assert verdicts_of(client.post("/v1/track", json=wrong)) == [("rejected", "not_in_slate")]


def test_a_row_that_is_written_nowhere_is_explained_by_its_token(client: httpx.Client) -> None:
    answer = ask_rows(client)
    (row,) = answered_rows(answer)
    mine = {"authorization": f"Bearer {answer.headers['x-session-token']}"}
    path = f"/v1/explanations/{row['decision_id']}"

    shown = client.get(path, headers={**mine, "x-decision-token": row["decision_token"]})
    forged = client.get(path, headers={**mine, "x-decision-token": row["decision_token"][:-20]})

    assert shown.json()["products"][0]["clauses"]
    assert (client.get(path, headers=mine).status_code, forged.status_code) == (404, 404)


def _viewer() -> Session:
    """Return a visit that has viewed one product."""
    view = an_event(session_id=MINE)
    viewed = a_session().recent[:1]
    return replace(
        Session.start(view), recent=viewed, seen=(view.event_id,), interaction_count=1, revision=1
    )


def test_a_stranger_gets_nothing_of_anothers_visit(
    client: httpx.Client, stranger: httpx.Client
) -> None:
    begin(client)

    unproved = ask_rows(stranger)
    forged = ask_rows(stranger, authorization="Bearer none.of.ours")

    assert (unproved.status_code, forged.status_code) == (401, 401)
    assert "begun elsewhere" in unproved.json()["detail"]


def test_of_a_crawler_nothing_is_kept_and_it_is_handed_no_session(
    stranger: httpx.Client, services: ApiServices
) -> None:
    answer = ask_rows(stranger, **{"user-agent": CRAWLER})

    (row,) = answered_rows(answer)
    assert "x-session-token" not in answer.headers
    assert records_of(services, row) == {}
    assert services.claims.read(MINE) is None


class LostSessions:
    """A store of sessions that is away, as Redis may be."""

    def __init__(self, sessions: SessionStore) -> None:
        self.read_claim = sessions.read_claim
        self.write_claim = sessions.write_claim
        self.bind_user = sessions.bind_user
        self.read_statement = sessions.read_statement
        self.write_statement = sessions.write_statement
        self.erase = sessions.erase
        self.write_many = sessions.write_many

    def read_many(self, session_ids: Sequence[SessionId]) -> dict[SessionId, Session]:
        del session_ids
        raise StoreUnavailableError


def test_while_redis_is_away_rows_are_made_of_priors_and_say_so(
    client: httpx.Client, services: ApiServices
) -> None:
    token = begin(client)
    away = replace(services, sessions=LostSessions(services.sessions))

    with serve(away) as address, httpx.Client(base_url=address) as other:
        answer = ask_rows(other, authorization=f"Bearer {token}")

    assert answered_rows(answer)[0]["items"]
    (said,) = answer.json()["warnings"]
    assert said["code"] == "visit_unavailable"


class LostDecisions:
    """Neither history nor log takes a decision."""

    def __init__(self, services: ApiServices) -> None:
        self.history = services.decisions

    def __getattr__(self, name: str) -> object:
        return getattr(self.history, name)

    def append(self, records: Sequence[DecisionRecord]) -> None:
        del records
        raise StoreUnavailableError


def test_what_nothing_takes_is_served_unrecorded(
    client: httpx.Client, services: ApiServices
) -> None:
    token = begin(client)
    away = replace(services, decisions=LostDecisions(services))  # type: ignore[arg-type]

    with serve(away) as address, httpx.Client(base_url=address) as other:
        answer = ask_rows(other, authorization=f"Bearer {token}")

    assert answered_rows(answer)[0]["items"]
    assert answer.json()["recorded"] is False
    assert [said["code"] for said in answer.json()["warnings"]] == ["unrecorded"]


def test_a_visit_that_used_up_its_bytes_is_told_when_to_come_back(
    client: httpx.Client, services: ApiServices
) -> None:
    token = begin(client)
    little = services.settings.model_copy(
        update={"recommendations": RecommendationSettings(session_kib_per_hour=1)}
    )

    with (
        serve(replace(services, settings=little)) as address,
        httpx.Client(base_url=address, headers={"authorization": f"Bearer {token}"}) as other,
    ):
        answers = [ask_rows(other) for _ in range(3)]
        ranked = ask_rank(other, ["shirt-1"])

    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert ranked.status_code == 429
    assert int(answers[2].headers["retry-after"]) > 600
    assert "session" in answers[2].json()["detail"]


def test_a_list_is_put_into_order_and_says_what_it_does_not_know(client: httpx.Client) -> None:
    items = [{"product_id": "shirt-2", "score": 9}, {"product_id": "shirt-1", "score": 1}]
    body = {"session_id": SESSION, "items": [*items, {"product_id": "no-such"}]}

    answer = client.post("/v1/rank", json=body).raise_for_status().json()

    assert {item["product_id"] for item in answer["items"]} == {"shirt-1", "shirt-2"}
    assert answer["unknown"] == ["no-such"]
    assert answer["decision_token"]


@pytest.mark.parametrize("strategy", Strategy)
def test_every_strategy_gives_products_or_says_why_not(
    client: httpx.Client, strategy: Strategy
) -> None:
    row = {"strategy": strategy.value, "product_id": "shirt-1", "category_id": "shirts"}

    (answer,) = answered_rows(ask_rows(client, row))

    assert answer["items"] or answer["short"]


def test_rows_know_the_person_as_soon_as_a_login_is_answered(
    client: httpx.Client, services: ApiServices
) -> None:
    ann, yesterday = UserId("ann"), services.clock.now() - timedelta(days=1)
    view = an_event(
        session_id=SessionId(OTHER_SESSION), user_id=ann, product_ids=(ProductId("shirt-2"),),
        occurred_at=yesterday, received_at=yesterday,
    )  # fmt: skip
    services.history.append([view])
    token = {"authorization": f"Bearer {begin(client)}"}
    body = {"user_token": user_token(services, "ann")}
    client.post(f"/v1/sessions/{MINE}/login", json=body, headers=token).raise_for_status()

    # No scorer has counted the login.
    [row] = answered_rows(ask_rows(client, {"strategy": "recently_viewed"}, **token))
    assert [item["product_id"] for item in row["items"]] == ["shirt-2"]
