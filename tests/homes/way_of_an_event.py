"""Counts the files on the way of one event, from `POST /v1/track` to the pushed profile.

Run as `python -m tests.homes.way_of_an_event`: it serves the newest kept home with the real-time
service beside it, sends one product view on an open stream, and prints the files of `api`,
`realtime` and `personalization` of which a function ran meanwhile. Adapters are listed apart: one
of two stands in for each port.
"""

import sys
import tarfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from types import FrameType
from uuid import uuid4

import httpx
from pydantic import SecretStr

from api.wiring import build_services
from checks.python_files import ROOT
from personalization.settings.serving import ServingSettings
from personalization.settings.storage import StorageSettings
from personalization.wiring import CoreSettings, open_kept, open_live
from realtime.wiring import RoleResources
from tests.homes.test_kept_home import HOMES
from tests.integration.api.serving import serve
from tests.integration.roles import running

PACKAGES = ("api/", "realtime/", "personalization/")
ADAPTERS = "personalization/adapters/"


class CalledFiles:
    """Notes the project's files of which a function is called, on every thread begun after it."""

    def __init__(self) -> None:
        self.names: set[str] = set()
        self._noting = False
        sys.setprofile(self._profile)
        threading.setprofile(self._profile)

    def _profile(self, frame: FrameType, event: str, _: object) -> None:
        if self._noting and event == "call":
            self.names.add(frame.f_code.co_filename)

    @contextmanager
    def noting(self) -> Iterator[None]:
        """Note calls for the length of a block."""
        self._noting = True
        try:
            yield
        finally:
            self._noting = False

    def files(self) -> list[str]:
        """Return the paths within the repository, sorted."""
        paths = (Path(name) for name in self.names if name.startswith(str(ROOT)))
        relative = (str(path.relative_to(ROOT)) for path in paths)
        return sorted(name for name in relative if name.startswith(PACKAGES))


def main() -> None:
    """Print the files, and how many they are."""
    called = CalledFiles()
    with TemporaryDirectory() as folder:
        home = Path(folder)
        with tarfile.open(HOMES[-1]) as packed:
            packed.extractall(home, filter="data")
        settings = CoreSettings(storage=StorageSettings(home=home))
        serving = ServingSettings(secret=SecretStr("way"), port=0)
        with open_kept(settings) as kept, open_live(settings, kept) as live:
            services = build_services(settings, serving, kept, live)
            roles = running(RoleResources(settings, kept, live), "scorer")
            with serve(services) as address, roles, httpx.Client(base_url=address) as client:
                _visit(client, called)
    sys.setprofile(None)
    threading.setprofile(None)
    files = called.files()
    way = [name for name in files if not name.startswith(ADAPTERS)]
    sys.stdout.write("\n".join(way) + f"\n{len(way)} files on the way of an event, ")
    sys.stdout.write(f"{len(files) - len(way)} of adapters beside them\n")


def _visit(client: httpx.Client, called: CalledFiles) -> None:
    session = str(uuid4())
    profile = client.get(f"/v1/profiles/{session}").raise_for_status().json()
    products = [slot["product_id"] for slot in profile["slate"]]
    with client.stream("GET", f"/v1/profiles/{session}/stream", timeout=20) as stream:
        versions = (line for line in stream.iter_lines() if line.startswith("id: "))
        next(versions)
        _view(client, session, products[0])
        next(versions)
        with called.noting():
            _view(client, session, products[1])
            next(versions)


def _view(client: httpx.Client, session: str, product: str) -> None:
    event = {
        "type": "product_view",
        "event_id": str(uuid4()),
        "session_id": session,
        "occurred_at": datetime.now(UTC).isoformat(),
        "product_id": product,
    }
    client.post("/v1/track", json=event).raise_for_status()


if __name__ == "__main__":
    main()
