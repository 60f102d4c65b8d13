"""Modules of ours run as programs: a hostile file may end them, and nobody else."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path

_ROOT = str(Path(__file__).resolve().parents[2])

# The child looks for modules where its parent does, wherever those came from (a wheel, a checkout,
# a cluster's runtime environment), and runs no code of site-packages' .pth files.
_BOOT = """
import json, sys
sys.path[:] = json.loads(sys.argv[1])
from importlib import import_module
import_module(sys.argv[2]).main(sys.argv[3:])
"""


def child_command(module: str, *arguments: str) -> list[str]:
    """The command line that calls `main(arguments)` of a module of ours."""
    return [sys.executable, "-I", "-S", "-X", "utf8", *_booted(module, arguments)]


def open_child_command(module: str, *arguments: str) -> list[str]:
    """The same for a module that runs code of other packages: as for its parent, `.pth` files and
    the variables of Python count."""
    return [sys.executable, "-X", "utf8", *_booted(module, arguments)]


def _booted(module: str, arguments: Sequence[str]) -> list[str]:
    path = json.dumps([_ROOT, *(folder for folder in sys.path if folder)])
    return ["-c", _BOOT, path, module, *arguments]
