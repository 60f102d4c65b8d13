"""A proxy before an S3 server that now and then is busy, slow, or cuts a connection before or after
the request reached the server; keyed by a seed and the number of the connection."""

from __future__ import annotations

import random
import socket
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from urllib.parse import urlsplit

_BUSY = b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
_BLOCK = 1 << 16

FAULTS = {"busy": 0.03, "slow": 0.03, "cut before": 0.02, "cut after": 0.02}
"""The share of requests that each befalls."""


@dataclass(slots=True)
class Weather:
    """What befalls the requests of a night, and what did."""

    seed: str
    calm: bool = False
    happened: Counter[str] = field(default_factory=Counter)
    _requests: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def next(self) -> str:
        """What befalls the next request; nothing, mostly."""
        with self._lock:
            self._requests += 1
            draw = random.Random(f"{self.seed}/{self._requests}").random()  # noqa: S311 - repeatable
            if self.calm:
                return ""
            for fault, share in FAULTS.items():
                if draw < share:
                    self.happened[f"storage {fault}"] += 1
                    return fault
                draw -= share
            return ""


@contextmanager
def weathered(endpoint_url: str, weather: Weather) -> Iterator[str]:
    """The URL of a proxy before `endpoint_url`."""
    upstream = urlsplit(endpoint_url)
    address = (str(upstream.hostname), upstream.port or 80)
    with closing(socket.create_server(("127.0.0.1", 0), backlog=128)) as listener:
        threading.Thread(target=_accept, args=(listener, address, weather), daemon=True).start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        with suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)


def _accept(listener: socket.socket, address: tuple[str, int], weather: Weather) -> None:
    with suppress(OSError):
        while True:
            connection, _ = listener.accept()
            args = (connection, address, weather)
            threading.Thread(target=_serve, args=args, daemon=True).start()


def _serve(connection: socket.socket, address: tuple[str, int], weather: Weather) -> None:
    """A connection carries requests one after the other: what follows an answer is a new one."""
    with suppress(OSError), connection, socket.create_connection(address) as server:
        fault = _Fault(weather)
        threading.Thread(target=_answers, args=(server, connection, fault), daemon=True).start()
        while block := connection.recv(_BLOCK):
            if fault.begins() in {"busy", "cut before"}:
                if fault.name == "busy":
                    connection.sendall(_BUSY)
                return
            server.sendall(block)


@dataclass(slots=True)
class _Fault:
    """What befalls the request under way on a connection."""

    weather: Weather
    name: str = ""
    answered: bool = True

    def begins(self) -> str:
        if self.answered:
            self.answered, self.name = False, self.weather.next()
        return self.name


def _answers(server: socket.socket, connection: socket.socket, fault: _Fault) -> None:
    with suppress(OSError):
        while block := server.recv(_BLOCK):
            goes_on = b" 100 " in block[:16]  # the server asks for the body: no answer yet
            if not goes_on and fault.name == "cut after":
                connection.shutdown(socket.SHUT_RDWR)
                return
            if not goes_on and fault.name == "slow":
                time.sleep(0.5)
            if not goes_on:
                fault.answered, fault.name = True, ""
            connection.sendall(block)
        connection.shutdown(socket.SHUT_RDWR)
