"""Let pip resolve lock.txt and torch.txt for each machine of platforms.py, hashes and all.

    python -m requirements.check_lock

Nothing is installed, and nothing of another machine is run. Pip downloads every wheel that is not
in its cache, since it compares hashes with the files themselves: some GiB at the first time.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from urllib.parse import unquote

from requirements.platforms import PLATFORMS, PYTHON, LockedPackage, Platform, locked

HERE = Path(__file__).parent
HASHED = "--require-hashes"


def taken(platform: Platform, requirements: str, *words: str) -> dict[str, str]:
    """The wheel that pip takes for each package of a file's text, by the package's name."""
    names = [f"--platform={name}" for name in platform.names]
    python = f"--python-version={PYTHON[0]}.{PYTHON[1]}"
    with tempfile.TemporaryDirectory() as folder:
        report, file = Path(folder) / "report.json", Path(folder) / "requirements.txt"
        file.write_text(requirements)
        pip = [sys.executable, "-m", "pip", "install", "-q", "--dry-run", "--ignore-installed"]
        where = ["--target", folder, "--report", str(report), python, *names]
        what = ["--no-deps", "--only-binary=:all:", *words, "-r", str(file)]
        subprocess.run([*pip, *where, *what], check=True)
        installed = json.loads(report.read_text())["install"]
    return {
        each["metadata"]["name"]: unquote(each["download_info"]["url"].rsplit("/", 1)[1])
        for each in installed
    }


def _without_markers(packages: list[LockedPackage]) -> str:
    """Pip reads markers for the machine that it runs on, not for the one that it resolves for."""
    lines = (line for package in packages for line in package.lines())
    return "\n".join(re.sub(" ;.*? --hash", " --hash", line, count=1) for line in lines)


def main() -> None:
    packages = locked(HERE / "lock.txt")
    for platform in PLATFORMS:
        wanted = [package for package in packages if package.is_for(platform)]
        of_lock = taken(platform, _without_markers(wanted), HASHED)
        if len(of_lock) != len(wanted):
            sys.exit(f"{platform.name}: {len(of_lock)} of {len(wanted)} packages")
        sys.stdout.write(f"{platform.name}: {len(of_lock)} packages of lock.txt\n")
        (torch,) = taken(platform, (HERE / "torch.txt").read_text()).values()
        sys.stdout.write(f"{platform.name}: {torch}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
