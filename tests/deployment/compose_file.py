"""The Compose file as Docker Compose itself understands it, with everything filled in."""

import json
import os
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
COMPOSE = Path(sys.executable).parent / "docker-compose"
EXAMPLE = ROOT / ".env.example"
SECRET = "bm90LXRoZS1yZWFsLXNlY3JldC1vZi10aGlzLXNob3A="  # noqa: S105 - stands for all of them
"""32 bytes as `scripts/new_env` writes them."""


def secrets() -> list[str]:
    """Return the names of what has to be in .env."""
    lines = EXAMPLE.read_text().splitlines()
    return [line.partition("=")[0] for line in lines if line and not line.startswith("#")]


def compose(*words: str, given: dict[str, str]) -> "subprocess.CompletedProcess[str]":
    """Ask Docker Compose, which needs no engine to read a file."""
    path = {"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/")}
    return subprocess.run(
        [str(COMPOSE), "--env-file", os.devnull, "--profile", "*", *words],
        cwd=ROOT, env=path | given, capture_output=True, text=True, check=False,
    )  # fmt: skip


@cache
def project() -> dict[str, dict[str, Any]]:
    """Return the whole file, with profiles, every secret being `SECRET`."""
    read = compose("config", "--format", "json", given=dict.fromkeys(secrets(), SECRET))
    assert read.returncode == 0, read.stderr
    assert read.stderr == ""
    found: dict[str, dict[str, Any]] = json.loads(read.stdout)
    return found


def services() -> dict[str, dict[str, Any]]:
    """Return name -> service, those of profiles as well."""
    return project()["services"]


def lasting() -> dict[str, dict[str, Any]]:
    """Return the services that are meant to stay up."""
    return {name: service for name, service in services().items() if service.get("restart") != "no"}
