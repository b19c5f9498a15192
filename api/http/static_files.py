"""The page's files, read once; their address changes with their content."""

from dataclasses import dataclass
from hashlib import sha256
from html import escape
from importlib import resources
from typing import Final

_KINDS: Final = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}
_PAGE: Final = ".html"
_PLACEHOLDER: Final = b"{{assets}}"
_KEY: Final = b"{{key}}"
_OPERATIONS: Final = b"{{operations}}"
_LINKS: Final = (
    b'<p><a href="/docs">API</a> <a href="/health/ready">Health</a> '
    b'<a href="/metrics">Metrics</a></p>'
)
DIGEST_LENGTH: Final = 16


@dataclass(frozen=True, slots=True)
class StorefrontFile:
    body: bytes
    media_type: str


class StorefrontFiles:
    """Pages, and assets under a folder named by the digest of them all.

    With the digest in the folder, modules can import each other by plain relative names and
    still be cached for ever.
    """

    def __init__(self) -> None:
        bodies = {
            file.name: file.read_bytes()
            for file in sorted(resources.files("storefront").iterdir(), key=lambda path: path.name)
            if file.is_file()
        }
        self._assets = {
            name: StorefrontFile(body, _KINDS[_suffix(name)])
            for name, body in bodies.items()
            if _suffix(name) in _KINDS
        }
        digest = sha256()
        for name, asset in self._assets.items():
            digest.update(name.encode() + b"\0" + asset.body)
        self.digest = digest.hexdigest()[:DIGEST_LENGTH]
        base = f"/assets/{self.digest}".encode()
        self._pages = {
            name: body.replace(_PLACEHOLDER, base)
            for name, body in bodies.items()
            if _suffix(name) == _PAGE
        }

    def page(self, name: str, *, shows_operations: bool, key: str | None = None) -> bytes:
        """Return a page, with links to what operators look at where that is on the same port.

        `key` is the publishable key by which the page calls the API.
        """
        links = _LINKS if shows_operations else b""
        said = f'<meta name="fitting-room-key" content="{escape(key)}">' if key else ""
        return self._pages[name].replace(_OPERATIONS, links).replace(_KEY, said.encode())

    def asset(self, name: str) -> StorefrontFile | None:
        return self._assets.get(name)


def _suffix(name: str) -> str:
    return name[name.rfind(".") :]
