"""Pictures that come beside a catalogue: whose they are, and what of them is kept."""

import os
import tarfile
from pathlib import Path

import pytest

from personalization.catalogue.pictures import MOST_PICTURE_BYTES
from personalization.domain.errors import ImportRejectedError, StoreFullError
from personalization.domain.identifiers import ProductId
from tests.builders.shops.picture import JPEG, PNG, WEBP
from tests.unit.importers.conftest import Shop
from tests.unit.importers.pictures.garments import garments_file, member, tar_file


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "photos"
    folder.mkdir()
    return folder


def addresses(shop: Shop) -> dict[str, str | None]:
    return {key: product.image_url for key, product in shop.products().items()}


def passed_over(ignored: dict[str, int]) -> dict[str, int]:
    return {reason.removeprefix("picture passed over: "): n for reason, n in ignored.items()}


def test_each_product_without_a_picture_gets_the_file_of_its_id(
    shop: Shop, tmp_path: Path, folder: Path
) -> None:
    for name, content in (("1.jpg", JPEG), ("2.PNG", PNG), ("3.webp", WEBP), ("9.jpg", JPEG)):
        (folder / name).write_bytes(content)
    (folder / "notes.txt").write_text("about them")

    report = shop.import_files(garments_file(tmp_path / "g.csv", *"1234"), pictures=folder)

    assert addresses(shop) == {
        "1": "/pictures/1.jpg",
        "2": "/pictures/2.png",
        "3": "/pictures/3.webp",
        "4": None,
    }
    kept = {path.name: path.read_bytes() for path in shop.storage.pictures.iterdir()}
    assert kept == {"1.jpg": JPEG, "2.png": PNG, "3.webp": WEBP}
    assert (report.pictures, report.new_pictures) == (3, 3)
    assert passed_over(report.ignored) == {
        "of no product of these files": 1,
        "not named as a picture": 1,
    }


def test_the_same_pictures_again_change_nothing_and_another_one_is_taken(
    shop: Shop, tmp_path: Path, folder: Path
) -> None:
    file = garments_file(tmp_path / "g.csv", "1", "2")
    for name in ("1.jpg", "2.jpg"):
        (folder / name).write_bytes(JPEG)
    shop.import_files(file, pictures=folder)
    kept = shop.storage.pictures / "1.jpg"
    os.utime(kept, (1, 1))

    again = shop.import_files(file, pictures=folder)
    assert (again.pictures, again.new_pictures, again.changed_products) == (2, 0, 0)
    assert kept.stat().st_mtime == 1

    (folder / "1.jpg").write_bytes(JPEG + b"!")
    other = shop.import_files(file, pictures=folder)
    assert (other.pictures, other.new_pictures, other.changed_products) == (2, 1, 0)
    assert kept.read_bytes() == JPEG + b"!"

    without = shop.import_files(file)
    assert without.changed_products == 0
    assert addresses(shop) == {"1": "/pictures/1.jpg", "2": "/pictures/2.jpg"}


def test_a_picture_that_the_catalogue_names_stays_and_of_two_files_the_first_is_taken(
    shop: Shop, tmp_path: Path, folder: Path
) -> None:
    file = tmp_path / "own.csv"
    file.write_text("id,title,image_url\n1,Top,https://shop.example/1.jpg\n2,Hat,\n")
    for name in ("1.jpg", "2.jpg", "2.png"):
        (folder / name).write_bytes(JPEG)

    report = shop.import_files(file, pictures=folder)

    assert addresses(shop) == {"1": "https://shop.example/1.jpg", "2": "/pictures/2.jpg"}
    assert passed_over(report.ignored) == {"of a product that has one": 2}


def test_what_is_no_picture_or_no_plain_file_is_passed_over_and_counted(
    shop: Shop, tmp_path: Path, folder: Path
) -> None:
    secret = tmp_path / "secret.jpg"
    secret.write_bytes(JPEG)
    (folder / "1.jpg").symlink_to(secret)
    (folder / "2.jpg").write_text("<script>alert(1)</script>")
    (folder / "3.jpg").write_bytes(JPEG.ljust(MOST_PICTURE_BYTES + 1))
    os.mkfifo(folder / "4.jpg")
    (folder / "5 6.jpg").write_bytes(JPEG)
    (folder / "7.jpg").mkdir()
    (folder / "8.jpg").write_bytes(JPEG.ljust(MOST_PICTURE_BYTES))
    (folder / "9.svg").write_text("<svg xmlns='http://www.w3.org/2000/svg'/>")

    report = shop.import_files(garments_file(tmp_path / "g.csv", *"123456789"), pictures=folder)

    assert [path.name for path in shop.storage.pictures.iterdir()] == ["8.jpg"]
    assert {key for key, url in addresses(shop).items() if url} == {"8"}
    assert passed_over(report.ignored) == {
        "a link": 1,
        "no JPEG, PNG or WebP by its content": 1,
        "larger than 2 MiB": 1,
        "not a plain file": 1,
        "a name that no address carries": 1,
        "not named as a picture": 1,
    }


def test_members_of_a_tar_file_that_lead_elsewhere_are_passed_over(
    shop: Shop, tmp_path: Path
) -> None:
    hostile = [
        member("1.jpg", JPEG),
        member("thumbs/2.jpg", JPEG),
        member("./3.jpg", JPEG),
        member("../../4.jpg", JPEG),
        member("/etc/5.jpg", JPEG),
        member("6.jpg", kind=tarfile.SYMTYPE, link="/etc/passwd"),
        member("7.jpg", kind=tarfile.LNKTYPE, link="1.jpg"),
        member("8.jpg", kind=tarfile.CHRTYPE),
        member("..\\9.jpg", JPEG),
        member("a" * 300 + ".jpg", JPEG),
    ]
    pictures = tar_file(tmp_path / "photos.tar", hostile)

    report = shop.import_files(garments_file(tmp_path / "g.csv", *"123456789"), pictures=pictures)

    names = sorted(path.name for path in shop.storage.pictures.iterdir())
    assert names == ["1.jpg", "2.jpg", "3.jpg"]
    assert passed_over(report.ignored) == {
        "a path that leads elsewhere": 3,
        "a link": 2,
        "not a plain file": 1,
        "a name that no address carries": 1,
    }


@pytest.mark.parametrize("kind", ["missing", "gz", "text", "empty"])
def test_what_is_neither_a_folder_nor_a_tar_file_ends_the_import_before_it_writes(
    shop: Shop, tmp_path: Path, kind: str
) -> None:
    path = tmp_path / "photos.tar"
    if kind == "gz":
        with tarfile.open(path, "w:gz") as tar:
            tar.add(garments_file(tmp_path / "x.csv"))
    elif kind != "missing":
        path.write_text("no tar file, but a text\n" * 100 if kind == "text" else "")

    with pytest.raises(ImportRejectedError, match="tar file"):
        shop.import_files(garments_file(tmp_path / "g.csv", "1"), pictures=path)

    assert shop.products() == {}
    assert not shop.storage.pictures.exists()


def test_a_dry_run_and_a_refused_import_put_no_picture(
    shop: Shop, tmp_path: Path, folder: Path
) -> None:
    (folder / "1.jpg").write_bytes(JPEG)
    tried = shop.import_files(garments_file(tmp_path / "g.csv", "1"), pictures=folder, dry_run=True)
    assert (tried.pictures, tried.new_pictures) == (1, 0)

    shop.import_files(garments_file(tmp_path / "all.csv", *"456"))
    with pytest.raises(ImportRejectedError, match="more than half"):
        shop.import_files(garments_file(tmp_path / "g.csv", "1"), pictures=folder, full=True)

    assert not shop.storage.pictures.exists()
    assert ProductId("1") not in shop.products()


def test_pictures_beside_events_are_refused(shop: Shop, tmp_path: Path, folder: Path) -> None:
    file = tmp_path / "events.csv"
    file.write_text("session,time,type,product\na,2026-01-01T10:00:00Z,view,1\n")
    with pytest.raises(ImportRejectedError, match="come with a catalogue"):
        shop.import_files(file, pictures=folder, written={"currency": "EUR"})


def test_a_folder_of_too_many_files_is_refused(
    shop: Shop, tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("importers.pictures.picture_folder.MOST_FILES", 2)
    monkeypatch.setattr("importers.pictures.picture_tar.MOST_FILES", 2)
    for name in ("1.jpg", "2.jpg", "3.jpg"):
        (folder / name).write_bytes(JPEG)
    tar = tar_file(tmp_path / "p.tar", [member(f"{number}.jpg", JPEG) for number in range(3)])
    for pictures in (folder, tar):
        with pytest.raises(ImportRejectedError, match="more than 2"):
            shop.import_files(garments_file(tmp_path / "g.csv", "1"), pictures=pictures)


def test_a_disk_without_room_ends_the_import(shop: Shop, tmp_path: Path, folder: Path) -> None:
    (folder / "1.jpg").write_bytes(JPEG)
    shop.storage = shop.storage.model_copy(update={"minimum_free_mib": 1 << 40})
    with pytest.raises(StoreFullError):
        shop.import_files(garments_file(tmp_path / "g.csv", "1"), pictures=folder)
    assert shop.products() == {}
