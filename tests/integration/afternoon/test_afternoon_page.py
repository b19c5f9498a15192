"""What docs/your-shop-in-an-afternoon.md says is done, by a shell, against the real service."""

import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.driven_page import PATIENCE_SECONDS, driven_page
from tests.integration.afternoon import night
from tests.integration.afternoon.page import FOLDER, mismatch, page_site, page_steps, script
from tests.waiting import eventually

LONGEST_SECONDS = 240
_CARDS = 4
REAL_NIGHT = "FITTING_ROOM_TEST_REAL_NIGHT"
"""Set, the nightly job runs as the page says: minutes of Airflow and Spark."""
_RECORDED_NIGHT = """
fitting-room() {{
  if [ "$1" = nightly ]
  then PYTHONPATH={root} {python} -m {night} "$FITTING_ROOM_HOME"
  else command fitting-room "$@"; fi
}}
"""


def free_ports(*known: str) -> dict[str, int]:
    with ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in known]
        for opened in sockets:
            opened.bind(("127.0.0.1", 0))
        return {name: opened.getsockname()[1] for name, opened in zip(known, sockets, strict=True)}


@dataclass(frozen=True, slots=True)
class Afternoon:
    """What somebody who followed the page has: its shop and its site run on."""

    folder: Path
    ports: dict[str, int]
    printed: str
    """What no step of the page says."""

    def answer_of(self, number: int) -> str | None:
        written = self.folder / f"step-{number}"
        return written.read_text("utf-8") if written.exists() else None


@pytest.fixture(scope="module")
def afternoon(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Afternoon]:
    """Do all steps of the page in a folder that has only what the page gives."""
    folder, ports = tmp_path_factory.mktemp("afternoon"), free_ports("8000", "3000")
    (folder / "docs").symlink_to(FOLDER)
    (folder / "site").mkdir()
    (folder / "site" / "index.html").write_text(page_site(ports), "utf-8")
    recorded = _RECORDED_NIGHT.format(
        root=FOLDER.parent, python=sys.executable, night=night.__name__
    )
    before = "" if os.environ.get(REAL_NIGHT) else recorded
    (folder / "afternoon.sh").write_text(script(page_steps(ports), before), "utf-8")
    commands = Path(sys.executable).parent
    log = folder / "afternoon.log"
    with log.open("w") as printed, subprocess.Popen(
        ["/bin/bash", "afternoon.sh"],
        cwd=folder,
        env={**os.environ, "PATH": f"{commands}:{os.environ['PATH']}",
             "FITTING_ROOM_API_PORT": str(ports["8000"]), "COLUMNS": "120"},
        stdout=printed,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    ) as running:  # fmt: skip
        try:
            running.wait(LONGEST_SECONDS)
            yield Afternoon(folder, ports, log.read_text("utf-8"))
        finally:
            # What the page starts and leaves running is of the same group.
            end_group(running)


def end_group(leader: "subprocess.Popen[bytes]") -> None:
    """Return when no process of its group is left."""
    with suppress(ProcessLookupError):
        os.killpg(leader.pid, signal.SIGTERM)
    leader.wait(10)
    eventually(lambda: not has_processes(leader.pid))


def has_processes(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True


def test_whoever_follows_the_page_gets_the_answers_that_it_promises(afternoon: Afternoon) -> None:
    for number, step in enumerate(page_steps(afternoon.ports)):
        printed = afternoon.answer_of(number)
        assert printed is not None, f"not reached: {step.commands}\n{afternoon.printed}"
        if step.answer:
            fault = mismatch(step, printed)
            assert fault is None, (
                f"{fault}\n{step.commands}\nprinted\n{printed}\n{afternoon.printed}"
            )
    assert "Traceback" not in (afternoon.folder / "serve.log").read_text("utf-8")


def test_the_page_of_the_shop_shows_a_row_and_reports_it_from_a_browser(
    afternoon: Afternoon, tmp_path: Path
) -> None:
    with driven_page(tmp_path / "browser") as page:
        page.go(f"http://127.0.0.1:{afternoon.ports['3000']}")
        page.wait_for("document.title === 'accepted'")
        assert page.read("document.querySelector('#title').textContent")
        cards = page.read("[...document.querySelectorAll('#row li')].map((li) => li.textContent)")
        assert len(cards) == _CARDS
        assert all(re.fullmatch(r".+, [0-9.]+ EUR: .+", card) for card in cards), cards
        page.read("document.querySelector('#row li').click()")
        eventually(lambda: len(page.answers_from("/v1/track")) == 2, PATIENCE_SECONDS)
        verdicts = [
            given for answer in page.answers_from("/v1/track") for given in answer["verdicts"]
        ]
        assert [given["verdict"] for given in verdicts] == ["accepted"] * 2

        [asked] = page.sent_to("/v1/recommendations")
        seen, clicked = page.sent_to("/v1/track")
        [impression], [view] = seen["events"], clicked["events"]
        [token] = seen["decision_token"]
        assert token.split(".")[:2] == ["row", impression["decision_id"]]
        assert (impression["type"], impression["slots"]) == ("impression", list(range(_CARDS)))
        assert (view["type"], view["slot"]) == ("product_view", 0)
        assert view["product_id"] == impression["product_ids"][0]
        assert asked["session_id"] == impression["session_id"] == view["session_id"]
        assert page.faults == []
