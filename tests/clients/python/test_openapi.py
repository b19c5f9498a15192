"""The client is held against the document of the service, so that a renamed field fails here."""

from collections.abc import Callable, Iterator
from typing import Any

import msgspec
import pytest
from fitting_room_client.errors import ProblemDetails
from fitting_room_client.operations import (
    EVENTS_OF_A_CALL,
    OPERATIONS,
    SESSIONS_OF_AN_ERASURE,
    USERS_OF_AN_ERASURE,
    Operation,
)

from api.app import create_app
from api.state import ApiServices
from personalization.settings.serving import ServingSettings
from tests.clients.python.document_check import faults_of, shape_of
from tests.clients.python.schema_fit import Fit, Side

Document = dict[str, Any]


@pytest.fixture(scope="module")
def texts() -> list[bytes]:
    """Return the document's text once a test has made it: no test needs the service again."""
    return []


@pytest.fixture
def document(request: pytest.FixtureRequest, texts: list[bytes]) -> Document:
    if not texts:
        services: ApiServices = request.getfixturevalue("services")
        texts.append(msgspec.json.encode(create_app(services).openapi()))
    decoded: Document = msgspec.json.decode(texts[0])
    return decoded


def all_faults(document: Document) -> Iterator[str]:
    for operation in OPERATIONS:
        yield from faults_of(operation, document)


def test_the_client_says_and_reads_what_the_document_says(document: Document) -> None:
    assert list(all_faults(document)) == []


def test_a_problem_is_read_as_the_document_says(document: Document) -> None:
    schema, client = shape_of(ProblemDetails)
    service = Side(document["components"]["schemas"])

    problem = {"$ref": "#/components/schemas/Problem"}

    assert Fit(service, client, client_sends=False).faults(problem, schema, "problem") == []


def test_lists_are_cut_as_the_service_takes_them(document: Document) -> None:
    fields = document["components"]["schemas"]["ErasureFields"]["properties"]

    assert fields["session_ids"]["maxItems"] == SESSIONS_OF_AN_ERASURE
    assert fields["user_ids"]["maxItems"] == USERS_OF_AN_ERASURE
    assert ServingSettings.model_fields["maximum_batch"].default == EVENTS_OF_A_CALL


def rename(schema: str, field: str) -> Callable[[Document], None]:
    def change(document: Document) -> None:
        shape = document["components"]["schemas"][schema]
        shape["properties"]["renamed"] = shape["properties"].pop(field)
        shape["required"] = [
            "renamed" if name == field else name for name in shape.get("required", ())
        ]

    return change


def require(schema: str, field: str) -> Callable[[Document], None]:
    def change(document: Document) -> None:
        shape = document["components"]["schemas"][schema]
        shape["properties"][field] = {"type": "string"}
        shape.setdefault("required", []).append(field)

    return change


def retype(schema: str, field: str) -> Callable[[Document], None]:
    def change(document: Document) -> None:
        document["components"]["schemas"][schema]["properties"][field] = {"type": "boolean"}

    return change


def without_query(document: Document) -> None:
    operation = document["paths"]["/v1/catalogue/products"]["get"]
    operation["parameters"] = [
        given for given in operation["parameters"] if given["name"] != "retired"
    ]


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (rename("WireLine", "unit_price"), "lines[].unit_price"),
        (rename("TrackBatch", "sent_at"), ".sent_at"),
        (rename("Verdict", "code"), ".code"),
        (rename("RankQuestion", "score_share"), ".score_share"),
        (rename("RankedItem", "propensity"), ".propensity"),
        (rename("PeopleReceipt", "live_at"), ".live_at"),
        (rename("StoredProduct", "list_price"), ".list_price"),
        (require("RankQuestion", "shop"), ".shop"),
        (require("CatalogueProduct", "shop"), ".shop"),
        (retype("WireEvent", "duration_ms"), ".duration_ms"),
        (retype("RankedItem", "slot"), ".slot"),
        (retype("ProductStock", "stock"), ".stock"),
        (without_query, "retired"),
        (lambda document: document["paths"].pop("/v1/rank"), "no such operation"),
        (lambda document: document["paths"]["/v1/erasures"]["post"]["responses"].pop("202"), "202"),
        (
            lambda document: document["components"]["securitySchemes"]["key"].update(name="X-Key"),
            "X-Fitting-Room-Key",
        ),
    ],
)
def test_what_changes_in_the_document_is_found(
    document: Document, change: Callable[[Document], object], named: str
) -> None:
    change(document)

    assert [fault for fault in all_faults(document) if named in fault]


def test_each_operation_is_there_once() -> None:
    named = {(operation.method, operation.path) for operation in OPERATIONS}

    assert all(isinstance(operation, Operation) for operation in OPERATIONS)
    assert len(named) == len(OPERATIONS) == 12
