"""The services' jars: resolved once by the Ivy that comes with PySpark, then checked and kept."""

import fcntl
import hashlib
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import resources
from importlib.util import find_spec
from pathlib import Path

from personalization.settings.stack import StackSettings
from stack.errors import StackUnavailableError
from stack.java_home import find_java_home

RESOLVE_SECONDS = 900
LOCK = resources.files(__package__) / "jars.lock"
_PATTERN = "[artifact]-[revision](-[classifier]).[ext]"
_TAIL_LINES = 12


@dataclass(frozen=True, slots=True)
class Artifact:
    organisation: str
    name: str
    revision: str


ARTIFACTS: Mapping[str, Sequence[Artifact]] = {
    "kafka": (
        Artifact("org.apache.kafka", "kafka_2.13", "4.1.1"),
        Artifact("org.slf4j", "slf4j-simple", "1.7.36"),
    ),
    "cassandra": (Artifact("org.apache.cassandra", "cassandra-all", "5.0.6"),),
    "connector": (Artifact("com.datastax.spark", "spark-cassandra-connector_2.12", "3.5.1"),),
}
"""What each service is started from; the connector is what Spark reads and writes Cassandra by."""


def cache_folder() -> Path:
    """Return where jars are kept; they serve every checkout of the user."""
    return StackSettings().cache or Path.home() / ".cache" / "fitting-room" / "jars"


def jars_of(service: str) -> Path:
    """Return the folder of jars, or raise `StackUnavailableError` if they are not the lock's."""
    wanted = read_lock()[service]
    digest = hashlib.sha256("".join(sorted(wanted.values())).encode()).hexdigest()[:12]
    folder = cache_folder() / f"{service}-{digest}"
    with _only_one(service):
        if not folder.exists():
            fresh = _resolve(service)
            _check(fresh, wanted)
            fresh.rename(folder)
            shutil.rmtree(fresh.parent)
        else:
            _check(folder, wanted)
    return folder


def all_jars(services: Sequence[str]) -> Mapping[str, Path]:
    with ThreadPoolExecutor(max(1, len(services))) as pool:
        return dict(zip(services, pool.map(jars_of, services), strict=True))


def connector_jars() -> list[Path]:
    return sorted(jars_of("connector").glob("*.jar"))


def read_lock() -> Mapping[str, Mapping[str, str]]:
    """Return service -> file name -> SHA-256, as the lock has them."""
    found: dict[str, dict[str, str]] = {}
    for line in LOCK.read_text().splitlines():
        service, digest, name = line.split()
        found.setdefault(service, {})[name] = digest
    return found


def write_lock(path: Path) -> int:
    """Resolve everything again, write the lock and return how many jars it names."""
    lines = []
    for service in ARTIFACTS:
        with _only_one(service):
            fresh = _resolve(service)
            lines += [f"{service} {_sha256(jar)} {jar.name}" for jar in sorted(fresh.iterdir())]
            shutil.rmtree(fresh.parent)
    path.write_text("\n".join(lines) + "\n")
    return len(lines)


def _resolve(service: str) -> Path:
    sys.stderr.write(f"stack: fetching the jars of {service}, once\n")
    work = cache_folder() / f".{service}.unfinished"
    shutil.rmtree(work, ignore_errors=True)
    (work / "jars").mkdir(parents=True)
    wanted = "".join(
        f'<dependency org="{artifact.organisation}" name="{artifact.name}" '
        f'rev="{artifact.revision}" '
        'conf="default->default"/>'
        for artifact in ARTIFACTS[service]
    )
    (work / "ivy.xml").write_text(
        '<ivy-module version="2.0"><info organisation="fitting-room" module="stack"/>'
        f'<configurations><conf name="default"/></configurations>'
        f"<dependencies>{wanted}</dependencies></ivy-module>"
    )
    java = find_java_home() / "bin" / "java"
    done = subprocess.run(  # noqa: S603 - Java with arguments of ours
        [
            *(str(java), "-jar", str(_ivy()), "-cache", str(work / "cache"), "-warn"),
            *("-ivy", str(work / "ivy.xml"), "-confs", "default"),
            *("-retrieve", str(work / "jars" / _PATTERN)),
        ],
        capture_output=True,
        text=True,
        timeout=RESOLVE_SECONDS,
        check=False,
    )
    jars = work / "jars"
    if done.returncode != 0 or not any(jars.iterdir()):
        said = "\n".join((done.stdout + done.stderr).splitlines()[-_TAIL_LINES:])
        raise StackUnavailableError(
            f"The jars of {service} could not be fetched. Is a Maven repository reachable from "
            f"here? Behind a mirror, give Java its proxy in JAVA_TOOL_OPTIONS.\n{said}"
        )
    return jars


def _check(folder: Path, wanted: Mapping[str, str]) -> None:
    found = {path.name: _sha256(path) for path in folder.iterdir()}
    if found != wanted:
        odd, _ = min({*found.items()} ^ {*wanted.items()})
        raise StackUnavailableError(
            f"{folder / odd} is not what the lock names: remove {folder} and try again. If it "
            "comes back, the repository serves other files than when the lock was written."
        )


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _ivy() -> Path:
    spec = find_spec("pyspark")
    for folder in (spec.submodule_search_locations or ()) if spec else ():
        for jar in Path(folder).glob("jars/ivy-*.jar"):
            return jar
    raise StackUnavailableError("PySpark is not installed: the jars are resolved by its Ivy.")


@contextmanager
def _only_one(service: str) -> Iterator[None]:
    cache_folder().mkdir(parents=True, exist_ok=True)
    with (cache_folder() / f".{service}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
