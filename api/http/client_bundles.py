"""The scripts of `clients/js` as its build left them, for pages of any site."""

import gzip
from importlib import resources
from importlib.resources.abc import Traversable
from typing import Final

from api.http.built_site import BUILT, KINDS, SiteBody, etag_of

NAMES: Final = ("element.js", "index.js", "live.js")
"""`element.js` is all in one; `index.js` fetches `live.js` from beside it."""


class ClientBundles:
    """Each is read when it is first asked for, so that a build needs no restart to be found."""

    def __init__(self, folder: Traversable | None = None) -> None:
        self._folder = folder or _folder()
        self._read: dict[str, SiteBody] = {}

    def find(self, name: str) -> SiteBody | None:
        """Return a bundle; None for what is none, or is not built."""
        if name not in NAMES:
            return None
        if name not in self._read:
            file = self._folder / name
            if not file.is_file():
                return None
            body = file.read_bytes()
            forms = {"": body, "gzip": gzip.compress(body, mtime=0)}
            self._read[name] = SiteBody(forms, KINDS[".js"], etag_of(body))
        return self._read[name]


def _folder() -> Traversable:
    """Return where a build in this checkout leaves them, or else where a wheel has them."""
    here = resources.files("api") / ".." / "clients" / "js" / "dist"
    return here if here.is_dir() else resources.files("storefront") / BUILT / "client"
