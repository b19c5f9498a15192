"""The page of operators' calls says what the application has, which role may, and which command."""

import re
from pathlib import Path

import pytest
from fastapi.routing import APIRoute
from typer.testing import CliRunner

from api.keys.route_needs import need_of
from api.routes.admin import ADMIN_NOUNS
from cli.main import build_app
from personalization.domain.access.api_key import SCOPES_OF, AccessRole

PAGE = Path(__file__).parents[3] / "docs" / "admin.md"
ROW = re.compile(r"\| `([A-Z]+) (/\S*)` \| (\w+) \| `([^`]+)` \|")


@pytest.fixture(scope="module")
def rows() -> dict[str, tuple[str, str]]:
    """Return call -> role and command, as the page says."""
    found = ROW.findall(PAGE.read_text())
    return {f"{method} {path}": (role, command) for method, path, role, command in found}


def test_the_page_has_every_call_and_the_least_role(rows: dict[str, tuple[str, str]]) -> None:
    routes = [route for noun in ADMIN_NOUNS for route in noun.router.routes]
    needed = {
        f"{method} {route.path.removeprefix('/v1/admin')}": need_of(method, route.path)
        for route in routes
        if isinstance(route, APIRoute)
        for method in route.methods or ()
    }
    least = {
        call: next(role.value for role in AccessRole if need in SCOPES_OF[role])
        for call, need in needed.items()
    }

    assert {call: role for call, (role, _) in rows.items()} == least


def test_every_command_of_the_page_exists(rows: dict[str, tuple[str, str]]) -> None:
    for words in sorted({command for _, command in rows.values()}):
        asked = CliRunner().invoke(build_app(words.split()[0]), [*words.split(), "--help"])
        assert asked.exit_code == 0, words
