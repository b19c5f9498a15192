"""A failure or a late run is a line in the home folder, and is told to a webhook."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from dags import alerts
from dags.alerts import ALERTS_FILE, FORMER_FILE, WEBHOOK, report_failure, report_late

LATE_RUN = {"dag_run": {"dag_id": "retention", "dag_run_id": "scheduled__1", "state": "running"}}


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("FITTING_ROOM_HOME", str(tmp_path / "home"))
    monkeypatch.delenv(WEBHOOK, raising=False)
    return tmp_path / "home"


def _lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


@contextmanager
def _webhook(status: int) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    told: list[dict[str, Any]] = []

    class Webhook(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            told.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(status)
            self.send_header("Location", "/elsewhere")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Webhook) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/hook", told
        server.shutdown()
        thread.join()


def test_a_failure_and_a_late_run_are_lines_of_the_home_folder(home: Path) -> None:
    report_failure("retention", "manual__1", "prune_stores", ValueError("no disk"))
    report_late(context=LATE_RUN, limit="1:00:00")

    failed, late = _lines(home / ALERTS_FILE)
    assert failed["kind"] == "failed"
    assert failed["task"] == "prune_stores"
    assert failed["text"] == "retention: prune_stores failed: no disk"
    assert late["kind"] == "late"
    assert late["run"] == "scheduled__1"
    assert late["text"].endswith("has not succeeded 1:00:00 after it was queued: running")


def test_the_webhook_is_told_the_same(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with _webhook(200) as (address, told):
        monkeypatch.setenv(WEBHOOK, address)
        report_late(context=LATE_RUN, limit="1:00:00")

    assert told == _lines(home / ALERTS_FILE)


@pytest.mark.parametrize("status", [302, 500])
def test_a_webhook_that_sends_elsewhere_or_fails_is_asked_once_and_the_line_is_kept(
    home: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, status: int
) -> None:
    with _webhook(status) as (address, told):
        monkeypatch.setenv(WEBHOOK, address)
        report_late(context=LATE_RUN, limit="1:00:00")

    assert len(told) == 1
    assert len(_lines(home / ALERTS_FILE)) == 1
    assert "was not told: HTTPError" in caplog.text
    assert address not in caplog.text


@pytest.mark.parametrize("address", ["file:///etc/passwd", "http://", "no address"])
def test_an_address_that_is_none_is_said_and_the_line_is_kept(
    home: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, address: str
) -> None:
    monkeypatch.setenv(WEBHOOK, address)
    report_late(context=LATE_RUN, limit="1:00:00")

    assert len(_lines(home / ALERTS_FILE)) == 1
    assert "was not told" in caplog.text


def test_the_file_of_alerts_is_bounded(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(alerts, "LARGEST_BYTES", 10)
    for _ in range(3):
        report_late(context=LATE_RUN, limit="1:00:00")

    assert len(_lines(home / ALERTS_FILE)) == 1
    assert len(_lines(home / FORMER_FILE)) == 1
