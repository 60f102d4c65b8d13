"""What each file of results says of where it was made: the command, the day and the machine.

{**where_it_ran("one thread"), "figures": ...}
"""

from __future__ import annotations

import os
import platform
import shlex
import sys
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).parent.parent


def where_it_ran(*remarks: str) -> dict[str, str]:
    """`remarks` say what the machine itself does not tell: threads, what lay in memory. Of torch
    its version and the kernels of the processor, where a benchmark uses it."""
    from jobs.quote.device import device_model  # noqa: PLC0415 - mutants are imported after this

    torch = sys.modules.get("torch")
    kernels = [torch.backends.cpu.get_cpu_capability()] if torch else []
    cores = f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}"
    machine = dict.fromkeys((platform.machine(), device_model(0), *kernels, cores, *remarks))
    return {
        "command": command(sys.orig_argv[1:]),
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": ", ".join(each for each in machine if each),
        **({"torch": torch.__version__} if torch else {}),
    }


def command(arguments: Iterable[str]) -> str:
    """As a reader types it at the top of the project, whatever folders this machine has."""
    return shlex.join(["python", *map(as_typed, arguments)])


def as_typed(argument: str) -> str:
    """An argument, or the value behind its `=`, as a path of the project; of a file elsewhere the
    name alone."""
    head, equals, tail = argument.partition("=")
    flag, value = (f"{head}{equals}", tail) if head.startswith("-") and equals else ("", argument)
    path = Path(value)
    if not path.is_absolute() and ".." not in path.parts:
        return argument
    whole = path.resolve()
    inside = whole.relative_to(ROOT) if whole.is_relative_to(ROOT) else Path(whole.name)
    return f"{flag}{inside}"
