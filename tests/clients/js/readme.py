"""The code of the package's README."""

import re
from pathlib import Path
from typing import Final

PACKAGE: Final = Path(__file__).parents[3] / "clients" / "js"
_API: Final = "https://fit.shop.example"
_KEY: Final = "pk_..."


def blocks(language: str) -> list[str]:
    text = (PACKAGE / "README.md").read_text("utf-8")
    parts = text.split("```")[1::2]
    return [
        part.removeprefix(f"{language}\n") for part in parts if part.startswith(f"{language}\n")
    ]


def plain_page(api: str, key: str) -> str:
    """Return the ten lines with an address and a key of one's own."""
    [page] = blocks("html")
    return page.replace(_API, api).replace(_KEY, key)


def page_script(api: str) -> str:
    """Return how a page sends its own events, as an expression that a page evaluates."""
    [script] = blocks("js")
    found = re.fullmatch(r'import (\{ \w+ \}) from ("[^"]+");\n\n([^\n]+)\n', script)
    assert found is not None
    names, address, call = found.groups()
    return f"import({address.replace(_API, api)}).then(({names}) => {{ {call} }})"
