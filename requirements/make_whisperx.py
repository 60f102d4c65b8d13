"""Set up whisperx in an environment of its own, which the setting `whisperx_python` then names.

    python3.11 requirements/make_whisperx.py FOLDER [PIP OPTIONS]

It cannot share ours: it wants torch 2.8 and torchaudio. For the CPU build of torch, add
`--extra-index-url https://download.pytorch.org/whl/cpu`. Models are not brought: whisperx
downloads them at first use, or is given folders.
"""

from __future__ import annotations

import subprocess
import sys
import venv
from pathlib import Path

WANTED = ("whisperx==3.8.6",)
"""Pinned exactly: with torch pinned elsewhere, resolvers slide silently to older ones."""


def main() -> None:
    folder = Path(sys.argv[1]).absolute()
    venv.create(folder, with_pip=True)
    python = folder / "bin" / "python"
    pip = [str(python), "-m", "pip", "install", *sys.argv[2:], *WANTED]
    subprocess.run(pip, check=True)
    subprocess.run([str(python), "-m", "whisperx", "--help"], check=True, stdout=subprocess.DEVNULL)
    sys.stdout.write(f'[hearing]\nengine = "whisperx"\nwhisperx_python = "{python}"\n')


if __name__ == "__main__":
    main()
