"""The command that serves, where it may not start."""

import os
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.parametrize(
    ("words", "proxies"),
    [(("--host", "0.0.0.0"), "[]"), ((), '["127.0.0.1"]')],  # noqa: S104 - refused
)
def test_without_keys_nobody_is_served_elsewhere(
    tmp_path: Path, words: tuple[str, ...], proxies: str
) -> None:
    command = [sys.executable, "-m", "cli.main", "api", "--home", str(tmp_path), *words]
    ended = subprocess.run(
        command,
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
        env={**os.environ, "FITTING_ROOM_API_TRUSTED_PROXIES": proxies},
    )
    assert ended.returncode == 1
    assert f"fitting-room keys create --home {tmp_path} --secret --role owner" in ended.stderr
    assert "Traceback" not in ended.stderr
    assert not (tmp_path / "development_keys.json").exists()
