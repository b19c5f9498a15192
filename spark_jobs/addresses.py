from pathlib import Path


def file_address(path: Path) -> str:
    """Return the path as an address: a bare path may mean the cluster's own file system."""
    return f"file://{path}"
