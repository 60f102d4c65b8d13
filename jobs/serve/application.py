"""The page and what it asks for: the night, its changes, media, and decisions."""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import Protocol

from pydantic import ValidationError
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from jobs.serve.decisions import DECISIONS, carried_out
from jobs.serve.guard import AccessRules, Guard
from jobs.serve.live import LiveNight
from jobs.serve.media import file_response
from manifests.errors import RushesError, Transient


class Pages(Protocol):
    """What the page is made of."""

    def page(self) -> str:
        """The page itself."""

    def part(self, name: str) -> tuple[str, str] | None:
        """The text and type of a script, style or piece of data; None when there is none so
        called."""


def application(
    out: str, rules: AccessRules, night: LiveNight, pages: Pages, *, read_only: bool = False
) -> ASGIApp:
    """The page of a night behind its guard; `read_only` takes no decisions."""
    served = ServedNight(out, night, pages)
    routes = [
        Route("/", served.first),
        Route("/report.html", served.page),
        Route("/report/live", served.changes),
        Route("/report/{name:path}", served.part),
        Route("/{name:path}", served.media),
    ]
    if not read_only:
        routes.insert(0, Route("/report/decide", served.decide, methods=["POST"]))
    return Guard(Starlette(routes=routes, exception_handlers={RushesError: told_error}), rules)


class ServedNight:
    """Answers for one output folder. Storage is asked on threads: other players go on meanwhile."""

    def __init__(self, out: str, night: LiveNight, pages: Pages) -> None:
        self._out = out
        self._night = night
        self._pages = pages

    async def first(self, request: Request) -> Response:
        return RedirectResponse(f"{request.scope['root_path']}/report.html")

    async def page(self, request: Request) -> Response:
        del request
        return Response(self._pages.page(), media_type="text/html")

    async def changes(self, request: Request) -> Response:
        """What changed since the page looked; nothing is sent when nothing did."""
        tag = f'"{await run_in_threadpool(self._night.tag)}"'
        if request.headers.get("if-none-match") == tag:
            return Response(None, HTTPStatus.NOT_MODIFIED, {"ETag": tag})
        seen = request.query_params.get("since", "")
        told = await run_in_threadpool(self._night.since, seen)
        return json_response(told, {"ETag": tag})

    async def part(self, request: Request) -> Response:
        """A script or style of the page, or a file that was written for it."""
        name = request.path_params["name"]
        part = await run_in_threadpool(self._pages.part, name)
        if part is None:
            return await self.media(request)
        text, kind = part
        return Response(text, media_type=kind)

    async def media(self, request: Request) -> Response:
        """A file of OUT that the night names; nobody else's name is looked at."""
        name = request.scope["path"].removeprefix(request.scope["root_path"] + "/")
        uri = await run_in_threadpool(self._night.file, name)
        if uri is None:
            return PlainTextResponse("The night names no such file.\n", HTTPStatus.NOT_FOUND)
        return await run_in_threadpool(file_response, request, self._out, uri)

    async def decide(self, request: Request) -> Response:
        """Write what somebody decided, through what the commands call."""
        try:
            decision = DECISIONS.validate_json(await request.body())
        except ValidationError as error:
            told = {"code": "no_decision", "message": first_fault(error)}
            return json_response(told, status=HTTPStatus.UNPROCESSABLE_ENTITY)
        answer = await run_in_threadpool(carried_out, self._out, decision)
        self._night.outdate()
        return json_response({"said": answer.said, "warnings": list(answer.warnings)})


def json_response(
    told: object, headers: dict[str, str] | None = None, status: HTTPStatus = HTTPStatus.OK
) -> Response:
    text = json.dumps(told, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return Response(text, status, headers, media_type="application/json")


def first_fault(error: ValidationError) -> str:
    """Where what was sent is wrong, without repeating it."""
    fault = error.errors(include_input=False, include_url=False)[0]
    return f"{'.'.join(map(str, fault['loc'])) or 'decision'}: {fault['msg']}"


async def told_error(request: Request, error: Exception) -> Response:
    """An error that a person must mend, in its own sentence."""
    del request
    if not isinstance(error, RushesError):
        raise error
    trouble = isinstance(error, Transient)
    status = HTTPStatus.SERVICE_UNAVAILABLE if trouble else HTTPStatus.CONFLICT
    return json_response({"code": error.code, "message": error.message}, status=status)
