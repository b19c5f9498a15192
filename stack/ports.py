import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from stack.server import free_port


def kept_ports(folder: Path, names: Sequence[str]) -> Mapping[str, int]:
    """Return a port for every name: those of the last start, else free ones."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "ports.json"
    if file.exists():
        kept: dict[str, int] = json.loads(file.read_text())
        return kept
    ports = {name: free_port() for name in names}
    file.write_text(json.dumps(ports))
    return ports
