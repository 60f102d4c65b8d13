"""Who is let in: the token in the address, the names of this host, and what may be sent."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

TOKEN_HEADER = "X-Rushes-Token"  # noqa: S105 - the name of a header
"""Of what is sent: no page of another origin can set it without asking, and it is never let."""

LARGEST_SENT_BYTES = 256 << 10
"""Of what is sent: the ids of all jobs of a large night."""

PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "media-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'; "
    "require-trusted-types-for 'script'; trusted-types default"
)
"""No text becomes code, whatever a row says: scripts are the page's own files."""

HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": PAGE_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "no-store",
}
"""Of every answer, unless it says otherwise itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessRules:
    """The token of this session, and the host names that it answers to, in lower case."""

    token: str
    hosts: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestHead:
    """What a request shows before anything of it is looked at."""

    method: str
    path: str
    headers: Mapping[str, str]
    """Their names in lower case."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusedRequest:
    """Why a request is not answered; it never says which token is right."""

    status: HTTPStatus
    told: str


def refused_request(head: RequestHead, rules: AccessRules) -> RefusedRequest | None:
    """Why the request is not let in; None when it is.

    The name of the host comes first: a page of another name that resolves to this machine (DNS
    rebinding) learns nothing, not even whether a token is right.
    """
    if host_name(head.headers.get("host", "")) not in rules.hosts:
        told = "This page does not answer to that name of its host; see --allow-host."
        return RefusedRequest(status=HTTPStatus.MISDIRECTED_REQUEST, told=told)
    origin = head.headers.get("origin")
    if origin is not None and not is_own_origin(origin, head.headers["host"]):
        return RefusedRequest(
            status=HTTPStatus.FORBIDDEN, told="Another page may not ask this one."
        )
    if not is_token(head.path.split("/", 2)[1] if "/" in head.path else "", rules.token):
        told = "Open the address that `rushes serve` printed, with its token."
        return RefusedRequest(status=HTTPStatus.NOT_FOUND, told=told)
    if head.method in ("GET", "HEAD"):
        return None
    if head.method != "POST":
        return RefusedRequest(
            status=HTTPStatus.METHOD_NOT_ALLOWED, told="GET, HEAD and POST alone."
        )
    return refused_body(head.headers, rules)


def refused_body(headers: Mapping[str, str], rules: AccessRules) -> RefusedRequest | None:
    """Why nothing of what is sent is read."""
    if not is_token(headers.get(TOKEN_HEADER.lower(), ""), rules.token):
        return RefusedRequest(
            status=HTTPStatus.FORBIDDEN, told=f"{TOKEN_HEADER} is not what this page sends."
        )
    if headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        return RefusedRequest(status=HTTPStatus.UNSUPPORTED_MEDIA_TYPE, told="JSON alone is read.")
    length = headers.get("content-length", "")
    if not (length.isascii() and length.isdecimal()) or "transfer-encoding" in headers:
        return RefusedRequest(status=HTTPStatus.LENGTH_REQUIRED, told="How long is it?")
    if len(length) > len(str(LARGEST_SENT_BYTES)) or int(length) > LARGEST_SENT_BYTES:
        told = f"More than {LARGEST_SENT_BYTES:,} bytes are not read."
        return RefusedRequest(status=HTTPStatus.REQUEST_ENTITY_TOO_LARGE, told=told)
    return None


def is_token(said: str, token: str) -> bool:
    """Compared in a time that does not tell how much of it is right."""
    return secrets.compare_digest(said.encode(), token.encode())


def host_name(host: str) -> str:
    """The name in a Host header, without its port; "" for what is none."""
    try:
        return urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return ""


def is_own_origin(origin: str, host: str) -> bool:
    """Whether a page of this very host and port asks; through a proxy it may be https."""
    return origin.lower() in (f"http://{host.lower()}", f"https://{host.lower()}")


class Guard:
    """Lets requests in, with the token taken off their path, and gives each answer its headers."""

    def __init__(self, app: ASGIApp, rules: AccessRules) -> None:
        self._app = app
        self._rules = rules

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(raw=message["headers"])
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        head = RequestHead(
            method=scope["method"], path=scope["path"], headers=dict(Headers(scope=scope))
        )
        refusal = refused_request(head, self._rules)
        if refusal is not None:
            answer = PlainTextResponse(refusal.told + "\n", refusal.status)
            await answer(scope, receive, send_guarded)
            return
        inside: Scope = {**scope, "root_path": f"/{self._rules.token}"}
        await self._app(inside, receive, send_guarded)
