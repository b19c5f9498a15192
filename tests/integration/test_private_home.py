"""Nobody but its owner may read the home folder, whatever wrote into it."""

import os
import stat
from collections.abc import Iterator
from concurrent.futures import Future
from pathlib import Path

import pytest

from api.wiring import build_services
from personalization.adapters.vowpal.policy import VowpalLearner
from personalization.domain.errors import StoreUnavailableError
from personalization.ports.event_log import Message
from personalization.settings.serving import ServingSettings
from personalization.wiring import CoreSettings, open_kept, open_live
from tests.builders.event import an_event


@pytest.fixture(autouse=True)
def umask() -> Iterator[None]:
    """Begin with the umask of most systems, and leave none behind."""
    before = os.umask(0o022)
    try:
        yield
    finally:
        os.umask(before)


def others_rights(home: Path) -> list[str]:
    """Return what others have rights on, with the rights."""
    return [
        f"{oct(stat.S_IMODE(path.lstat().st_mode))} {path.relative_to(home.parent)}"
        for path in (home, *home.rglob("*"))
        if path.lstat().st_mode & 0o077 and not path.is_symlink()
    ]


def use(home: Path) -> list[str]:
    """Write into every store; return what others could see meanwhile."""
    settings = CoreSettings.of_home(home)
    with open_kept(settings) as kept, open_live(settings, kept) as live:
        build_services(settings, ServingSettings(), kept, live)
        kept.history.append([an_event()])
        kept.models.save({"model.vw": VowpalLearner(None).dump()}, kept.models.current())
        written: Future[None] = live.log.publish("things", [Message("key", b"x")])
        written.result(10)
        return others_rights(home)


def test_a_home_that_cannot_be_made_is_told_with_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for opened in (open_kept, open_live):
        with (
            pytest.raises(StoreUnavailableError, match=r"file/home cannot .* --home or FITTING_"),
            opened(CoreSettings.of_home(tmp_path / "file" / "home")),
        ):
            pass


def test_what_is_written_is_its_owners_alone_also_while_it_is_in_use(tmp_path: Path) -> None:
    home = tmp_path / "home"

    assert use(home) == []
    assert stat.S_IMODE(home.stat().st_mode) == 0o700
    names = {path.name for path in home.rglob("*")}
    assert {"signing_keys.json", "history.sqlite", "history.sqlite.lock", "redis.log"} <= names
    assert all(
        stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600)
        for path in home.rglob("*")
    )
    assert others_rights(home) == []


def test_a_home_of_before_is_closed_to_others_when_it_is_opened(tmp_path: Path) -> None:
    home, outside = tmp_path / "home", tmp_path / "outside"
    use(home)
    outside.write_text("somebody else's")
    outside.chmod(0o644)
    (home / "link").symlink_to(outside)
    for path in (home, *home.rglob("*")):
        if not path.is_symlink():
            path.chmod(0o777 if path.is_dir() else 0o666)

    assert use(home) == []
    assert others_rights(home) == []
    assert stat.S_IMODE(outside.stat().st_mode) == 0o644
