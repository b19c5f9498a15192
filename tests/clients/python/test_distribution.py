"""What back ends install needs nothing of the service."""

import ast
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import fitting_room_client
from fitting_room_client.exchange import USER_AGENT

from personalization.tracking.passing_requests import passing_reason

SOURCE = Path(fitting_room_client.__file__).parent
ROOT = SOURCE.parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


def imports_of(file: Path) -> set[str]:
    nodes = list(ast.walk(ast.parse(file.read_text())))
    plain = {name.name for node in nodes if isinstance(node, ast.Import) for name in node.names}
    named = {node.module or "." for node in nodes if isinstance(node, ast.ImportFrom)}
    return {name.split(".")[0] for name in plain | named}


def test_it_imports_what_it_says_it_depends_on() -> None:
    files = list(SOURCE.glob("**/*.py"))
    needed = {re.split(r"[<>=]", text)[0] for text in PROJECT["dependencies"]}

    used = {name for file in files for name in imports_of(file)} - sys.stdlib_module_names

    assert len(files) > 10
    assert used == needed | {"fitting_room_client"}
    assert needed <= {"httpx", "msgspec"}


def test_it_is_imported_where_the_service_is_not(tmp_path: Path) -> None:
    script = (
        "import sys, fitting_room_client\n"
        "service = {'api', 'personalization', 'fastapi', 'pydantic'}\n"
        "sys.exit(str(service & sys.modules.keys()) if service & sys.modules.keys() else 0)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=tmp_path, env={"PYTHONPATH": str(SOURCE.parent)}, capture_output=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr


def test_it_is_typed_and_says_its_version() -> None:
    assert (SOURCE / "py.typed").exists()
    assert USER_AGENT.endswith(f"/{PROJECT['version']}")
    assert PROJECT["name"] == "fitting-room-client"


def test_it_is_not_taken_for_a_crawler() -> None:
    assert passing_reason(USER_AGENT, ()) is None


def test_the_lines_of_the_readme_hold() -> None:
    text = (ROOT / "README.md").read_text()
    examples = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    exported = set(fitting_room_client.__all__)

    assert examples
    for example in examples:
        for node in ast.walk(ast.parse(example)):
            if isinstance(node, ast.ImportFrom) and node.module == "fitting_room_client":
                assert {name.name for name in node.names} <= exported
