"""The storefront's files as they are served."""

import gzip
import json
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


def test_without_a_build_there_are_no_pages(tmp_path: Path) -> None:
    site = BuiltSite(tmp_path)
    assert not site.is_built
    assert site.page("index", None, shows_operations=False) is None
