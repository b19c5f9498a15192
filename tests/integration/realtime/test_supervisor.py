"""Roles beside an API: each fails alone, is told of, and is begun again."""

from collections.abc import Iterator
from pathlib import Path
from threading import Event as Flag
from threading import enumerate as threads

import pytest

from personalization.domain.errors import DamagedSnapshotError
from personalization.ports.model_store import STATE_PART
from personalization.settings.redis import RedisSettings
from personalization.settings.storage import StorageSettings
from personalization.wiring import CoreSettings, open_kept, open_live
from realtime.look_loop import RunningRole
from realtime.main import RoleSupervisor
from realtime.role_loop import RoleLoop
from realtime.wiring import ROLES, RoleResources
from tests.waiting import eventually

STUCK_SECONDS = 60.0
PAUSE_SECONDS = 0.01


@pytest.fixture
def base(tmp_path: Path, redis_url: str) -> Iterator[RoleResources]:
    storage, redis = StorageSettings(home=tmp_path), RedisSettings(url=redis_url)
    settings = CoreSettings(storage=storage, redis=redis)
    with open_kept(settings) as kept, open_live(settings, kept) as live:
        yield RoleResources(settings, kept, live)


def open_files(home: Path) -> int:
    links = [link.resolve() for link in Path("/proc/self/fd").iterdir()]
    return sum(link.is_relative_to(home) for link in links)


def test_a_role_that_fails_is_begun_again_while_the_others_go_on(base: RoleResources) -> None:
    began = []

    def fails_twice(resources: RoleResources, stop: Flag) -> RunningRole:
        began.append(stop)
        if len(began) <= 2:
            raise DamagedSnapshotError("no snapshot is sound")
        return ROLES["learner"](resources, stop)

    roles = RoleSupervisor(base, {**ROLES, "learner": fails_twice}, PAUSE_SECONDS)
    roles.start()
    eventually(lambda: len(began) == 3 and roles.reports(STUCK_SECONDS)["learner"].healthy)
    reports = roles.reports(STUCK_SECONDS)
    assert all(report.healthy for report in reports.values())
    assert all(report.failure is None for report in reports.values())
    assert roles.stop()
    assert not any(thread.name in ROLES for thread in threads())


def test_a_role_that_stays_away_is_told_of_and_counts_at_the_end(base: RoleResources) -> None:
    def fails(_: RoleResources, __: Flag) -> RoleLoop:
        raise RuntimeError("a fault of ours")

    roles = RoleSupervisor(base, {**ROLES, "history": fails}, PAUSE_SECONDS)
    roles.start()
    eventually(lambda: not roles.reports(STUCK_SECONDS)["history"].healthy)
    eventually(lambda: roles.reports(STUCK_SECONDS)["scorer"].lag == 0)
    reports = roles.reports(STUCK_SECONDS)
    assert reports["history"].failure == "a fault of ours"
    assert [name for name in reports if reports[name].healthy] == [
        "scorer",
        "learner",
        "waiting",
        "eraser",
    ]
    assert not roles.stop()


def test_a_learner_that_is_begun_again_and_again_leaves_no_descriptor_behind(
    base: RoleResources, tmp_path: Path
) -> None:
    damaged = base.kept.models.save({STATE_PART: b"not json", "model.vw": b"none"}, None)
    assert damaged
    (tmp_path / "models" / damaged / "model.vw").unlink()
    log = base.live.log
    log.publish("user_interactions", []).result(10)
    before = None
    for _ in range(4):
        loop = ROLES["learner"](base, Flag())
        loop.close()
        before = before or open_files(tmp_path)
    assert open_files(tmp_path) == before
