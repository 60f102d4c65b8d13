"""The socket: where the page is served, until somebody stops it."""

from __future__ import annotations

import asyncio
import secrets
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import uvicorn
from starlette.types import ASGIApp

from manifests.errors import ManifestUnusable

LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
"""Names by which a browser on this machine reaches it."""

TOKEN_BYTES = 32

AT_ONCE = 200
"""Connections: a browser opens six, and players their own; more are told to come later."""


class StoppedServer(uvicorn.Server):
    """Serves until it is told to stop; signals are the caller's."""

    def __init__(self, config: uvicorn.Config, stopping: Callable[[], bool]) -> None:
        super().__init__(config)
        self._stopping = stopping

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    async def on_tick(self, counter: int) -> bool:
        return self._stopping() or await super().on_tick(counter)


def new_token() -> str:
    return secrets.token_urlsafe(TOKEN_BYTES)


def bound_socket(host: str, port: int) -> socket.socket:
    """Listens already, so that its port is known; `ManifestUnusable` when it cannot."""
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        return socket.create_server((host, port), family=family)
    except (OSError, OverflowError) as error:
        message = f"nothing can be served at {host}:{port}: {error}; choose another address"
        raise ManifestUnusable("address_unusable", message) from error


def page_address(listening: socket.socket, token: str) -> str:
    """The address of the page for a browser."""
    host, port = listening.getsockname()[:2]
    shown = f"[{host}]" if ":" in host else host
    return f"http://{shown}:{port}/{token}/report.html"


def serve_until(app: ASGIApp, listening: socket.socket, stopping: Callable[[], bool]) -> None:
    """Answer until `stopping`; requests in hand have a moment to end."""
    config = uvicorn.Config(
        app,
        loop="asyncio",
        http="h11",
        ws="none",
        lifespan="off",
        access_log=False,  # addresses hold the token
        log_config=None,
        log_level="error",
        proxy_headers=False,
        server_header=False,
        limit_concurrency=AT_ONCE,
        timeout_graceful_shutdown=2,
    )
    asyncio.run(StoppedServer(config, stopping).serve(sockets=[listening]))
