"""The storefront as its build left it: pages, and files whose names change with their content."""

import gzip
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from hashlib import sha256
from html import escape
from importlib import resources
from importlib.resources.abc import Traversable
from typing import Final

import msgspec

BUILT: Final = "out"
MANIFEST: Final = "site.json"
"""What the build says of itself; its last file, so that without it there is no whole build."""
NOT_BUILT: Final = "It has not been built."
KINDS: Final[Mapping[str, str]] = {
    ".css": "text/css; charset=utf-8",
    ".ico": "image/x-icon",
    ".jpg": "image/jpeg",
    ".js": "text/javascript; charset=utf-8",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
    ".webmanifest": "application/manifest+json",
    ".webp": "image/webp",
    ".woff2": "font/woff2",
}
_PACKED: Final = {".br": "br", ".gz": "gzip"}
_PAGE: Final = ".html"
_KEY, _OPERATIONS = b"{{key}}", b"{{operations}}"
_SHOWN: Final = b"shown"
_TAG_DIGITS: Final = 32
_REFUSED: Final = frozenset({"q=0", "q=0.", "q=0.0", "q=0.00", "q=0.000"})
"""Weights by which a coding is not taken."""
_PAGES_REMEMBERED: Final = 64
_POLICY: Final = (
    "default-src 'none'; script-src 'self'{scripts}; style-src 'self'; font-src 'self'; "
    "img-src 'self' https: data:; connect-src 'self'; manifest-src 'self'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'"
)


@dataclass(frozen=True, slots=True)
class SiteBody:
    """What is sent of a file, by content coding; "" is the file as it is."""

    by_coding: Mapping[str, bytes]
    media_type: str
    etag: str

    def best_for(self, accepted: str) -> tuple[str, bytes]:
        """Return the smallest packed form that an `Accept-Encoding` takes, else the plain one."""
        parts = [part.replace(" ", "").split(";") for part in accepted.lower().split(",")]
        names = {name for name, *weights in parts if not _REFUSED.intersection(weights)}
        fit = [name for name in self.by_coding if name and name in names]
        best = min(fit, key=lambda name: len(self.by_coding[name]), default="")
        return best, self.by_coding[best]


@dataclass(frozen=True, slots=True)
class SitePage:
    body: SiteBody
    policy: str
    """The content security policy: scripts of our own, and those that stand in the page."""


class SiteManifest(msgspec.Struct, frozen=True):
    pages: dict[str, list[str]] = {}
    """Which scripts stand in each page, by their digests."""
    files: dict[str, str] = {}
    """SHA-256 of each file, in hexadecimal; former builds do not say it."""


class BuiltSite:
    """Read once and whole: a build that is under way, or broke off, is none."""

    def __init__(self, folder: Traversable | None = None) -> None:
        self.fault = ""
        """Why there is nothing to serve; empty where there is."""
        manifest, files = SiteManifest(), dict[str, bytes]()
        try:
            manifest, files = _read_build(folder or resources.files("storefront") / BUILT)
        except _UnfitBuildError as error:
            self.fault = str(error)
        self._scripts = manifest.pages
        self._pages = {name: files[name + _PAGE] for name in self._scripts}
        self._files = dict(_bodies(files))
        self.page = lru_cache(_PAGES_REMEMBERED)(self._page)

    def file(self, path: str) -> SiteBody | None:
        return self._files.get(path)

    def _page(self, name: str, key: str | None, *, shows_operations: bool) -> SitePage | None:
        """Return a page that calls the API by a publishable key; None where there is none so."""
        if name not in self._pages:
            return None
        said = escape(key or "").encode()
        body = self._pages[name].replace(_KEY, said)
        body = body.replace(_OPERATIONS, _SHOWN if shows_operations else b"")
        forms = {"": body, "gzip": gzip.compress(body, mtime=0)}
        scripts = "".join(f" '{digest}'" for digest in self._scripts[name])
        media_type = "text/html; charset=utf-8"
        return SitePage(SiteBody(forms, media_type, etag_of(body)), _POLICY.format(scripts=scripts))


@cache
def served_site() -> BuiltSite:
    """Return the build of this checkout or wheel, as the first call found it."""
    return BuiltSite()


class _UnfitBuildError(Exception):
    """Says why a build is not served."""


def _read_build(folder: Traversable) -> tuple[SiteManifest, dict[str, bytes]]:
    """Return a build and its files; raises `_UnfitBuildError`, also if it changes meanwhile."""
    try:
        if not (folder / MANIFEST).is_file():
            raise _UnfitBuildError(NOT_BUILT)
        text = (folder / MANIFEST).read_bytes()
        files = dict(_files_in(folder))
        manifest = msgspec.json.decode(text, type=SiteManifest)
    except (OSError, ValueError) as error:
        raise _UnfitBuildError(f"Its build is not whole: {error}.") from error
    changed = [] if files.pop(MANIFEST, b"") == text else [MANIFEST]
    changed += [name + _PAGE for name in manifest.pages if name + _PAGE not in files]
    changed += [
        path
        for path, digest in manifest.files.items()
        if sha256(files.get(path, b"")).hexdigest() != digest
    ]
    if changed:
        what = f"{changed[0]} and {len(changed) - 1} more" if changed[1:] else changed[0]
        raise _UnfitBuildError(f"Its build is not whole: {what} missing or of another build.")
    return manifest, files


def _files_in(folder: Traversable, prefix: str = "") -> Iterator[tuple[str, bytes]]:
    for entry in sorted(folder.iterdir(), key=lambda path: path.name):
        if entry.is_dir():
            yield from _files_in(entry, f"{prefix}{entry.name}/")
        else:
            yield prefix + entry.name, entry.read_bytes()


def _bodies(files: Mapping[str, bytes]) -> Iterator[tuple[str, SiteBody]]:
    for path, body in files.items():
        kind = KINDS.get(_suffix(path))
        if kind is None:
            continue
        packed = {
            coding: files[path + suffix]
            for suffix, coding in _PACKED.items()
            if path + suffix in files
        }
        yield path, SiteBody({"": body, **packed}, kind, etag_of(body))


def etag_of(body: bytes) -> str:
    # A weak one: the same for all codings of the body.
    return f'W/"{sha256(body).hexdigest()[:_TAG_DIGITS]}"'


def _suffix(path: str) -> str:
    return path[path.rfind(".") :]
