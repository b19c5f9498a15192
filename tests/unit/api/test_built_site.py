"""The storefront's files as they are served."""

import gzip
import json
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import pytest

from api.http.built_site import BuiltSite, SitePage

PAGE = b'<meta name="key" content="{{key}}"><meta name="operations" content="{{operations}}">'


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "product").mkdir()
    (tmp_path / "index.html").write_bytes(PAGE)
    (tmp_path / "product" / "[id].html").write_bytes(b"<p>product</p>")
    (tmp_path / "_next").mkdir()
    (tmp_path / "_next" / "a.js").write_bytes(b"let a = 1; " * 100)
    (tmp_path / "_next" / "a.js.gz").write_bytes(gzip.compress(b"let a = 1; " * 100))
    (tmp_path / "_next" / "a.js.br").write_bytes(b"small")
    (tmp_path / "_next" / "notes.exe").write_bytes(b"")
    pages = {"index": ["sha256-abc="], "product/[id]": []}
    (tmp_path / "site.json").write_text(json.dumps({"pages": pages}))
    return tmp_path


def _home(folder: Path, key: str | None, *, shows_operations: bool = False) -> SitePage:
    page = BuiltSite(folder).page("index", key, shows_operations=shows_operations)
    assert page is not None
    return page


def test_a_page_carries_the_publishable_key_by_which_it_calls(folder: Path) -> None:
    key = "pk_page00000000_secret"
    keyed = _home(folder, key).body.by_coding
    assert f'name="key" content="{key}"' in keyed[""].decode()
    assert gzip.decompress(keyed["gzip"]) == keyed[""]
    bare = _home(folder, None, shows_operations=True).body.by_coding[""].decode()
    assert 'name="key" content=""' in bare
    assert 'name="operations" content="shown"' in bare


def test_no_key_can_break_out_of_its_attribute(folder: Path) -> None:
    assert b'"><script>' not in _home(folder, '"><script>').body.by_coding[""]


def test_a_page_allows_the_scripts_of_its_own_build_and_no_others(folder: Path) -> None:
    assert "script-src 'self' 'sha256-abc=';" in _home(folder, None).policy
    product = BuiltSite(folder).page("product/[id]", None, shows_operations=False)
    assert product is not None
    assert "script-src 'self';" in product.policy
    assert "unsafe" not in product.policy


def test_the_smallest_form_that_a_browser_takes_is_sent(folder: Path) -> None:
    found = BuiltSite(folder).file("_next/a.js")
    assert found is not None
    assert found.best_for("gzip, deflate, br, zstd")[0] == "br"
    assert found.best_for("gzip;q=0.5")[0] == "gzip"
    assert found.best_for("br;q=0, gzip;q=0")[0] == ""
    assert found.best_for("")[0] == ""


@pytest.mark.parametrize(
    "path", ["_next/notes.exe", "_next/../site.json", "site.json", "index.html", ""]
)
def test_nothing_but_files_of_known_kinds_is_handed_out(folder: Path, path: str) -> None:
    assert BuiltSite(folder).file(path) is None


def test_without_a_build_there_are_no_pages_and_it_says_so(tmp_path: Path) -> None:
    for folder in (tmp_path, tmp_path / "none"):
        site = BuiltSite(folder)
        assert site.fault == "It has not been built."
        assert site.page("index", None, shows_operations=False) is None


def _list_files(folder: Path) -> dict[str, str]:
    """Let the manifest say what each file is, as a build does at its end."""
    manifest = json.loads((folder / "site.json").read_text())
    digests = {
        path.relative_to(folder).as_posix(): sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file() and path.name != "site.json"
    }
    (folder / "site.json").write_text(json.dumps({**manifest, "files": digests}))
    return digests


def test_a_whole_build_is_served_beside_files_that_it_does_not_name(folder: Path) -> None:
    _list_files(folder)
    (folder / ".complete").touch()
    site = BuiltSite(folder)
    assert site.fault == ""
    assert site.file("_next/a.js") is not None


def _lose_page(folder: Path) -> None:
    (folder / "index.html").unlink()


def _lose_script(folder: Path) -> None:
    (folder / "_next" / "a.js").unlink()


def _take_page_of_another_build(folder: Path) -> None:
    (folder / "index.html").write_bytes(PAGE.replace(b"key", b"other"))


def _cut_manifest(folder: Path) -> None:
    text = (folder / "site.json").read_text()
    (folder / "site.json").write_text(text[: len(text) // 2])


def _say_nothing(folder: Path) -> None:
    (folder / "site.json").write_text("[]")


def _make_unreadable(folder: Path) -> None:
    (folder / "_next" / "gone.js").symlink_to(folder / "nowhere")


@pytest.mark.parametrize(
    "damage",
    [
        _lose_page,
        _lose_script,
        _take_page_of_another_build,
        _cut_manifest,
        _say_nothing,
        _make_unreadable,
    ],
)
def test_nothing_of_a_build_that_is_not_whole_is_served(
    folder: Path, damage: Callable[[Path], None]
) -> None:
    _list_files(folder)
    damage(folder)
    site = BuiltSite(folder)
    assert "not whole" in site.fault
    assert site.page("product/[id]", None, shows_operations=False) is None
    assert site.file("_next/a.js") is None


def test_a_build_that_names_no_files_needs_its_pages(folder: Path) -> None:
    """Builds of former releases do not name them."""
    assert BuiltSite(folder).fault == ""
    _lose_page(folder)
    assert "not whole" in BuiltSite(folder).fault
