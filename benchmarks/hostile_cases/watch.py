"""What a case wrote outside its own folders, which programs of its own it started, what it called."""

from __future__ import annotations

import os
import sys
from pathlib import Path

OWN = ("out", "tmp", "scratch", "said", "seen")
"""Names below a case's folder that may be written."""

WRITES = {"os.mkdir": 0, "os.remove": 0, "os.rmdir": 0, "os.truncate": 0, "os.chmod": 0}
WRITES |= {"os.rename": 1, "os.link": 1, "os.symlink": 1, "shutil.rmtree": 0, "shutil.move": 1}
"""Events of Python, and which of their values is the path."""

WITH_FOLDER = {
    "os.mkdir",
    "os.remove",
    "os.rmdir",
    "os.chmod",
    "os.rename",
    "os.link",
    "os.symlink",
}
"""Their last value is the open folder that a name is below, or -1."""

STARTS = ("os.system", "os.exec", "os.posix_spawn", "os.startfile", "pty.spawn")
LAUNCHER_WORDS = 6
"""Words of the program's own launcher before the command that it starts."""

TO_WRITE = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND


class Watch:
    """Looks at all that this process does from now on; what must not be stands in a file."""

    def __init__(self, home: Path) -> None:
        self._home = str(home)
        self._free = (*(f"{home / name}{os.sep}" for name in OWN), "/dev/")
        self._seen = os.open(home / "seen", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)

    def __call__(self, event: str, given: tuple[object, ...]) -> None:
        if event == "open":
            if isinstance(given[2], int) and given[2] & TO_WRITE:
                self._wrote(event, given[0], -1)
        elif event in WRITES:
            self._wrote(event, given[WRITES[event]], given[-1] if event in WITH_FOLDER else -1)
        elif event == "subprocess.Popen":
            self._started(given[1])
        elif event in STARTS:
            self._note(f"{event} {given!r}"[:200])
        elif event == "socket.connect" and not isinstance(given[1], str | bytes):
            self._note(f"connected to {given[1]!r}")

    def _wrote(self, event: str, path: object, folder: object) -> None:
        if not isinstance(path, str | bytes | os.PathLike):
            return
        below = "." if folder in {-1, None} else os.readlink(f"/proc/self/fd/{folder}")
        where = os.path.abspath(os.path.join(below, os.fsdecode(path)))
        there = event == "os.mkdir" and os.path.isdir(where)  # it is asked for in any case
        if not there and not f"{where}{os.sep}".startswith(self._free):
            self._note(f"{event} {where}")

    def _started(self, command: object) -> None:
        words = command if isinstance(command, list | tuple) else [command]
        program = str(words[min(LAUNCHER_WORDS, len(words) - 1)])
        if program.startswith(self._home):
            self._note(f"started {program}")

    def _note(self, what: str) -> None:
        os.write(self._seen, f"{what}\n".encode("utf-8", "backslashreplace"))


def watch(home: Path) -> None:
    sys.addaudithook(Watch(home))
