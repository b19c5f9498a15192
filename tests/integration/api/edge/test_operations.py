"""Metrics, documentation and the details of readiness: on the public port or on their own."""

import json
import re
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from api.state import ApiServices
from tests.integration.api.another_site.chromium import chromium
from tests.integration.api.serving import serve_both

HIDDEN = ("/metrics", "/docs", "/docs/swagger-ui-bundle.js", "/openapi.json")
_SAYS_SO = 'name="fitting-room-operations" content="shown"'
"""By this the page shows links to them."""


@pytest.fixture
def both(services: ApiServices) -> Iterator[tuple[str, str]]:
    """Return the public address and that of operations."""
    settings = services.settings.model_copy(update={"operations_port": 0})
    with serve_both(replace(services, settings=settings)) as (public, operations):
        assert operations is not None
        yield public, operations


def test_operations_with_a_port_of_their_own_are_only_there(both: tuple[str, str]) -> None:
    public, operations = both

    assert {httpx.get(public + path).status_code for path in HIDDEN} == {404}
    assert {httpx.get(operations + path).status_code for path in HIDDEN} == {200}
    assert httpx.get(f"{public}/health/ready").json() == {"ready": True, "dependencies": {}}
    assert httpx.get(f"{operations}/health/ready").json()["dependencies"]["log"]["state"] == "up"
    assert {httpx.get(f"{base}/health/live").status_code for base in both} == {200}
    assert httpx.get(f"{operations}/v1/categories").status_code == 404
    assert "/v1/track" in httpx.get(f"{operations}/openapi.json").json()["paths"]
    page = httpx.get(f"{public}/").text
    assert 'name="fitting-room-operations"' in page
    assert _SAYS_SO not in page
    assert "{{" not in page


def test_without_a_port_of_their_own_they_are_on_the_public_one(client: httpx.Client) -> None:
    assert {client.get(path).status_code for path in HIDDEN} == {200}
    assert client.get("/health/ready").json()["dependencies"] != {}
    assert _SAYS_SO in client.get("/").text
    assert client.get("/docs/../metrics.py").status_code == 404
    assert client.get("/docs/redoc.standalone.js").status_code == 404


def test_the_documentation_names_no_other_site(client: httpx.Client) -> None:
    page = client.get("/docs")

    loaded = re.findall(r'(?:src|href|url)[=:] ?"([^"]+)"', page.text)
    assert len(loaded) == 4
    assert all(target.startswith("/docs/") or target == "data:," for target in loaded)
    assert "connect-src 'self'" in page.headers["content-security-policy"]


@pytest.mark.real
def test_a_browser_shows_the_documentation_and_asks_nobody_else(
    address: str, tmp_path: Path
) -> None:
    log = tmp_path / "net.json"
    command = [
        chromium(), "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
        f"--user-data-dir={tmp_path / 'profile'}", f"--log-net-log={log}",
        "--virtual-time-budget=15000", "--dump-dom", f"{address}/docs",
    ]  # fmt: skip
    shown = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120).stdout

    assert 'id="operations-events-track"' in shown
    # The browser's own calls home are not the page's: those name it as their initiator.
    asked = {
        (event["params"]["url"], event["params"].get("initiator"))
        for event in json.loads(log.read_text())["events"]
        if "url" in event.get("params", {})
    }
    ours = [url for url, initiator in asked if initiator == address or url.startswith(address)]
    assert f"{address}/openapi.json" in ours
    assert [url for url in ours if not url.startswith((f"{address}/", "data:"))] == []
