"""Pictures of products, as browsers ask for them."""

import os
import sys
from pathlib import Path

import httpx
import pytest

from api.state import ApiServices
from importers.pictures.picture_import import StagedPictures
from personalization.adapters.sqlite.staged_catalogue import StagedCatalogue
from personalization.catalogue.pictures import MOST_PICTURE_BYTES
from tests.builders.product import a_product
from tests.builders.shops.picture import JPEG, PNG
from tests.unit.importers.silent_progress import SilentProgress


@pytest.fixture
def folder(services: ApiServices) -> Path:
    """Return the folder with a picture of each kind that is served, and things that are not."""
    folder = services.pictures.path
    folder.mkdir()
    (folder / "shirt-1.jpg").write_bytes(JPEG)
    (folder / "shirt-2.webp").write_bytes(PNG)
    (folder / "page.jpg").write_text("<script>alert(1)</script>")
    (folder / "large.jpg").write_bytes(JPEG.ljust(MOST_PICTURE_BYTES + 1))
    (folder / "empty.jpg").touch()
    (folder / "folder.jpg").mkdir()
    (folder / ".hidden.jpg").write_bytes(JPEG)
    (folder / "notes.txt").write_bytes(JPEG)
    (folder.parent / "outside.jpg").write_bytes(JPEG)
    (folder / "link.jpg").symlink_to(folder.parent / "outside.jpg")
    os.mkfifo(folder / "pipe.jpg")
    return folder


def test_a_picture_is_served_by_its_content_and_kept_for_a_day(
    folder: Path, client: httpx.Client
) -> None:
    answer = client.get("/pictures/shirt-1.jpg")
    assert (answer.status_code, answer.content) == (200, JPEG)
    assert answer.headers["content-type"] == "image/jpeg"
    assert answer.headers["cache-control"] == "public, max-age=86400"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert client.get("/pictures/shirt-2.webp").headers["content-type"] == "image/png"

    asked = client.head("/pictures/shirt-1.jpg")
    assert (asked.status_code, asked.content) == (200, b"")
    assert asked.headers["content-length"] == str(len(JPEG))

    known = {"if-none-match": answer.headers["etag"]}
    assert client.get("/pictures/shirt-1.jpg", headers=known).status_code == 304
    (folder / "shirt-1.jpg").write_bytes(JPEG + b"!")
    assert client.get("/pictures/shirt-1.jpg", headers=known).content == JPEG + b"!"


def test_the_header_is_answered_without_reading_the_picture(
    folder: Path, client: httpx.Client
) -> None:
    (folder / "shirt-3.jpg").write_bytes(JPEG.ljust(MOST_PICTURE_BYTES))
    client.head("/pictures/none.jpg")

    before = _bytes_read()
    asked = client.head("/pictures/shirt-3.jpg")
    read = _bytes_read() - before

    assert asked.headers["content-length"] == str(MOST_PICTURE_BYTES)
    assert read < MOST_PICTURE_BYTES / 4
    answer = client.get("/pictures/shirt-3.jpg")
    assert answer.headers == {**asked.headers, "date": answer.headers["date"]}


def _bytes_read() -> int:
    """Return how many bytes this process has read, of files and of sockets."""
    if sys.platform != "linux":
        pytest.skip("Elsewhere than on Linux nothing says it.")
    return int(Path("/proc/self/io").read_text().split()[1])


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_a_version_that_is_known_in_any_spelling_is_not_sent(
    folder: Path, client: httpx.Client, method: str
) -> None:
    address = f"/pictures/{folder.joinpath('shirt-1.jpg').name}"
    etag = client.get(address).headers["etag"]
    for known in ("*", f'"other", W/{etag}', f'"a,b",{etag}'):
        answer = client.request(method, address, headers={"if-none-match": known})
        assert (answer.status_code, answer.content) == (304, b""), known
        assert answer.headers["etag"] == etag
    for other in (etag.strip('"'), f'"{etag[2:]}', '"other"'):
        assert client.get(address, headers={"if-none-match": other}).status_code == 200, other
    assert client.get("/pictures/none.jpg", headers={"if-none-match": "*"}).status_code == 404


@pytest.mark.parametrize(
    "name",
    [
        "none.jpg", "page.jpg", "large.jpg", "empty.jpg", "folder.jpg", ".hidden.jpg", "notes.txt",
        "link.jpg", "pipe.jpg", "..%2Foutside.jpg", "%2e%2e%2foutside.jpg", "..%5Coutside.jpg",
        "shirt-1.jpg%00", "shirt-1.jpg%0a", "%C3%A9.jpg", "a" * 300 + ".jpg",
    ],
)  # fmt: skip
def test_anything_else_is_a_problem_that_says_so(
    folder: Path, client: httpx.Client, name: str
) -> None:
    assert folder.is_dir()
    answer = client.get(f"/pictures/{name}")
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"


def test_a_shop_without_a_folder_of_pictures_has_none(client: httpx.Client) -> None:
    assert client.get("/pictures/shirt-1.jpg").status_code == 404


def test_what_an_import_puts_there_is_served_at_the_address_of_the_product(
    services: ApiServices, client: httpx.Client, tmp_path: Path
) -> None:
    photos = tmp_path / "photos"
    photos.mkdir()
    (photos / "shirt-1.png").write_bytes(PNG)
    stage = StagedCatalogue(tmp_path / "stage" / "catalogue.sqlite", 0)
    stage.write_products([a_product(image_url=None)])
    pictures = StagedPictures(tmp_path / "stage" / "pictures", 0)
    pictures.stage(photos, stage, SilentProgress())
    (product,) = next(stage.all_products())
    stage.close()
    pictures.publish(services.pictures.path)

    assert product.image_url == "/pictures/shirt-1.png"
    assert client.get(product.image_url).content == PNG
