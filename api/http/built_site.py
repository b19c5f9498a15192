"""The storefront as its build left it: pages, and files whose names change with their content."""

import gzip
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from html import escape
from importlib import resources
from importlib.resources.abc import Traversable
from typing import Final

BUILT: Final = "out"
MANIFEST: Final = "site.json"
"""What the build says of its pages: which scripts stand in each, by their digests."""
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


class BuiltSite:
    """Read once; `is_built` is false where nobody has built the storefront."""

    def __init__(self, folder: Traversable | None = None) -> None:
        folder = folder or resources.files("storefront") / BUILT
        self.is_built = (folder / MANIFEST).is_file()
        files = dict(_files_in(folder)) if self.is_built else {}
        manifest = json.loads(files.pop(MANIFEST, b'{"pages": {}}'))
        self._scripts: dict[str, list[str]] = manifest["pages"]
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
