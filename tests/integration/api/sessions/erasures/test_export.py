"""All that is kept of a person, over their devices, and nothing of anybody else."""

import io
import json
import zipfile
from dataclasses import replace

from personalization.domain.clock import SystemClock
from personalization.domain.identifiers import ProductId, SessionId, UserId
from personalization.exports.person_export import PersonExport
from realtime.wiring import RoleResources
from tests.builders.wire_event import a_wire_event
from tests.integration.api.sessions.people import Roles, SharedDevice


def export(base: RoleResources, *sessions: str, user: str | None = None) -> zipfile.ZipFile:
    file = io.BytesIO()
    made = PersonExport(base.kept, base.live, SystemClock())
    made.write(file, [SessionId(name) for name in sessions], UserId(user) if user else None)
    return zipfile.ZipFile(file)


def test_a_person_gets_the_visits_of_all_devices_with_what_was_shown_and_why(
    phone: SharedDevice, laptop: SharedDevice, roles: Roles, base: RoleResources
) -> None:
    for device in (phone, laptop):
        device.send("shirt-1")
        device.log_in("ann")
        device.send("shirt-2", type_="add_to_cart")
        device.send("not-there")
    odd = a_wire_event(session_id=phone.session_id, type="nothing")
    phone.client.post("/v1/track", json=odd, headers=phone.headers)
    roles.work_off()
    user = phone.profile()["user_id"]
    archive = export(base, user=user)
    visits = [json.loads(archive.read(name)) for name in archive.namelist() if "visits" in name]
    assert {visit["session_id"] for visit in visits} == {phone.session_id, laptop.session_id}
    for visit in visits:
        assert {event["type"] for event in visit["events"]} == {
            "product_view", "login", "add_to_cart",
        }  # fmt: skip
        assert visit["shown"][0]["profile"]["score_data"]["products"][0]["reason"]
        assert visit["shown"][0]["because_of"]
    rest = json.loads(archive.read("rest.json"))
    assert len(rest["live_sessions"]) == 2
    assert len(rest["claims"]) == 2
    assert len(rest["waiting_events"]) == 2
    assert len(rest["refused_events"]) == 1
    page = archive.read("index.html").decode()
    assert "White linen shirt" in page
    assert user not in "".join(archive.namelist())


def test_a_visit_alone_is_exported_without_those_of_others(
    phone: SharedDevice, laptop: SharedDevice, roles: Roles, base: RoleResources
) -> None:
    phone.send("shirt-1")
    laptop.send("shirt-2")
    roles.work_off()
    archive = export(base, phone.session_id)
    text = b"".join(archive.read(name) for name in archive.namelist()).decode()
    assert phone.session_id in text
    assert laptop.session_id not in text
    unknown = export(base, "5f0c3b1e-8f57-4f0e-9a53-0b6f9b1c2d3e")
    assert unknown.namelist() == ["rest.json", "index.html"]


def test_a_title_cannot_put_markup_into_the_page(
    phone: SharedDevice, roles: Roles, base: RoleResources
) -> None:
    (shirt,) = base.kept.catalogue.read_products([ProductId("shirt-1")]).values()
    base.kept.catalogue.write_products([replace(shirt, title="<script>alert(1)</script>")])
    phone.send("shirt-1")
    roles.work_off()
    page = export(base, phone.session_id).read("index.html").decode()
    assert "<script>" not in page
    assert "&lt;script&gt;" in page
