"""The code of docs/front-end.md by the heading that it stands under."""

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

PAGE: Final = Path(__file__).parents[4] / "docs" / "front-end.md"
_API, _KEY = "http://127.0.0.1:8000", "pk_..."
_PART: Final = re.compile(r"^## (.+)$", re.MULTILINE)
_BLOCK: Final = re.compile(r"(?P<before>[^\n]*)\n\n```(?P<language>[a-z]+)\n(?P<body>[^`]*)```")
_FILE: Final = re.compile(r"`([\w./-]+\.(?:html|jsx|mjs))`")


@dataclass
class FrontEndPart:
    files: dict[str, str] = field(default_factory=dict)
    """By their paths in the folder."""
    commands: list[str] = field(default_factory=list)

    @property
    def site_folder(self) -> str:
        """The folder that the page says to serve."""
        return self.commands[-1].split()[-1]

    @property
    def build(self) -> list[str] | None:
        """The command that builds it, without `npx`."""
        built = [command.split()[1:] for command in self.commands if command.startswith("npx ")]
        return built[0] if built else None


def front_end_parts(api: str, key: str) -> dict[str, FrontEndPart]:
    """Return what the page says under each heading, with an address and a key of one's own."""
    _, *halves = _PART.split(PAGE.read_text("utf-8"))
    parts = {}
    for title, text in zip(halves[::2], halves[1::2], strict=True):
        part = FrontEndPart()
        for found in _BLOCK.finditer(text.replace(_API, api).replace(_KEY, key)):
            if found["language"] == "sh":
                part.commands += found["body"].strip().splitlines()
                continue
            [*_, name] = _FILE.findall(found["before"])
            part.files[name] = found["body"]
        parts[title] = part
    return parts
