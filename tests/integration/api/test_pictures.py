"""Pictures of products, as browsers ask for them."""

import os
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
