"""What is there once the page was followed."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Afternoon:
    """What somebody who followed the page has: its shop and its site run on."""

    folder: Path
    ports: dict[str, int]
    printed: str
    """What no step of the page says."""

    def answer_of(self, number: int) -> str | None:
        written = self.folder / f"step-{number}"
        return written.read_text("utf-8") if written.exists() else None
