"""Products, categories, health, metrics, the document, and the page's files."""

import logging
import re
from dataclasses import replace

import httpx
import msgspec
import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from api import errors
from api.edge import refusals
from api.keys.route_needs import ROUTE_NEEDS
from api.state import ApiServices
from personalization.telemetry.logs import JsonFormatter
from tests.builders.wire_event import SESSION, a_wire_event
from tests.integration.api.serving import serve
from tests.waiting import eventually

DOCUMENTED = ("/v1/", "/health/", "/metrics")
"""How the paths begin that are for programs: the others are pages."""


def test_a_product_is_read_with_the_name_of_its_category(client: httpx.Client) -> None:
    product = client.get("/v1/products/shirt-1").json()
    assert (product["title"], product["category_name"]) == ("Blue linen shirt", "Shirts")
    assert client.get("/v1/products/hat-1").status_code == 404


def test_several_products_come_in_the_order_asked_without_the_unknown(
    client: httpx.Client,
) -> None:
    answer = client.get("/v1/products", params={"ids": "shirt-2,hat-1,shirt-1"}).json()
    assert [product["product_id"] for product in answer["products"]] == ["shirt-2", "shirt-1"]


def test_similar_products_are_those_viewed_next_that_are_still_sold(client: httpx.Client) -> None:
    answer = client.get("/v1/products/shirt-1/similar").json()
    assert [product["product"]["product_id"] for product in answer["products"]] == ["shirt-2"]
    assert answer["products"][0]["strength"] == 1.0


def test_categories_are_ranked_by_popularity_where_nothing_is_rated(client: httpx.Client) -> None:
    answer = client.get("/v1/categories").json()
    assert answer["ranked_by"] == "popularity"
    assert [category["name"] for category in answer["categories"]] == ["Shirts"]
    leaders = client.get("/v1/categories/shirts/products", params={"limit": 1}).json()
    assert [leader["product"]["product_id"] for leader in leaders["products"]] == ["shirt-1"]
    assert client.get("/v1/categories/hats/products").status_code == 404


def test_the_api_is_alive_and_ready(client: httpx.Client) -> None:
    assert client.get("/health/live").json() == {"alive": True}
    ready = client.get("/health/ready")
    assert ready.status_code == 200
    states = {
        name: dependency["state"] for name, dependency in ready.json()["dependencies"].items()
    }
    parts = ["log", "catalogue", "history", "claims", "profiles", "priors", "columns", "streams"]
    assert states == dict.fromkeys(parts, "up")


def test_metrics_count_the_verdicts(client: httpx.Client) -> None:
    name = 'fitting_room_events_tracked_total{verdict="accepted"}'

    def count() -> float:
        lines = client.get("/metrics").text.splitlines()
        return sum(float(line.split()[1]) for line in lines if line.startswith(name))

    before = count()
    client.post("/v1/track", json=a_wire_event())
    assert count() == before + 1


def test_the_openapi_document_names_every_kind_of_problem_that_the_api_itself_makes(
    client: httpx.Client,
) -> None:
    document = client.get("/openapi.json").text
    made = [*vars(errors).values(), *vars(refusals).values()]
    slugs = {kind.slug for kind in made if isinstance(kind, errors.Kind)}
    assert {slug for slug in slugs if f"`{slug}`" not in document} == set()


def test_the_openapi_document_is_valid_and_names_every_route(client: httpx.Client) -> None:
    document = client.get("/openapi.json").json()
    OpenAPIV31SpecValidator(document).validate()
    assert document["openapi"].startswith("3.1")
    named = {path.replace(":id}", "}") for _, path in ROUTE_NEEDS}
    assert set(document["paths"]) == {path for path in named if path.startswith(DOCUMENTED)}
    assert "HTTPValidationError" not in document["components"]["schemas"]
    assert client.get("/docs").status_code == 200


def test_an_unknown_path_and_a_wrong_method_are_problems(client: httpx.Client) -> None:
    for answer, status in ((client.get("/v1/nothing"), 404), (client.get("/v1/track"), 405)):
        assert answer.status_code == status
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["status"] == status


PAGES = (
    "/", "/category/shirts", "/product/shirt-1", "/product/comes-later", "/search?words=x",
    "/cart", "/checkout", "/account", "/privacy",
)  # fmt: skip


@pytest.mark.parametrize("path", PAGES)
def test_every_page_has_a_strict_policy_and_its_files_are_kept_for_ever(
    client: httpx.Client, path: str
) -> None:
    page = client.get(path)
    assert page.status_code == 200
    policy = page.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    unchanged = client.get(path, headers={"if-none-match": page.headers["etag"]})
    assert unchanged.status_code == 304
    asked = client.head(path)
    assert (asked.status_code, asked.content) == (200, b"")
    assert asked.headers["content-length"] == page.headers["content-length"]
    files = re.findall(r'(?:src|href)="(/_next/[^"]+)"', page.text)
    assert files
    for file in files:
        answer = client.get(file)
        assert answer.status_code == 200
        assert "immutable" in answer.headers["cache-control"]
        # Fonts are packed by themselves.
        is_packed = answer.headers.get("content-encoding") in {"br", "gzip"}
        assert is_packed == file.endswith((".css", ".js"))
    assert client.get("/_next/static/gone.js").status_code == 404


def test_a_browser_gets_a_page_where_there_is_none_and_a_program_a_problem(
    client: httpx.Client,
) -> None:
    page = client.get("/nothing", headers={"accept": "text/html,*/*"})
    assert (page.status_code, page.headers["content-type"]) == (404, "text/html; charset=utf-8")
    assert "content-security-policy" in page.headers
    for path, accept in (("/nothing", "*/*"), ("/v1/nothing", "text/html")):
        problem = client.get(path, headers={"accept": accept})
        assert problem.headers["content-type"] == "application/problem+json"


def test_another_site_may_not_call_the_api_unless_it_is_allowed(client: httpx.Client) -> None:
    answer = client.get(f"/v1/profiles/{SESSION}", headers={"origin": "https://other.example"})
    assert "access-control-allow-origin" not in answer.headers


def test_an_allowed_site_may_call_the_api_with_its_cookie(services: ApiServices) -> None:
    site = "https://shop.example"
    settings = services.settings.model_copy(update={"allowed_origins": (site,)})
    open_to_one = replace(services, settings=settings)
    with serve(open_to_one) as address, httpx.Client(base_url=address) as client:
        allowed = client.get(f"/v1/profiles/{SESSION}", headers={"origin": site})
        assert allowed.headers["access-control-allow-origin"] == site
        assert allowed.headers["access-control-allow-credentials"] == "true"
        other = client.get(f"/v1/profiles/{SESSION}", headers={"origin": "https://other.example"})
        assert "access-control-allow-origin" not in other.headers


def test_the_access_log_has_a_line_per_request_and_no_token(
    client: httpx.Client, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, "api.access"):
        token = client.get(f"/v1/profiles/{SESSION}").headers["x-session-token"]
        client.get(
            f"/v1/profiles/{SESSION}?token={token}", headers={"authorization": f"Bearer {token}"}
        )
        eventually(lambda: len(_access_records(caplog)) == 2)
    lines = [JsonFormatter().format(record) for record in _access_records(caplog)]
    assert [msgspec.json.decode(line)["status"] for line in lines] == [200, 200]
    assert not any(token in line for line in lines)


def _access_records(caplog: pytest.LogCaptureFixture) -> list[logging.LogRecord]:
    # Other loggers may be on: Airflow, imported by other tests, turns on what it finds.
    return [record for record in caplog.records if record.name == "api.access"]
