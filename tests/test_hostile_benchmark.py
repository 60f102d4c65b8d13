"""The hostile benchmark stays runnable: a few of its cases, and proof that it would notice."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
SAMPLE = (
    "picture/scans-101",
    "picture/png-header-of-100000",
    "sound/concat",
    "sound/nan",
    "script/escape",
    "lexicon/secret",
    "name/title-of-a-terminal",
    "name/zeros",
    "value/deliverables-of-100000",
    "manifest/csv-quote-never-closed",
    "captions/ttml-5000-spans-deep",
    "settings/scratch-gb-inf",
    "output/bundle-deep",
)


def test_there_are_as_many_cases_as_are_promised_and_no_two_of_one_name() -> None:
    from benchmarks.hostile import KINDS, all_cases  # noqa: PLC0415 - it sets OMP_NUM_THREADS

    cases = all_cases()
    assert len({(case.kind, case.name) for case in cases}) == len(cases) >= 150
    assert {case.kind for case in cases} == set(KINDS)


def test_a_dozen_of_the_hostile_cases_end_cleanly(tmp_path: Path) -> None:
    command = [sys.executable, str(ROOT / "benchmarks" / "hostile.py"), "--no-night"]
    command += ["--keep", str(tmp_path / "made"), "--out", str(tmp_path / "told.json")]
    ended = subprocess.run(  # noqa: S603 - ours
        [*command, "--cases", *SAMPLE],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert f"{len(SAMPLE)} of {len(SAMPLE)} clean" in ended.stdout
