"""A step is one command: arguments in, a result and an exit code out, and an end when unwanted."""

import ast
import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from nightly.application.client import stop
from nightly.application.mailbox import Mailbox
from nightly.steps import STEPS
from nightly.wiring import open_stores
from personalization.priors.session_eraser import NIGHT
from personalization.priors.warehouse import REQUEST, REQUEST_FILE, NightlyRequest
from personalization.settings.storage import StorageSettings
from stack.airflow import DAGS_FOLDER
from tests.builders.generation import a_generation
from tests.builders.moments import NOON

LONGEST_SECONDS = 60
TODAY = NOON.date()


@dataclass(frozen=True)
class CallOutcome:
    """What a caller gets."""

    code: int
    said: dict[str, object]
    printed: str


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    """Return an empty home folder; the night's application ends with the test."""
    yield tmp_path
    stop(Mailbox(tmp_path / "warehouse"))


def _call(home: Path, *words: str, **arguments: object) -> CallOutcome:
    result_file = home / "result.json"
    with subprocess.Popen(
        [sys.executable, "-P", "-m", "nightly", *words],
        env={**os.environ, "FITTING_ROOM_HOME": str(home), "NIGHTLY_RESULT_FILE": str(result_file)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    ) as process:
        assert process.stdin is not None
        process.stdin.write(json.dumps(arguments) + "\n")
        process.stdin.flush()
        # Its input stays open, as a task leaves it.
        code = process.wait(LONGEST_SECONDS)
        assert process.stdout is not None
        printed = process.stdout.read()
    said = json.loads(result_file.read_bytes()) if result_file.exists() else {}
    return CallOutcome(code, said, printed)


def test_a_result_is_written_where_the_caller_looks_for_it(tmp_path: Path) -> None:
    answer = _call(tmp_path, "list_feeds")

    assert (answer.code, answer.said) == (0, {"result": []})


def test_by_hand_the_result_is_printed(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "nightly", "list_feeds"],
        env={**os.environ, "FITTING_ROOM_HOME": str(tmp_path)},
        input="{}",
        capture_output=True,
        text=True,
        check=True,
    )

    assert done.stdout == '{"result":[]}\n'


def test_what_another_try_would_find_again_has_a_code_of_its_own(home: Path) -> None:
    answer = _call(
        home,
        "export_history",
        run_date="2999-01-01",
        promote=False,
        accept_smaller=False,
        accept=[],
        until="2026-01-01",
    )

    assert answer.code == 65
    assert str(answer.said["reason"]).startswith("The run date 2999-01-01 is after today")


def test_a_generation_that_is_only_kept_is_skipped_with_the_reason(home: Path) -> None:
    active = a_generation(generation_id="newer", run_date=TODAY)
    made = a_generation(generation_id="older", run_date=TODAY - timedelta(days=1))
    storage = StorageSettings(home=home)
    with open_stores(storage) as stores:
        for generation in (active, made):
            stores.priors.register(generation)
        stores.generations.activate(active, NIGHT)
    request = NightlyRequest(
        warehouse=str(storage.warehouse), run_date=None, until=TODAY, today=TODAY, period_days=1,
        catalogue_fingerprint="",
    )  # fmt: skip
    storage.warehouse.mkdir(exist_ok=True)
    (storage.warehouse / REQUEST_FILE).write_bytes(REQUEST.encode(request))

    answer = _call(home, "promote_generation", generation_id="older")

    assert answer.code == 99
    assert str(answer.said["reason"]).startswith("older is kept, not promoted: it ends on")


def test_a_failed_step_has_its_trace_in_the_log_and_its_sentence_for_the_caller(
    tmp_path: Path,
) -> None:
    answer = _call(tmp_path, "spark-step", "no_such_job", arguments=[])

    assert answer.code == 1
    assert str(answer.said["reason"]).startswith("There is no Spark job no_such_job: there are ")
    assert "Traceback" in answer.printed


@pytest.mark.parametrize(
    ("words", "arguments", "said"),
    [
        (["no_such_step"], {}, "the steps are export_history"),
        (["plan_night"], {"request": 3}, "Expected `str`, got `int`"),
        (["plan_night"], {"requets": "file"}, "missing required field `request`"),
    ],
)
def test_a_call_that_is_wrong_is_told_what_is_right(
    words: list[str], arguments: dict[str, object], said: str, tmp_path: Path
) -> None:
    answer = _call(tmp_path, *words, **arguments)

    assert answer.code == 2
    assert said in answer.printed


def test_a_step_ends_when_nobody_waits_for_it_any_more(tmp_path: Path) -> None:
    never_written = tmp_path / "request.json"
    os.mkfifo(never_written)
    with subprocess.Popen(
        [sys.executable, "-P", "-m", "nightly", "plan_night"],
        env={**os.environ, "NIGHTLY_RESULT_FILE": str(tmp_path / "result.json")},
        stdin=subprocess.PIPE,
        start_new_session=True,
    ) as process:
        assert process.stdin is not None
        process.stdin.write(json.dumps({"request": str(never_written)}).encode() + b"\n")
        process.stdin.close()

        assert process.wait(LONGEST_SECONDS) == -signal.SIGTERM


def test_every_step_is_called_by_a_dag_and_every_call_is_of_a_step() -> None:
    files = (path.read_text("utf-8") for path in DAGS_FOLDER.glob("*.py"))
    calls = {name for text in files for name in re.findall(r'call_service\(\s*"([^"]+)"', text)}

    assert calls == set(STEPS)


def test_a_dag_file_imports_airflow_and_the_standard_library_alone() -> None:
    imported = {
        (path.name, name.partition(".")[0])
        for path in DAGS_FOLDER.glob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        for name in _names_in(node)
    }
    allowed = {"airflow", "dags", *sys.stdlib_module_names}

    assert imported
    assert {(file, name) for file, name in imported if name not in allowed} == set()


def _names_in(node: ast.AST) -> list[str]:
    if isinstance(node, ast.ImportFrom):
        return [node.module or "."]
    return [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
