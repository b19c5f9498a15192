"""What was served can be explained, to its own session only."""

import httpx
import pytest

from api.state import ApiServices
from personalization.domain.identifiers import DecisionId
from tests.builders.moments import NOON
from tests.builders.wire_event import OTHER_SESSION, SESSION, a_wire_event


@pytest.fixture
def decision_id(client: httpx.Client) -> str:
    """Return the id of what the client, who has sent an event, was just shown."""
    client.post("/v1/track", json=a_wire_event())
    shown: str = client.get(f"/v1/profiles/{SESSION}").json()["decision_id"]
    return shown


def test_clauses_of_an_explained_product_add_up_to_its_score(
    client: httpx.Client, decision_id: str
) -> None:
    explanation = client.get(f"/v1/explanations/{decision_id}").json()
    assert explanation["decision_id"] == decision_id
    assert explanation["products"]
    for product in explanation["products"]:
        parts = [part for clause in product["clauses"] for part in clause["contributions"]]
        assert sum(clause["amount"] for clause in product["clauses"]) == pytest.approx(
            product["score"]
        )
        assert sum(part["amount"] for part in parts) == pytest.approx(product["score"])


def test_a_past_moment_is_explained_by_what_was_served_then(
    client: httpx.Client, decision_id: str
) -> None:
    path = f"/v1/sessions/{SESSION}/explanation"
    assert client.get(path).json()["decision_id"] == decision_id
    then = client.get(path, params={"at": NOON.isoformat()})
    assert then.json()["decision_id"] == decision_id
    before = client.get(path, params={"at": "2025-06-02T11:59:00Z"})
    assert before.status_code == 404


def test_decisions_of_a_session_are_listed(
    client: httpx.Client, services: ApiServices, decision_id: str
) -> None:
    answer = client.get(f"/v1/sessions/{SESSION}/decisions", params={"limit": 5}).json()
    (decision,) = answer["decisions"]
    kept = services.decisions.read_many([DecisionId(decision_id)])[DecisionId(decision_id)]
    assert decision["decision_id"] == decision_id
    assert decision["product_ids"] == [slot.product_id for slot in kept.decision.slate]


def test_nobody_else_may_ask(
    client: httpx.Client, stranger: httpx.Client, decision_id: str
) -> None:
    paths = (
        f"/v1/explanations/{decision_id}",
        f"/v1/sessions/{SESSION}/explanation",
        f"/v1/sessions/{SESSION}/decisions",
    )
    assert [stranger.get(path).status_code for path in paths] == [401, 401, 401]
    stranger.post("/v1/track", json=a_wire_event(session_id=OTHER_SESSION))
    assert [stranger.get(path).status_code for path in paths] == [404, 403, 403]
    assert [client.get(path).status_code for path in paths] == [200, 200, 200]


def test_a_decision_of_another_session_is_answered_as_one_that_never_was(
    client: httpx.Client, stranger: httpx.Client, decision_id: str
) -> None:
    never = f"{decision_id[:-4]}beef"
    for begun in (False, True):
        if begun:
            stranger.post("/v1/track", json=a_wire_event(session_id=OTHER_SESSION))
        foreign, unknown = (
            stranger.get(f"/v1/explanations/{asked}") for asked in (decision_id, never)
        )
        assert foreign.status_code == unknown.status_code == (404 if begun else 401)
        assert _without_date(foreign) == _without_date(unknown)
        assert foreign.text.replace(decision_id, never) == unknown.text
    assert client.get(f"/v1/explanations/{never}").text == unknown.text


def _without_date(answer: httpx.Response) -> list[tuple[str, str]]:
    return [(name, value) for name, value in answer.headers.items() if name != "date"]


@pytest.mark.parametrize("at", ["yesterday", "2025-06-02T12:00:00"])
def test_a_moment_without_offset_or_sense_is_a_problem_that_names_the_parameter(
    client: httpx.Client, decision_id: str, at: str
) -> None:
    del decision_id
    answer = client.get(f"/v1/sessions/{SESSION}/explanation", params={"at": at})
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["errors"][0]["pointer"] == "at"


def test_moments_at_the_ends_of_the_calendar_are_before_and_after_everything(
    client: httpx.Client, decision_id: str
) -> None:
    path = f"/v1/sessions/{SESSION}"
    for moment in ("0001-01-01T00:00:00+14:00", "0001-01-01T00:00:00-14:00"):
        assert client.get(f"{path}/explanation", params={"at": moment}).status_code == 404
        listed = client.get(f"{path}/decisions", params={"until": moment})
        assert listed.json()["decisions"] == []
    for moment in ("9999-12-31T23:59:59-14:00", "9999-12-31T23:59:59.999999+14:00"):
        explained = client.get(f"{path}/explanation", params={"at": moment})
        assert explained.json()["decision_id"] == decision_id
        listed = client.get(f"{path}/decisions", params={"until": moment})
        assert [decision["decision_id"] for decision in listed.json()["decisions"]] == [decision_id]


@pytest.mark.parametrize(
    "moment",
    ["0000-01-01T00:00:00Z", "2025-06-30T23:59:60Z", "9" * 400, "1e400", "nan", "\x00", "\u00b2"],
)
def test_what_is_no_moment_is_422(client: httpx.Client, decision_id: str, moment: str) -> None:
    del decision_id
    path = f"/v1/sessions/{SESSION}"
    assert client.get(f"{path}/explanation", params={"at": moment}).status_code == 422
    assert client.get(f"{path}/decisions", params={"until": moment}).status_code == 422
