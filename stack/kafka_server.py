import subprocess
from importlib import resources
from pathlib import Path
from uuid import uuid4

from stack.errors import StackUnavailableError
from stack.java_home import find_java_home
from stack.ports import kept_ports
from stack.server import Server

HEAP = "384m"
_LOGGING = (
    "-Dorg.slf4j.simpleLogger.showDateTime=true",
    "-Dorg.slf4j.simpleLogger.dateTimeFormat=yyyy-MM-dd'T'HH:mm:ss.SSS",
    # Its own words at the level of INFO are ten thousand lines a start.
    "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
    "-Dorg.slf4j.simpleLogger.log.kafka.server.KafkaRaftServer=info",
    "-Dorg.slf4j.simpleLogger.log.kafka.server.BrokerLifecycleManager=info",
)
_TEMPLATE = resources.files(__package__) / "templates" / "kafka.properties"


def kafka_server(folder: Path, jars: Path) -> Server:
    """Return the broker of a folder; its data directory is formatted the first time."""
    folder = folder.resolve()
    ports = kept_ports(folder, ["port", "controller_port"])
    properties, data = folder / "server.properties", folder / "data"
    properties.write_text(_TEMPLATE.read_text().format(**ports, data=data))
    java = str(find_java_home() / "bin" / "java")
    classes = [java, *_LOGGING, "-cp", f"{jars}/*"]
    if not (data / "meta.properties").exists():
        _format(classes, properties)
    address = f"127.0.0.1:{ports['port']}"
    command = [
        *(java, f"-Xms{HEAP}", f"-Xmx{HEAP}", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"),
        *_LOGGING,
        *("-cp", f"{jars}/*", "kafka.Kafka", str(properties)),
    ]
    return Server("kafka", address, folder, command, lambda: _is_ready(address))


def _format(classes: list[str], properties: Path) -> None:
    # Kafka's own form of an id is urlsafe base64, of which one in 64 begins with "-": an option.
    cluster_id = uuid4().hex[:22]
    done = subprocess.run(  # noqa: S603 - Java with arguments of ours
        [*classes, "kafka.tools.StorageTool", "format", "-t", cluster_id, "-c", str(properties)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    if done.returncode != 0:
        raise StackUnavailableError(f"Kafka's folder could not be formatted:\n{done.stderr}")


def _is_ready(address: str) -> bool:
    from confluent_kafka import KafkaException
    from confluent_kafka.admin import AdminClient

    client = AdminClient({"bootstrap.servers": address, "log_level": 0})
    try:
        return bool(client.list_topics(timeout=1).brokers)
    except KafkaException:
        return False
