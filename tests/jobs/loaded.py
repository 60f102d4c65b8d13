"""What a process has loaded that did one call of the command line."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
ENGINES = "torch scipy ray transformers diffusers"
TOOLS = f"{ENGINES} boto3 pyarrow av cv2 numpy onnxruntime pydantic"

_TELLS = """
import sys
from jobs.cli import main
sys.argv = ["rushes", *sys.argv[2:]]
try:
    main()
except SystemExit as ended:
    assert not ended.code, ended.code
sys.stderr.write(" ".join({*sys.modules} & {*%r.split()}))
"""


def loaded_by(tools: str, *words: str) -> str:
    """Which of the tools a process has loaded that did `rushes WORDS`."""
    command = [sys.executable, "-c", _TELLS % tools, "-", *words]
    ended = subprocess.run(  # noqa: S603 - our own program
        command, capture_output=True, check=True, text=True, cwd=ROOT
    )
    assert ended.stdout
    return ended.stderr
