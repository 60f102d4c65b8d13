"""A receiver of notices for each test."""

from __future__ import annotations

from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

from tests.jobs.webhooks.receiver import Receiver


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    there = Receiver()
    there.may_answer.set()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            there.answer(self)

        def log_message(self, *_: object) -> None:
            """Nothing."""

        def finish(self) -> None:
            if self.connection.fileno() >= 0:
                super().finish()

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    there.url = f"http://127.0.0.1:{server.server_port}"
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield there
    there.may_answer.set()
    server.shutdown()
    thread.join()
    server.server_close()
