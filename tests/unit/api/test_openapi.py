"""The document says of every route what it may be answered with."""

from typing import Any

import msgspec
import pytest
from fastapi import FastAPI

from api.errors import MEDIA_TYPE
from api.keys.key_document import needs_by_operation
from api.keys.route_needs import PUBLIC
from api.openapi import EVERYWHERE, complete_openapi
from api.routes import categories, explanations, products
from api.routes.operations import health, metrics
from personalization.domain.access.api_key import PUBLISHABLE_SCOPES, Scope

Json = dict[str, Any]


@pytest.fixture(scope="module")
def document() -> Json:
    app = FastAPI(title="Fitting Room", version="0")
    for noun in (categories, explanations, health, metrics, products):
        app.include_router(noun.router)
    decoded: Json = msgspec.json.decode(msgspec.json.encode(complete_openapi(app)))
    return decoded


def _answers(document: Json) -> dict[tuple[str, str], Json]:
    return {
        (path, status): answer
        for path, operations in document["paths"].items()
        for operation in operations.values()
        for status, answer in operation["responses"].items()
    }


def test_every_failure_is_a_problem(document: Json) -> None:
    failures = {key: answer for key, answer in _answers(document).items() if key[1] >= "400"}
    assert failures
    for key, answer in failures.items():
        assert MEDIA_TYPE in answer["content"], key


def test_every_route_says_what_the_server_answers_itself(document: Json) -> None:
    statuses = {str(kind.status) for kind in EVERYWHERE}
    for path, operations in document["paths"].items():
        for operation in operations.values():
            assert statuses <= operation["responses"].keys(), path


def test_a_status_with_two_meanings_has_both_shapes(document: Json) -> None:
    answers = _answers(document)
    rejected = answers["/v1/track", "422"]
    assert rejected["content"].keys() == {"application/json", MEDIA_TYPE}
    assert "wrong-shape" in rejected["description"]
    unready = answers["/health/ready", "503"]
    assert unready["content"].keys() == {"application/json", MEDIA_TYPE}


def test_answers_that_may_succeed_later_say_when(document: Json) -> None:
    for (path, status), answer in _answers(document).items():
        if status in {"429", "503", "507"}:
            assert "retry-after" in answer["headers"], path
        if status == "401":
            assert "www-authenticate" in answer["headers"], path


def test_no_parameter_can_be_null(document: Json) -> None:
    for operations in document["paths"].values():
        for operation in operations.values():
            for parameter in operation.get("parameters", ()):
                assert "type" in parameter["schema"]
                assert "anyOf" not in parameter["schema"]


def test_only_what_a_token_opens_asks_for_one(document: Json) -> None:
    for path, operations in document["paths"].items():
        for operation in operations.values():
            ways = operation.get("security", [{}])
            needs = all({"sessionToken", "sessionCookie"} & way.keys() for way in ways)
            assert needs == (path.startswith(("/v1/explanations", "/v1/sessions"))), path


def test_every_operation_says_which_key_it_needs(document: Json) -> None:
    needs = needs_by_operation()
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            need = needs[method, path]
            ways = operation["security"]
            if need is PUBLIC:
                assert all("key" not in way for way in ways), path
                continue
            assert any("key" in way for way in ways), path
            assert {"401", "403", "429"} <= operation["responses"].keys(), path
            if need not in PUBLISHABLE_SCOPES and isinstance(need, Scope):
                assert all({"key", "secretKey"} & way.keys() for way in ways), path
            if isinstance(need, Scope):
                assert f"`{need}`" in operation["description"], path
