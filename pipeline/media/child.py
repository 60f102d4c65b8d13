"""Modules of ours run as programs: a hostile file may end them, and nobody else."""

from __future__ import annotations

import json
import sys
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
    path = json.dumps([_ROOT, *(folder for folder in sys.path if folder)])
    return [sys.executable, "-I", "-S", "-X", "utf8", "-c", _BOOT, path, module, *arguments]
