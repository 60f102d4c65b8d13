"""What `check --media` says of a row is what a run does with it, whatever stands in its fields."""

from __future__ import annotations

import json
import re
from itertools import count
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jobs.commands.check import check_manifest
from jobs.config import RunConfig
from pipeline.media.voice.speech import choose_voice
from tests.media_builders import a_jpeg
from tests.night import results, run_here
from tests.said_once import said_once
from tests.sketched import DrawsNothing
from tests.sound_builders import RATE, a_recording, a_voice, music

Row = dict[str, object]

_ROW = re.compile(r" row \d+ (\S+) \w+: (warning: )?.*\[(\w+)\]$", re.DOTALL)
_NIGHTS = count()

VOICE = choose_voice("en", None).name
SPOKEN = "Good evening."
"""The one script that is spoken: a voice takes a second of a processor to begin."""

REFUSED_SCRIPTS = (
    "... !",
    "Hello <b>you</b>.",
    "Hello. \u041f\u0440\u0438\u0432\u0435\u0442.",
    " ",
    "nan",
    "Hi\x07",
)
NO_VOICES = ("tune.wav", "silent.wav", "none.wav", "names.tsv", "", ".")
GOOD = ({"script": SPOKEN}, {"audio_uri": "voice.wav"})
SOURCES: tuple[Row, ...] = (
    *GOOD * 6,  # else hardly an odd field would be looked at by itself
    *({"script": script} for script in REFUSED_SCRIPTS),
    *({"audio_uri": uri} for uri in NO_VOICES),
    {"script": SPOKEN, "audio_uri": "voice.wav"},
    {},
)
ODD = {
    "portrait_uri": ["face.jpg", "gray.png", "names.tsv", "none.jpg", "", 7],
    "language": ["en", "EN-gb", "xx", "en_US", "zh", "not a tag", None, 1],
    "voice": [VOICE, "piper:nobody", "", 3],
    "lexicon_uri": ["names.tsv", "wrong.tsv", "none.tsv", "face.jpg"],
    "bed_uri": ["tune.wav", "none.wav", "names.tsv", "silent.wav"],
    "target_duration_s": [0.2, 1.0, 40.0, 0.1, 7201, -1, "2", "soon", None],
    "deliverables": [["srt"], ["captioned"], "web vtt", ["film"], [], ["web", "web"], 5],
    "framing": ["face", "exact", "Face", "close"],
    "aspect": ["9:16", "source", "2:1", "16x9"],
    "continuity": ["cut", "chain", "none"],
    "preset": ["animatic", "tiny", "huge", ""],
    "seed": [0, 7.0, 7.5, -1, 2**63, "7"],
    "priority": [3, "3", 2**31, True],
    "due": ["2027-01-31T06:00:00Z", "2027-01-31", "tomorrow", 5],
    "consent_expires": ["2027-01-31T06:00:00Z", None],
    "prompt": ["a garden", "", "x" * 100_000],
    "title": ["t", "\x00"],
    "speaker": ["Ada", "\x1b[31m"],
    "metadata": [{"a": "b"}, {"a": None}, "{}", "[", 3],
    "job_id": ["../a", "", "x" * 129, "a.captioned"],
}
ROWS = st.builds(
    lambda source, odd: {"portrait_uri": "face.jpg", **source, **odd},
    st.sampled_from(SOURCES),
    st.lists(st.sampled_from(sorted(ODD)), max_size=2, unique=True).flatmap(
        lambda names: st.fixed_dictionaries({name: st.sampled_from(ODD[name]) for name in names})
    ),
)


@pytest.fixture(scope="module")
def inputs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Files that the rows name, and the scratch of all their nights."""
    folder = tmp_path_factory.mktemp("inputs")
    a_jpeg(folder / "face.jpg")
    a_recording(folder / "voice.wav", a_voice()[: 3 * RATE // 2])
    a_recording(folder / "tune.wav", music(RATE))
    a_recording(folder / "silent.wav", np.zeros(RATE))
    (folder / "names.tsv").write_text("Wien\tveen\n")
    (folder / "wrong.tsv").write_text("no tab here\n")
    return folder


def told_of(manifest: Path, scratch: Path) -> dict[str, set[str]]:
    """The codes of each row that is refused."""
    lines: list[str] = []
    with said_once(scratch):
        check_manifest([str(manifest)], RunConfig(scratch=scratch), media=True, tell=lines.append)
    told: dict[str, set[str]] = {}
    for line in lines:
        found = _ROW.search(line)
        assert found, line
        if not found[2]:
            told.setdefault(found[1], set()).add(found[3])
    return told


@given(st.lists(ROWS, min_size=3, max_size=5))
@settings(max_examples=6)
def test_what_check_refuses_is_what_a_run_refuses(inputs: Path, rows: list[Row]) -> None:
    night = inputs / f"night-{next(_NIGHTS)}"
    manifest = inputs / f"{night.name}.jsonl"
    lines = [{"job_id": f"row-{at}", **row} for at, row in enumerate(rows)]
    manifest.write_text("".join(json.dumps(line) + "\n" for line in lines))
    told = told_of(manifest, inputs / "scratch")
    run_here(str(manifest), night, inputs / "scratch", executor=DrawsNothing)
    found = results(night)
    assert {job_id for job_id in found if found[job_id].status != "done"} == set(told)
    for job_id, codes in told.items():
        assert found[job_id].status == "invalid"
        assert found[job_id].error_code in codes
