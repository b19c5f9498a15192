"""The command that serves, where it may not start, and where it makes keys of its own."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from api.keys.shown_key import KEY_HEADER
from tests.waiting import eventually


def test_without_keys_nobody_is_served_elsewhere(tmp_path: Path) -> None:
    words = ("--home", str(tmp_path), "--host", "0.0.0.0")  # noqa: S104 - refused
    command = [sys.executable, "-m", "cli.main", "api", *words]
    ended = subprocess.run(
        command,
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert ended.returncode == 1
    assert f"fitting-room keys create --home {tmp_path} --secret --role owner" in ended.stderr
    assert "Traceback" not in ended.stderr
    assert not (tmp_path / "development_keys.json").exists()


@pytest.mark.parametrize(
    "more",
    [("--host", "0.0.0.0"), ()],  # noqa: S104 - refused
    ids=["elsewhere", "behind a proxy"],
)
def test_sample_shoppers_are_served_to_nobody_elsewhere_unless_that_is_meant(
    tmp_path: Path, more: tuple[str, ...]
) -> None:
    given = {
        "FITTING_ROOM_API_SAMPLE_SHOPPERS": '["Ada"]',
        "FITTING_ROOM_API_TRUSTED_PROXIES": "[]" if more else '["10.0.0.1"]',
    }
    command = [sys.executable, "-m", "cli.main", "api", "--home", str(tmp_path), *more]

    refused, meant = (
        subprocess.run(
            command, env={**os.environ, **given, **also},
            check=False, capture_output=True, text=True, timeout=60,
        )
        for also in ({}, {"FITTING_ROOM_API_SAMPLE_SHOPPERS_ELSEWHERE": "true"})
    )  # fmt: skip

    assert refused.returncode == 1
    assert "FITTING_ROOM_API_SAMPLE_SHOPPERS_ELSEWHERE=true" in refused.stderr
    assert "Traceback" not in refused.stderr
    # What is refused then is that there are no keys.
    assert meant.returncode == 1
    assert "SAMPLE_SHOPPERS" not in meant.stderr
    assert "keys create" in meant.stderr


@contextmanager
def api_of(home: Path, redis_url: str) -> Iterator[tuple[str, str]]:
    """Run the API of a home; yield its address and what it printed."""
    ready, printed = home / "ready", home / "printed"
    ready.unlink(missing_ok=True)
    words = ("--home", str(home), "--port", "0", "--ready-file", str(ready))
    with (
        printed.open("w") as out,
        subprocess.Popen(
            [sys.executable, "-m", "cli.main", "api", *words],
            stdout=out,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "FITTING_ROOM_REDIS_URL": redis_url},
        ) as process,
    ):
        try:
            eventually(lambda: ready.exists() or process.poll() is not None, 60)
            yield ready.read_text(), printed.read_text()
        finally:
            process.terminate()


def test_on_this_machine_a_first_start_prints_keys_that_hold(
    tmp_path: Path, redis_url: str
) -> None:
    with api_of(tmp_path, redis_url) as (address, printed):
        file = tmp_path / "development_keys.json"
        page, owner = (key["text"] for key in json.loads(file.read_text())["keys"])
        assert page in printed
        assert owner in printed
        for text, status in ((page, 200), (owner, 200), (owner[:-1] + "_", 401)):
            answer = httpx.get(f"{address}/v1/products?ids=x", headers={KEY_HEADER: text})
            assert answer.status_code == status, answer.text
        assert httpx.get(f"{address}/v1/products?ids=x").status_code == 200
