"""Let pip resolve lock.txt and torch.txt for each machine of platforms.py, hashes and all.

    python -m requirements.check_lock

Nothing is installed, and nothing of another machine is run. Pip downloads every wheel that is not
in its cache, since it compares hashes with the files themselves: some GiB at the first time.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from urllib.parse import unquote

from requirements.platforms import PLATFORMS, PYTHON, Platform, locked

HERE = Path(__file__).parent
HASHED = "--require-hashes"


def taken(platform: Platform, file: str, *words: str) -> dict[str, str]:
    """The wheel that pip takes for each package of a file, by the package's name."""
    names = [f"--platform={name}" for name in platform.names]
    python = f"--python-version={PYTHON[0]}.{PYTHON[1]}"
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.json"
        pip = [sys.executable, "-m", "pip", "install", "-q", "--dry-run", "--ignore-installed"]
        where = ["--target", folder, "--report", str(report), python, *names]
        what = ["--no-deps", "--only-binary=:all:", *words, "-r", str(HERE / file)]
        subprocess.run([*pip, *where, *what], check=True)
        installed = json.loads(report.read_text())["install"]
    return {
        each["metadata"]["name"]: unquote(each["download_info"]["url"].rsplit("/", 1)[1])
        for each in installed
    }


def main() -> None:
    packages = locked(HERE / "lock.txt")
    for platform in PLATFORMS:
        of_lock = taken(platform, "lock.txt", HASHED)
        if len(of_lock) != len(packages):
            sys.exit(f"{platform.name}: {len(of_lock)} of {len(packages)} packages")
        sys.stdout.write(f"{platform.name}: {len(of_lock)} packages of lock.txt\n")
        (torch,) = taken(platform, "torch.txt").values()
        sys.stdout.write(f"{platform.name}: {torch}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
