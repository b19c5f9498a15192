from pathlib import Path

from personalization.adapters.redis.server_process import answers, write_configuration
from personalization.adapters.redis.server_program import programs
from stack.ports import kept_ports
from stack.server import Server


def redis_server(folder: Path) -> Server:
    folder = folder.resolve()
    port = kept_ports(folder, ["port"])["port"]
    url = f"redis://127.0.0.1:{port}/0"
    # Without its own title its command line tells the process from others.
    lines = ("bind 127.0.0.1", f"port {port}", "set-proc-title no")
    command = [str(programs()[0].path), str(write_configuration(folder, *lines))]
    return Server("redis", url, folder, command, lambda: answers(url))
