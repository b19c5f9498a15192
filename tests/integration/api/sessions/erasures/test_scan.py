"""The scan goes by the running stores: what somebody adds there needs an eraser."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from cli.wiring import stores_places
from personalization.domain.identifiers import SessionId
from personalization.erasure.open_worker import erasure_worker
from personalization.erasure.scan import ScannedPlace, markers_of, scan
from personalization.wiring import CoreSettings
from realtime.wiring import RoleResources
from tests.integration.api.sessions.people import Roles, SharedDevice


def places(base: RoleResources, settings: CoreSettings, *sessions: str) -> list[ScannedPlace]:
    erasers = erasure_worker(settings.storage, base.kept, base.live).erasers
    markers = markers_of([SessionId(name) for name in sessions])
    return list(scan(stores_places(settings, base.kept, base.live.url), erasers, markers))


def places_of_nobody(found: list[ScannedPlace]) -> list[str]:
    return [place.name for place in found if not place.owner]


def test_each_place_of_the_running_stores_has_an_eraser_and_a_new_one_has_none(
    base: RoleResources, roles: Roles, phone: SharedDevice, settings: CoreSettings, tmp_path: Path
) -> None:
    phone.send("shirt-1")
    phone.log_in("ann")
    roles.work_off()
    # As `make demo` keeps it.
    (tmp_path / "serve.log").write_text('{"message": "ready"}\n')
    found = places(base, settings, phone.session_id)
    assert places_of_nobody(found) == []
    assert {"history/events", "redis/session_state", "event_log/records"} <= {
        place.name for place in found if place.found
    }
    # What a release adds, and forgets to erase.
    with closing(sqlite3.connect(tmp_path / "history.sqlite")) as connection:
        connection.execute("CREATE TABLE notes (session_id TEXT)")
        connection.execute("INSERT INTO notes VALUES (?)", (phone.session_id,))
        connection.commit()
    (tmp_path / "cache").mkdir()
    (tmp_path / "cache" / "last.json").write_text(phone.session_id.replace("-", ""))
    again = places(base, settings, phone.session_id)
    assert set(places_of_nobody(again)) == {"history/notes", "files/cache/last.json"}
    assert all(place.found for place in again if not place.owner)


def test_a_marker_that_lies_across_two_pieces_of_a_file_is_found(
    base: RoleResources, settings: CoreSettings, tmp_path: Path
) -> None:
    session = "5f0c3b1e-8f57-4f0e-9a53-0b6f9b1c2d3e"
    (tmp_path / "large").write_bytes(b"." * (2**20 - 7) + session.encode())
    found = {place.name: place.found for place in places(base, settings, session)}
    assert found["files/large"] == 1


def test_an_id_that_would_be_found_everywhere_is_refused() -> None:
    with pytest.raises(ValueError, match="everywhere"):
        markers_of([], ["a"])  # type: ignore[list-item]
