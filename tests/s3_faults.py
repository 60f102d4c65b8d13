"""A proxy before the S3 server that fails the first connections in a given way."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from typing import Literal
from urllib.parse import urlsplit

Fault = Literal["busy", "too_many", "slow_down", "unanswered", "completion_unanswered", "gone"]
"""`busy`: 503; `too_many`: 429; `slow_down`: S3's own word for it, with a status that says nothing;
`unanswered`: the server does what was asked, its answer is lost; `completion_unanswered`: only the
answer to the completion of an upload in parts is lost; `gone`: 404, as S3 answers the second
completion of an upload (seaweedfs refuses it by its condition)."""

_SLOW_DOWN = b"<Error><Code>SlowDown</Code><Message>Reduce your rate.</Message></Error>"
_ANSWERS = {
    "busy": b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
    "too_many": b"HTTP/1.1 429 Too Many Requests\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
    "gone": b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
    "slow_down": b"HTTP/1.1 400 Bad Request\r\nContent-Type: application/xml\r\n"
    + b"Content-Length: %d\r\nConnection: close\r\n\r\n" % len(_SLOW_DOWN)
    + _SLOW_DOWN,
}


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
        if fault in _ANSWERS:
            connection.recv(1 << 16)
            connection.sendall(_ANSWERS[fault])
            return
        lose = threading.Event()
        if fault == "unanswered":
            lose.set()
        completing = lose if fault == "completion_unanswered" else None
        with socket.create_connection(address) as server:
            args = (connection, server, completing)
            threading.Thread(target=_pipe, args=args, daemon=True).start()
            _answer(server, connection, lose)


def _pipe(source: socket.socket, sink: socket.socket, completing: threading.Event | None) -> None:
    """Hand requests on; `completing` is set when one completes an upload in parts."""
    with suppress(OSError):
        while block := source.recv(1 << 16):
            if completing and block.startswith(b"POST ") and b"uploadId=" in block:
                completing.set()
            sink.sendall(block)


def _answer(server: socket.socket, connection: socket.socket, lose: threading.Event) -> None:
    while block := server.recv(1 << 16):
        if lose.is_set() and b" 100 " not in block[:16]:
            connection.shutdown(socket.SHUT_RDWR)
            return
        connection.sendall(block)
