"""What processes hold together, pages that several of them share counted once; who began which."""

from collections.abc import Iterable, Mapping
from pathlib import Path

KIB_OF_MIB = 1024


def children_of(pid: int) -> list[int]:
    """Return the processes that one has started itself."""
    lists = [path.read_text() for path in Path(f"/proc/{pid}/task").glob("*/children")]
    return [int(child) for pids in lists for child in pids.split()]


def together_mib(pids: Iterable[int]) -> float:
    """Return MiB: each one's share of memory without a file, and of each file the largest part.

    Shares of files are not the kernel's, which counts other programs that map the same files.
    """
    kept, files = 0.0, dict[str, float]()
    for pid in pids:
        kept += _rollup(pid)["Pss_Anon"]
        for path, size in _file_pages(pid).items():
            files[path] = max(size, files.get(path, 0.0))
    return (kept + sum(files.values())) / KIB_OF_MIB


def _rollup(pid: int) -> Mapping[str, int]:
    return dict(map(_figure, Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()[1:]))


def _file_pages(pid: int) -> Mapping[str, float]:
    """Return the resident KiB of each mapped file."""
    found, path = dict[str, float](), ""
    for line in Path(f"/proc/{pid}/smaps").read_text().splitlines():
        name, *rest = line.split()
        if not name.endswith(":"):
            # Addresses, rights, offset, device, inode, and the path where there is one.
            path = rest[4] if len(rest) > 4 and rest[4].startswith("/") else ""  # noqa: PLR2004
        elif path and name in ("Rss:", "Anonymous:"):
            sign = 1 if name == "Rss:" else -1
            found[path] = found.get(path, 0.0) + sign * int(rest[0])
    return found


def _figure(line: str) -> tuple[str, int]:
    name, size, _ = line.split()
    return name.rstrip(":"), int(size)
