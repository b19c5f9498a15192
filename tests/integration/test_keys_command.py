"""Keys by the command line: made, listed, rotated, limited, revoked, and what the log says."""

import json
import stat
from datetime import UTC, datetime
from pathlib import Path

import pytest

from personalization.domain.access.api_key import Scope
from personalization.keys.current_keys import CurrentKeys
from personalization.keys.keys_file import read_keys_file
from personalization.wiring import CoreSettings, open_kept
from tests.integration.command_line import run_over

OWNER = ("keys", "create", "--secret", "--role", "owner", "--author", "ada")


@pytest.fixture
def files(tmp_path: Path) -> CoreSettings:
    return CoreSettings.of_home(tmp_path / "home")


def keys_of(settings: CoreSettings) -> dict[str, dict[str, object]]:
    return {key["id"]: key for key in json.loads(run_over(settings, "keys", "list", "--json"))}


def holds(settings: CoreSettings, text: str) -> bool:
    with open_kept(settings) as kept:
        keys = CurrentKeys(kept.plans, with_development=False)
        return keys.find(text.strip(), datetime.now(UTC)) is not None


def key_id_of(text: str) -> str:
    return text.split("_")[1]


def test_a_key_lives_from_its_making_to_its_end(files: CoreSettings) -> None:
    settings = files
    run_over(settings, *OWNER)
    server = run_over(settings, "keys", "create", "--secret", "--scope", "catalogue:read")
    key_id = key_id_of(server)
    assert keys_of(settings)[key_id]["scopes"] == ["catalogue:read"]
    rotated = run_over(settings, "keys", "rotate", key_id)
    assert key_id_of(rotated) == key_id
    assert holds(settings, server)
    assert holds(settings, rotated)
    last = run_over(settings, "keys", "rotate", key_id, "--grace", "0h")
    assert (holds(settings, rotated), holds(settings, last)) == (False, True)
    run_over(settings, "keys", "limits", key_id, "--per-second", "5", "--expires", "90d")
    assert keys_of(settings)[key_id]["limit"] == {"per_second": 5, "per_day": 0}
    run_over(settings, "keys", "revoke", key_id)
    assert not holds(settings, last)
    assert keys_of(settings)[key_id]["state"] == "revoked"

    told = json.loads(run_over(settings, "audit", "--subject", key_id, "--json"))
    assert [entry["action"] for entry in told] == [
        "keys.revoke", "keys.change", "keys.rotate", "keys.rotate", "keys.create",
    ]  # fmt: skip
    assert (told[-1]["before"], told[-1]["after"]["id"]) == (None, key_id)
    shown = run_over(settings, "audit", "--limit", "2")
    assert "keys.revoke" in shown
    assert "state: in force -> revoked" in shown
    assert "keys.create" not in shown


def test_the_last_owner_is_only_revoked_by_force(files: CoreSettings) -> None:
    key_id = key_id_of(run_over(files, *OWNER))
    run_over(files, "keys", "revoke", key_id, expect=1)
    assert keys_of(files)[key_id]["state"] == "in force"
    run_over(files, "keys", "revoke", key_id, "--force")
    assert keys_of(files)[key_id]["state"] == "revoked"


def test_a_text_is_written_into_a_file_that_only_its_owner_reads(
    files: CoreSettings, tmp_path: Path
) -> None:
    file = tmp_path / "owner.key"
    printed = run_over(files, *OWNER, "--save", str(file))
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert holds(files, file.read_text())
    assert file.read_text().strip() not in printed
    run_over(files, *OWNER, "--save", str(file), expect=1)
    assert len(keys_of(files)) == 1


@pytest.mark.parametrize(
    "words",
    [
        ("--publishable",),
        ("--publishable", "--secret"),
        (),
        ("--publishable", "--origin", "https://shop.example/page"),
        ("--publishable", "--origin", "https://shop.example", "--scope", "keys:write"),
        ("--secret", "--expires", "2020-01-01"),
        ("--secret", "--expires", "soon"),
        ("--secret", "--per-day", "10"),
        ("--secret", "--save", "/no/such/folder/key"),
    ],
)
def test_what_cannot_be_is_not_made(files: CoreSettings, words: tuple[str, ...]) -> None:
    run_over(files, "keys", "create", *words, expect=2 if _is_misuse(words) else 1)
    assert keys_of(files) == {}


def _is_misuse(words: tuple[str, ...]) -> bool:
    return len({"--publishable", "--secret"} & {*words}) != 1 or words[-1] in {"soon", "10"}


def test_json_has_the_text_once(files: CoreSettings) -> None:
    made = json.loads(run_over(files, *OWNER, "--json"))
    assert holds(files, made["text"])
    assert "text" not in keys_of(files)[made["id"]]


def test_names_of_strangers_do_not_steer_the_terminal(files: CoreSettings) -> None:
    run_over(files, *OWNER[:-1], "eve\x1b[2J[red]")
    shown = run_over(files, "audit")
    assert "\x1b[2J" not in shown
    assert "[red]" in shown


def test_a_file_of_keys_is_made_without_any_store(files: CoreSettings, tmp_path: Path) -> None:
    file = tmp_path / "keys.json"
    words = ("keys", "file", str(file), "--origin", "https://shop.example")
    run_over(files, *words)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    page, owner = read_keys_file(file).keys
    assert (page.text[:3], page.origins, owner.text[:3]) == (
        "pk_", ("https://shop.example",), "sk_",
    )  # fmt: skip
    before = file.read_text()
    run_over(files, *words, expect=1)
    run_over(files, *words, "--keep")
    assert file.read_text() == before
    run_over(files, "keys", "file", str(tmp_path / "other.json"), expect=1)


def test_every_scope_can_be_named(files: CoreSettings) -> None:
    words = [word for scope in Scope for word in ("--scope", scope.value)]
    made = json.loads(run_over(files, "keys", "create", "--secret", *words, "--json"))
    assert made["scopes"] == sorted(Scope)
