"""A real server that hears notices, and what they are signed with."""

from __future__ import annotations

import socket
import struct
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from threading import Event

from jobs.webhooks.sender import DeliveryPolicy

SECRET, GUESSED = b"whsec_a25vd24gdG8gdHdv", b"whsec_Z3Vlc3NlZA=="
HASTY = DeliveryPolicy(answer_s=30.0, first_pause_s=0.02, longest_pause_s=0.1, last_s=60.0, most=5)
CUT_OFF = 0


@dataclass
class Call:
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Receiver:
    """A real server that gives its `answers` in turn, then 200; `CUT_OFF` drops the connection."""

    answers: list[int] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)
    may_answer: Event = field(default_factory=Event)
    url: str = ""

    def answer(self, handler: BaseHTTPRequestHandler) -> None:
        body = handler.rfile.read(int(handler.headers["Content-Length"]))
        self.calls.append(Call(handler.path, dict(handler.headers), body))
        status = self.answers.pop(0) if self.answers else 200
        self.may_answer.wait(60)
        if status == CUT_OFF:
            reset = struct.pack("ii", 1, 0)
            handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, reset)
            handler.connection.close()
            return
        handler.send_response(status)
        handler.send_header("Location", f"{self.url}/elsewhere")
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    def keys(self) -> list[str]:
        return [call.headers["Idempotency-Key"] for call in self.calls]
