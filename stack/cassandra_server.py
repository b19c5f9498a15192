from importlib import resources
from pathlib import Path

from stack.java_home import find_java_home
from stack.ports import kept_ports
from stack.server import Server, answers

HEAP = "1g"
_TEMPLATES = resources.files(__package__) / "templates"
_EXPORTS = (
    "java.base/jdk.internal.misc",
    "java.base/java.lang.ref",
    "java.base/java.lang.reflect",
    "java.management.rmi/com.sun.jmx.remote.internal.rmi",
    "java.rmi/sun.rmi.registry",
    "java.rmi/sun.rmi.server",
    "java.rmi/sun.rmi.transport.tcp",
    "java.sql/java.sql",
)
_OPENS = (
    "java.base/java.io",
    "java.base/java.lang",
    "java.base/java.lang.module",
    "java.base/java.lang.reflect",
    "java.base/java.math",
    "java.base/java.net",
    "java.base/java.nio",
    "java.base/java.util",
    "java.base/java.util.concurrent",
    "java.base/java.util.concurrent.atomic",
    "java.base/jdk.internal.loader",
    "java.base/jdk.internal.math",
    "java.base/jdk.internal.module",
    "java.base/jdk.internal.ref",
    "java.base/jdk.internal.reflect",
    "java.base/jdk.internal.util.jar",
    "java.base/sun.nio.ch",
    "jdk.management/com.sun.management.internal",
)
"""What Cassandra reaches into on Java 17."""


def cassandra_server(
    folder: Path, jars: Path, host: str = "127.0.0.1", seed: str | None = None, heap: str = HEAP
) -> Server:
    """Return the node of a folder, alone or joining the ring of a seed (host:storage port)."""
    folder = folder.resolve()
    ports = kept_ports(folder, ["port", "storage_port"])
    seeds = seed or f"{host}:{ports['storage_port']}"
    names = {**ports, "host": host, "seeds": seeds, "data": str(folder)}
    for name in ("cassandra.yaml", "logback.xml"):
        (folder / name).write_text((_TEMPLATES / name).read_text().format(**names))
    [agent] = jars.glob("jamm-*.jar")
    command = [
        *(str(find_java_home() / "bin" / "java"), f"-Xms{heap}", f"-Xmx{heap}", "-Xss512k"),
        *("-XX:+UseSerialGC", f"-javaagent:{agent}"),
        f"-Dcassandra.config={(folder / 'cassandra.yaml').as_uri()}",
        f"-Dlogback.configurationFile={folder / 'logback.xml'}",
        f"-Dcassandra.storagedir={folder}",
        *("-Dcassandra-foreground=yes", "-Dcassandra.jmx.local.port=0"),
        "-Djava.rmi.server.hostname=127.0.0.1",
        # A node that is alone on its machine has nobody to wait for.
        *(("-Dcassandra.skip_wait_for_gossip_to_settle=0",) if seed is None else ()),
        f"-Dcassandra.ring_delay_ms={100 if seed is None else 5_000}",
        *("-Djdk.attach.allowAttachSelf=true", "-Dio.netty.tryReflectionSetAccessible=true"),
        *(part for module in _EXPORTS for part in ("--add-exports", f"{module}=ALL-UNNAMED")),
        *(part for module in _OPENS for part in ("--add-opens", f"{module}=ALL-UNNAMED")),
        *("-cp", f"{jars}/*", "org.apache.cassandra.service.CassandraDaemon"),
    ]
    address = f"{host}:{ports['port']}"
    return Server("cassandra", address, folder, command, lambda: answers(host, ports["port"]))
