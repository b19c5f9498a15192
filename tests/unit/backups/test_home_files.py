"""The files of a home folder as members of a backup, while others write and remove them."""

import io
import shutil
from collections.abc import Callable
from pathlib import Path
from threading import Event, Thread

import pytest

from personalization.backups.archive import Manifest, read_archive, write_archive
from personalization.backups.home_files import HomeFiles
from personalization.settings.storage import StorageSettings
from tests.builders.moments import NOON

Change = Callable[[Path], None]


@pytest.fixture
def home(tmp_path: Path) -> HomeFiles:
    """Return a home with two pictures and a model."""
    storage = StorageSettings(home=tmp_path)
    for path, body in {
        "pictures/shirt-1.jpg": b"first",
        "pictures/shirt-2.jpg": b"second",
        "models/000001-a/weights.bin": b"weights",
        "models/current": b"000001-a",
        "priors.sqlite": b"priors",
        "prior_lists/generation-1": b"lists",
    }.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_bytes(body)
    return HomeFiles(storage, copy)


def copy(file: Path, place: Path) -> int:
    """Stand for what copies a database, of which there is none here."""
    shutil.copyfile(file, place)
    return 0


def kept_of(home: HomeFiles, *, meanwhile: tuple[str, Change] | None = None) -> dict[str, bytes]:
    """Return what a backup has; a change is made while the first bytes of a member are read."""
    pending = dict([meanwhile]) if meanwhile else {}

    def report(path: str, _: int) -> None:
        change = pending.pop(path, None)
        if change is not None:
            change(home.storage.home)

    sink = io.BytesIO()
    made = write_archive(sink, home.members(), NOON, home.stack, report)  # type: ignore[arg-type]
    assert not pending
    kept: dict[str, bytes] = {}
    sink.seek(0)
    read = read_archive(
        sink,  # type: ignore[arg-type]
        lambda path, pieces: kept.update({path: b"".join(pieces)}),
        lambda *_: None,
    )
    assert isinstance(read, Manifest)
    assert read == made
    return kept


def test_all_that_is_finished_is_kept(home: HomeFiles) -> None:
    whole = kept_of(home)

    assert len(whole) == 6
    assert whole["pictures/shirt-2.jpg"] == b"second"


@pytest.mark.parametrize(
    "unfinished",
    [
        "pictures/.shirt-3.jpg.part",
        "models/.unfinished/weights.bin",
        "models/.writing",
        "models/current.new",
        "prior_lists/generation-2.unfinished",
    ],
)
def test_what_is_being_written_is_not(home: HomeFiles, unfinished: str) -> None:
    before, size = kept_of(home), home.total_bytes()
    file = home.storage.home / unfinished
    file.parent.mkdir(exist_ok=True)
    file.write_bytes(b"half")

    assert kept_of(home) == before
    assert home.total_bytes() == size


def _lose(folder: Path) -> None:
    (folder / "pictures" / "shirt-2.jpg").unlink()


def _lose_first(folder: Path) -> None:
    (folder / "pictures" / "shirt-1.jpg").unlink()


def _lose_folder(folder: Path) -> None:
    for file in (folder / "pictures").iterdir():
        file.unlink()
    (folder / "pictures").rmdir()


@pytest.mark.parametrize(
    ("while_reading", "change", "lost"),
    [
        ("pictures/shirt-1.jpg", _lose, {"pictures/shirt-2.jpg"}),
        ("pictures/shirt-1.jpg", _lose_first, set()),
        ("pictures/shirt-1.jpg", _lose_folder, {"pictures/shirt-2.jpg"}),
        ("models/current", _lose_folder, {"pictures/shirt-1.jpg", "pictures/shirt-2.jpg"}),
    ],
)
def test_what_goes_meanwhile_is_not_missed(
    home: HomeFiles, while_reading: str, change: Change, lost: set[str]
) -> None:
    before = kept_of(home)

    kept = kept_of(home, meanwhile=(while_reading, change))

    assert kept == {path: body for path, body in before.items() if path not in lost}


def test_a_picture_that_is_replaced_meanwhile_is_whole(home: HomeFiles) -> None:
    def replace(folder: Path) -> None:
        for name in ("shirt-1.jpg", "shirt-2.jpg"):
            part = folder / "pictures" / f".{name}.part"
            part.write_bytes(b"a longer picture than the one before")
            part.replace(folder / "pictures" / name)

    kept = kept_of(home, meanwhile=("pictures/shirt-1.jpg", replace))

    assert kept["pictures/shirt-1.jpg"] == b"first"
    assert kept["pictures/shirt-2.jpg"] == b"a longer picture than the one before"


@pytest.mark.parametrize("path", ["models/current", "models/000001-a/weights.bin"])
def test_the_current_model_is_one_that_the_backup_has(home: HomeFiles, path: str) -> None:
    def save_another(folder: Path) -> None:
        (folder / "models" / "000002-b").mkdir()
        (folder / "models" / "000002-b" / "weights.bin").write_bytes(b"newer")
        (folder / "models" / "current.new").write_bytes(b"000002-b")
        (folder / "models" / "current.new").rename(folder / "models" / "current")

    kept = kept_of(home, meanwhile=(path, save_another))

    assert f"models/{kept['models/current'].decode()}/weights.bin" in kept


def test_pictures_may_come_and_go_while_their_room_is_counted(home: HomeFiles) -> None:
    stop, running = Event(), Event()

    def import_pictures() -> None:
        while not stop.is_set():
            for number in range(50):
                part = home.storage.pictures / f".new-{number}.jpg.part"
                part.write_bytes(b"new")
                part.replace(home.storage.pictures / f"new-{number}.jpg")
            for number in range(50):
                (home.storage.pictures / f"new-{number}.jpg").unlink()
            running.set()

    importing = Thread(target=import_pictures)
    importing.start()
    try:
        assert running.wait(20)
        for _ in range(100):
            assert home.total_bytes() > 0
            kept_of(home)
    finally:
        stop.set()
        importing.join()
