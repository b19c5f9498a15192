"""What docs/keys.md says: its commands run, its table of scopes is that of the code."""

import json
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest

from api.keys.route_needs import ROUTE_NEEDS
from personalization.domain.access.api_key import (
    PUBLISHABLE_SCOPES,
    SCOPES_OF,
    SERVER_SCOPES,
    AccessRole,
    Scope,
)
from personalization.wiring import CoreSettings
from tests.integration.command_line import run_over

PAGE = (Path(__file__).parents[2] / "docs" / "keys.md").read_text()
COLUMNS = (PUBLISHABLE_SCOPES, SERVER_SCOPES, *(SCOPES_OF[role] for role in AccessRole))


def commands() -> Iterator[list[str]]:
    """Yield the words of the page's commands, in its order."""
    for block in re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL):
        for line in block.splitlines():
            words = shlex.split(line, comments=True)
            if words and words[0] == "fitting-room":
                yield words[1:]


def test_the_commands_of_the_page_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    settings = CoreSettings.of_home(tmp_path / "home")
    written = list(commands())
    for words in written:
        known = json.loads(run_over(settings, "keys", "list", "--json"))
        page = [key["id"] for key in known if key["kind"] == "publishable"]
        run_over(settings, *(page[0] if word == "ID" else word for word in words))
    assert len(written) == 16
    assert (tmp_path / "owner.key").read_text().startswith("sk_")
    told = json.loads(run_over(settings, "audit", "--json"))
    assert {entry["action"] for entry in told} == {
        "keys.create", "keys.rotate", "keys.change", "keys.revoke",
    }  # fmt: skip


@pytest.mark.parametrize("scope", Scope)
def test_the_table_says_what_each_kind_and_role_may(scope: Scope) -> None:
    cells = " | ".join("x" if scope in column else "" for column in COLUMNS)
    assert f"| `{scope}` | {cells} |\n" in PAGE


def test_the_routes_are_those_of_the_code() -> None:
    told = set(re.findall(r"\| `([A-Z]+) (/v1/admin/[a-z/_{}]+)", PAGE))
    nouns = ("/v1/admin/keys", "/v1/admin/audit")
    assert told == {row for row in ROUTE_NEEDS if row[1].startswith(nouns)}


def test_the_table_names_the_roles() -> None:
    assert f"| scope | publishable | server | {' | '.join(AccessRole)} |\n" in PAGE
