"""The scripts that pages of other sites load."""

from pathlib import Path

import httpx
import pytest

from api.http.client_bundles import NAMES, ClientBundles
from api.routes import client_files

SCRIPT = b"export const row = 1;"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "dist"
    folder.mkdir()
    monkeypatch.setattr(client_files, "BUNDLES", ClientBundles(folder))
    return folder


@pytest.mark.parametrize("name", NAMES)
def test_a_script_may_be_loaded_by_any_page(
    folder: Path, stranger: httpx.Client, name: str
) -> None:
    (folder / name).write_bytes(SCRIPT)

    answer = stranger.get(f"/client/{name}", headers={"origin": "https://shop.example"})

    assert answer.content == SCRIPT
    assert answer.headers["content-encoding"] == "gzip"
    assert answer.headers["content-type"] == "text/javascript; charset=utf-8"
    assert answer.headers.get_list("access-control-allow-origin") == ["*"]
    assert answer.headers["cross-origin-resource-policy"] == "cross-origin"
    assert answer.headers["cache-control"] == "no-cache"
    plain = stranger.get(f"/client/{name}", headers={"accept-encoding": "br, gzip;q=0"})
    assert "content-encoding" not in plain.headers
    assert plain.content == SCRIPT
    known = {"if-none-match": answer.headers["etag"]}
    assert stranger.get(f"/client/{name}", headers=known).status_code == 304
    assert stranger.head(f"/client/{name}").headers["etag"] == answer.headers["etag"]


def test_what_is_not_built_says_how_to_build_it(folder: Path, stranger: httpx.Client) -> None:
    answer = stranger.get("/client/element.js")

    assert answer.status_code == 404
    assert answer.json()["type"] == "/problems/client-not-built"
    assert "make web" in answer.json()["detail"]
    (folder / "element.js").write_bytes(SCRIPT)
    assert stranger.get("/client/element.js").status_code == 200


@pytest.mark.parametrize("name", ["react.js", "size.json", "index.d.ts", "..%2Fpackage.json", "x"])
def test_nothing_else_is_a_script(folder: Path, stranger: httpx.Client, name: str) -> None:
    (folder / "size.json").write_text("{}")

    answer = stranger.get(f"/client/{name}")

    assert answer.status_code == 404
    assert answer.json()["type"] == "/problems/not-found"
