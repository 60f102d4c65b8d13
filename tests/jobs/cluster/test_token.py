"""A cluster that asks for a token: without the right one a run says so, with it the pool works."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

from manifests import Job
from tests.night import Media, a_manifest
from tests.ray_heads import ONE_KNOCK

RUSHES = Path(sysconfig.get_path("scripts")) / "rushes"
ROOT = Path(__file__).parents[3]
HEAD = """
import sys
from tests.ray_heads import a_head
head = a_head(2)
print("at " + head.address, flush=True)
sys.stdin.read()
head.shutdown()
"""


@pytest.mark.ray
def test_a_cluster_with_a_token_takes_only_those_who_know_it(media: Media, tmp_path: Path) -> None:
    job = Job(job_id="one", portrait_uri=str(media.portrait), audio_uri=str(media.narration))
    manifest = a_manifest(tmp_path, [job])
    told = (
        os.environ
        | {"PYTHONPATH": str(ROOT)}
        | {"RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN": "a" * 64}
    )
    head = subprocess.Popen(  # noqa: S603 - our own program
        [sys.executable, "-c", HEAD],
        env=told,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert head.stdout is not None
    try:
        address = next(line for line in head.stdout if line.startswith("at ")).split()[1]
        command = [str(RUSHES), "run", manifest, "--out", str(tmp_path / "out")]
        command += ["--address", address]

        wrong = told | {"RAY_AUTH_TOKEN": "b" * 64} | ONE_KNOCK
        refused = subprocess.run(  # noqa: S603 - our own program
            command, env=wrong, capture_output=True, text=True, timeout=120, check=False
        )
        assert (refused.returncode, "cluster_unreachable" in refused.stderr) == (2, True)
        assert "b" * 64 not in refused.stderr

        taken = subprocess.run(  # noqa: S603 - our own program
            command, env=told, capture_output=True, text=True, timeout=120, check=False
        )
        assert (taken.returncode, "1 done" in taken.stdout) == (0, True), taken.stderr
        assert "a" * 64 not in taken.stdout + taken.stderr
        written = "".join(path.read_text() for path in (tmp_path / "out/_run").glob("*.json"))
        assert "a" * 64 not in json.dumps(written)
    finally:
        head.communicate(timeout=60)
