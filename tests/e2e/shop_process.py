"""Running the command line as its users do: as processes."""

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any, Self
from uuid import uuid4

import httpx

from tests.waiting import eventually

READY_SECONDS = 60.0
STOP_SECONDS = 30.0
_SERVE = (sys.executable, "-m", "cli.main", "serve")
_SETTINGS = {
    "FITTING_ROOM_LEARNING_OUTCOME_WINDOW_SECONDS": "0.2",
    "FITTING_ROOM_LEARNING_SNAPSHOT_SECONDS": "0.1",
}


def run_command(
    *arguments: str, within_seconds: float = 120, expect: int = 0, **settings: str
) -> str:
    """Run `fitting-room` to its end and return what it printed; the exit code must be right."""
    done = subprocess.run(
        [sys.executable, "-m", "cli.main", *arguments],
        capture_output=True,
        text=True,
        timeout=within_seconds,
        env={**os.environ, "COLUMNS": "200", **settings},
        check=False,
    )
    assert done.returncode == expect, done.stdout + done.stderr
    return done.stdout + done.stderr


class ShopProcess:
    """`fitting-room serve` on a free port, with a client of its own."""

    def __init__(self, home: Path, **settings: str) -> None:
        self.home = home
        self._settings = settings
        self._process: subprocess.Popen[bytes] | None = None
        self.client = httpx.Client(trust_env=False, timeout=10)

    def start(self, port: int = 0) -> None:
        """Start the service and wait until it answers; on a port of its own choice for 0."""
        ready = self.home / "address"
        ready.unlink(missing_ok=True)
        with (self.home / "serve.log").open("ab") as log:
            self._process = subprocess.Popen(
                [
                    *_SERVE,
                    "--port",
                    str(port),
                    "--home",
                    str(self.home),
                    "--ready-file",
                    str(ready),
                ],
                stdout=log,
                stderr=log,
                env={**os.environ, **_SETTINGS, **self._settings},
            )
        eventually(lambda: ready.exists() or self._has_ended(), READY_SECONDS)
        assert ready.exists(), self.log()
        self.client.base_url = httpx.URL(ready.read_text())

    def stop(self) -> int:
        """Ask the service to stop and return its exit code."""
        assert self._process is not None
        self._process.send_signal(signal.SIGTERM)
        return self._process.wait(STOP_SECONDS)

    def kill(self) -> None:
        """End the service at once, as a crash would."""
        assert self._process is not None
        self._process.kill()
        self._process.wait(STOP_SECONDS)

    def log(self) -> str:
        """Return what the service wrote."""
        return (self.home / "serve.log").read_text()

    def visitor(self) -> "Visitor":
        return Visitor(self.client)

    def _has_ended(self) -> bool:
        return self._process is not None and self._process.poll() is not None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        if not self._has_ended():
            self.stop()
        self.client.close()


class Visitor:
    """A shopper's page: keeps the session's token, sends events, reads the profile."""

    def __init__(self, client: httpx.Client) -> None:
        self._client = client
        self.session_id = str(uuid4())
        self.headers: dict[str, str] = {}

    def track(self, *events: dict[str, Any]) -> dict[str, Any]:
        """Send events, completed with what every event has; return the answer."""
        complete = [
            {"event_id": str(uuid4()), "session_id": self.session_id, **event} for event in events
        ]
        response = self._client.post("/v1/track", json={"events": complete}, headers=self.headers)
        answer: dict[str, Any] = response.json()
        if "session_token" in answer:
            self.headers["authorization"] = f"Bearer {answer['session_token']}"
        return answer

    def get(self, path: str) -> httpx.Response:
        return self._client.get(path, headers=self.headers)

    def profile(self) -> dict[str, Any]:
        found: dict[str, Any] = (
            self.get(f"/v1/profiles/{self.session_id}").raise_for_status().json()
        )
        return found

    def profile_after(self, product: str) -> dict[str, Any]:
        """Return the profile once it counts the product as viewed last."""

        def led_by_product() -> bool:
            return bool(self.profile()["recent_products"][:1] == [product])

        eventually(led_by_product)
        return self.profile()
