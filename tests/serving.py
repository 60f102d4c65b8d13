"""A page served from this process on a real socket, for tests."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPResponse
from threading import Event, Thread

from starlette.types import ASGIApp

from jobs.serve.guard import TOKEN_HEADER, AccessRules
from jobs.serve.server import LOOPBACK, bound_socket, new_token, serve_until


@dataclass(frozen=True, slots=True, kw_only=True)
class ServedPage:
    """Where it is served."""

    port: int
    token: str

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}/{self.token}/report.html"

    def ask(
        self, path: str, method: str = "GET", body: bytes | None = None, **headers: str
    ) -> tuple[HTTPResponse, bytes]:
        """An answer and its bytes; `path` begins behind the token. A header's `_` is a `-`."""
        return self.ask_whole(f"/{self.token}{path}", method, body, **headers)

    def ask_whole(
        self, path: str, method: str = "GET", body: bytes | None = None, **headers: str
    ) -> tuple[HTTPResponse, bytes]:
        connection = HTTPConnection("127.0.0.1", self.port, timeout=30)
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request(method, path, body, sent)
        answer = connection.getresponse()
        found = answer.read()
        connection.close()
        return answer, found

    def decide(self, **decision: object) -> tuple[int, dict[str, object]]:
        """The status and answer of a decision as the page sends it."""
        headers = {TOKEN_HEADER: self.token, "Content-Type": "application/json"}
        answer, found = self.ask("/report/decide", "POST", json.dumps(decision).encode(), **headers)
        return answer.status, json.loads(found)


@contextmanager
def served(app_of: object, hosts: frozenset[str] = LOOPBACK) -> Iterator[ServedPage]:
    """Serve what `app_of` makes for rules of access."""
    rules, over = AccessRules(token=new_token(), hosts=hosts), Event()
    assert callable(app_of)
    app: ASGIApp = app_of(rules)
    with bound_socket("127.0.0.1", 0) as listening:
        thread = Thread(target=serve_until, args=(app, listening, over.is_set))
        thread.start()
        try:
            yield ServedPage(port=listening.getsockname()[1], token=rules.token)
        finally:
            over.set()
            thread.join()
