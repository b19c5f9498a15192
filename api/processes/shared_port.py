"""One port for several processes: the system deals new connections out among their sockets."""

import socket

from api.edge.config import BACKLOG


def begin_port(host: str, port: int) -> socket.socket:
    """Listen as the first; 0 takes a free port. Raises `OSError` where somebody else listens."""
    # Another server that shares its port would share it with us, unnoticed by both.
    with socket.create_server((host, port), family=_family(host)) as alone:
        port = alone.getsockname()[1]
    return join_port(host, port)


def join_port(host: str, port: int) -> socket.socket:
    address = host, port
    return socket.create_server(address, family=_family(host), backlog=BACKLOG, reuse_port=True)


def _family(host: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in host else socket.AF_INET
