"""`rushes serve`: the report's page live, where a night is decided while it runs or rests."""

from __future__ import annotations

from typing import Annotated

import typer

from jobs.console import GracefulStop, Out, say, tell
from jobs.output.run_file import read_run_file
from jobs.serve.application import application
from jobs.serve.guard import AccessRules
from jobs.serve.live import LiveNight
from jobs.serve.pages import ServedPages
from jobs.serve.server import LOOPBACK, bound_socket, new_token, page_address, serve_until
from manifests.storage import absolute


def serve_command(
    out: Out,
    host: Annotated[str, typer.Option(help="Address of this machine to listen at.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Default: a free one.", min=0, max=65535)] = 0,
    allow_host: Annotated[
        list[str] | None,
        typer.Option("--allow-host", help="Another name that browsers reach this page by."),
    ] = None,
    read_only: Annotated[
        bool, typer.Option("--read-only", help="Show the night and take no decisions.")
    ] = False,
) -> None:
    """Serve the report of a run live, where jobs are approved, rejected, retaken and steered.

    Prints the address, which holds a token; Ctrl-C ends it. Exit code 0: ended. 2: OUT is not the
    output of a run, or nothing can be served there.
    """
    out = absolute(out)
    read_run_file(out)
    stop = GracefulStop("Stopping.")
    with bound_socket(host, port) as listening:
        token = new_token()
        names = {*LOOPBACK, host.lower(), *(name.lower() for name in allow_host or ())}
        rules = AccessRules(token=token, hosts=frozenset(names))
        if host not in LOOPBACK:
            tell("Whoever reads the network between sees token and videos: it is not encrypted.")
        say(page_address(listening, token))
        stop.listen()
        pages = ServedPages(out, read_only=read_only)
        app = application(out, rules, LiveNight(pages.look), pages, read_only=read_only)
        serve_until(app, listening, stop)
