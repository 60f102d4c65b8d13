"""A proxy before the S3 server that fails the first connections in a given way."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from typing import Literal
from urllib.parse import urlsplit

Fault = Literal["busy", "unanswered"]
"""`busy`: 503; `unanswered`: the server does what was asked, its answer is lost."""

_BUSY = b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


@contextmanager
def faulty(endpoint_url: str, faults: Sequence[Fault]) -> Iterator[str]:
    """The URL of a proxy for `endpoint_url`: one fault for each connection, then none."""
    upstream = urlsplit(endpoint_url)
    address = (str(upstream.hostname), upstream.port or 80)
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        threading.Thread(target=_accept, args=(listener, address, faults), daemon=True).start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        with suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)


def _accept(listener: socket.socket, address: tuple[str, int], faults: Sequence[Fault]) -> None:
    planned = iter(faults)
    with suppress(OSError):
        while True:
            connection, _ = listener.accept()
            fault = next(planned, None)
            args = (connection, address, fault)
            threading.Thread(target=_serve, args=args, daemon=True).start()


def _serve(connection: socket.socket, address: tuple[str, int], fault: Fault | None) -> None:
    with suppress(OSError), connection:
        if fault == "busy":
            connection.recv(1 << 16)
            connection.sendall(_BUSY)
            return
        with socket.create_connection(address) as server:
            threading.Thread(target=_pipe, args=(connection, server), daemon=True).start()
            _answer(server, connection, fault)


def _pipe(source: socket.socket, sink: socket.socket) -> None:
    with suppress(OSError):
        while block := source.recv(1 << 16):
            sink.sendall(block)


def _answer(server: socket.socket, connection: socket.socket, fault: Fault | None) -> None:
    while block := server.recv(1 << 16):
        if fault == "unanswered" and b" 100 " not in block[:16]:
            connection.shutdown(socket.SHUT_RDWR)
            return
        connection.sendall(block)
