"""A row that `check --media` passes is never invalid in the run, and what check spoke is kept."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from jobs.commands.check import check_manifest
from jobs.config import RunConfig
from jobs.quote.forecast import WorkerCounts
from jobs.quote.quote import Asked, quote_of
from jobs.quote.render import in_words
from jobs.quote.workload_reader import survey
from manifests import Result
from pipeline.checks.checked_sounds import KeptSound
from pipeline.media.voice.speech import choose_voice
from tests.manifests.builders import NOON
from tests.media_builders import a_jpeg
from tests.night import results, run_here
from tests.said_once import said_once
from tests.sketched import DrawsNothing
from tests.sound_builders import a_recording, a_voice, music

AUDIT = {
    "slot": {"script": "Good evening, and welcome.", "target_duration_s": 40.0},
    "glyphs": {"script": "Good \u0995.", "deliverables": ["captioned"]},
    "words": {"audio_uri": "voice.wav", "language": "xx", "deliverables": ["srt"]},
    "right": {"script": "Good evening."},
    "heard": {"audio_uri": "voice.wav"},
}
ASKED = Asked(counts=WorkerCounts(workers=1, cpus=8), device="d")
REFUSED = {"slot": "slot_missed", "glyphs": "no_glyphs", "words": "no_words"}

ODD: dict[str, dict[str, object]] = {
    "voice-unused": {"audio_uri": "voice.wav", "voice": "VOICE", "lexicon_uri": "names.tsv"},
    "music-words": {"audio_uri": "tune.wav", "deliverables": ["vtt"]},
    "emoji": {"script": "Hi \U0001f389 there.", "deliverables": ["captioned", "srt"]},
}
"""Rows that take the time of a recogniser or of a voice; test_check_laws.py draws others."""


def a_night(folder: Path, rows: dict[str, dict[str, object]]) -> str:
    a_jpeg(folder / "face.jpg")
    a_recording(folder / "voice.wav", a_voice())
    a_recording(folder / "tune.wav", music(96_000))
    (folder / "names.tsv").write_text("Wien\tveen\n")
    manifest = folder / "night.jsonl"
    lines = [{"job_id": name, "portrait_uri": "face.jpg", **row} for name, row in rows.items()]
    manifest.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return str(manifest)


def told_of(manifest: str, scratch: Path) -> tuple[tuple[int, int], dict[str, set[str]]]:
    """The counts, and the codes of each row, warnings with an exclamation mark."""
    lines: list[str] = []
    config = RunConfig(scratch=scratch)
    with said_once(scratch):
        counts = check_manifest([manifest], config, media=True, tell=lines.append)
    told: dict[str, set[str]] = {}
    for line in lines:
        code = line.rsplit("[", 1)[1].rstrip("]")
        told.setdefault(line.split()[3], set()).add("!" * ("warning: " in line) + code)
    return counts, told


@dataclass(frozen=True)
class Promised:
    """A night of rows that a run would refuse and of odd ones: what check told, and the run."""

    counts: tuple[int, int]
    told: dict[str, set[str]]
    found: dict[str, Result]


@pytest.fixture(scope="module")
def promised(tmp_path_factory: pytest.TempPathFactory) -> Promised:
    folder = tmp_path_factory.mktemp("promised")
    odd = json.loads(json.dumps(ODD).replace("VOICE", choose_voice("en", None).name))
    manifest = a_night(folder, AUDIT | odd)
    counts, told = told_of(manifest, folder / "scratch")
    run_here(manifest, folder / "out", folder / "scratch", executor=DrawsNothing)
    return Promised(counts=counts, told=told, found=results(folder / "out"))


def test_the_five_rows_of_which_a_run_refused_three_are_told(promised: Promised) -> None:
    found = promised.found
    assert {name: promised.told[name] for name in REFUSED} == {n: {c} for n, c in REFUSED.items()}
    assert {name: found[name].error_code for name in REFUSED} == REFUSED
    assert {found["right"].status, found["heard"].status} == {"done"}


def test_a_row_that_check_passes_is_never_invalid(promised: Promised) -> None:
    told, found = promised.told, promised.found
    problems = {n: {c for c in told.get(n, ()) if not c.startswith("!")} for n in AUDIT | ODD}
    invalid = {n: found[n].error_code for n in problems if found[n].status == "invalid"}
    assert {n for n in problems if problems[n]} == set(invalid)
    assert all(code in problems[name] for name, code in invalid.items())
    assert promised.counts == (len(problems), len(invalid))
    assert {"!voice_unused", "!lexicon_unused"} <= told["voice-unused"]
    warned = {w.split(":")[0] for w in found["voice-unused"].warnings}
    assert {"voice_unused", "lexicon_unused"} <= warned


def test_a_run_takes_up_what_check_spoke(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    manifest = a_night(tmp_path, {"right": AUDIT["right"]})
    told_of(manifest, tmp_path / "scratch")
    kept = list((tmp_path / "scratch/checked/_run/work").glob("*/*.json"))
    assert f"{KeptSound.__name__.lower()}.json" in {path.name for path in kept}
    spoken: list[object] = []
    monkeypatch.setattr("pipeline.prepare.ready_sound", lambda *given: spoken.append(given))
    run_here(manifest, tmp_path / "out", tmp_path / "scratch", executor=DrawsNothing)
    assert results(tmp_path / "out")["right"].status == "done"
    assert spoken == []


def test_a_kept_sound_that_was_damaged_is_made_again(tmp_path: Path) -> None:
    manifest = a_night(tmp_path, {"right": AUDIT["right"]})
    told_of(manifest, tmp_path / "scratch")
    (mix,) = (tmp_path / "scratch/checked/_run/work").glob("*/mix.wav")
    whole = mix.read_bytes()
    mix.chmod(0o600)
    mix.write_bytes(whole[:-1] + b"\x01")
    told_of(manifest, tmp_path / "scratch")
    assert mix.read_bytes() == whole


def test_a_quote_leaves_out_what_is_known_to_be_refused_and_says_why(tmp_path: Path) -> None:
    rows = {**AUDIT, "none": {"script": "Hi.", "language": "not a tag"}, "dots": {"script": "..."}}
    load = survey([a_night(tmp_path, rows)], RunConfig())
    expected = {"no_glyphs": 1, "no_words": 1, "bad_language": 1, "nothing_to_speak": 1}
    assert (load.rows, load.invalid, dict(load.refused)) == (7, 4, expected)
    assert sorted(load.names) == ["heard", "right", "slot"]
    told = list(in_words(quote_of(load, (), ASKED), datetime(2026, 1, 1, tzinfo=UTC)))
    assert any("4 rows will be refused and are left out: 1 bad_language" in line for line in told)


def test_a_row_that_is_only_warned_of_is_quoted(tmp_path: Path) -> None:
    rows: dict[str, dict[str, object]] = {
        "arabic": {"script": "\u0645\u0631\u062d\u0628\u0627", "language": "ar"},
        "wrong": {"script": "Hi.", "language": "not a tag"},
    }
    manifest = a_night(tmp_path, rows)
    _, told = told_of(manifest, tmp_path / "scratch")
    assert told["arabic"] == {"!voice_reads_part"}
    load = survey([manifest], RunConfig())
    assert (list(load.names), load.invalid) == (["arabic"], 1)
    lines = list(in_words(quote_of(load, (), ASKED), datetime(2026, 1, 1, tzinfo=UTC)))
    assert any("1 row will be refused and is left out: 1 bad_language" in line for line in lines)


def test_a_row_whose_time_is_over_is_warned_of(tmp_path: Path) -> None:
    hours = {"before": -1, "after": 1}
    rows = {
        name: {"script": "Hello.", "due": (NOON + timedelta(hours=by)).isoformat()}
        for name, by in hours.items()
    }
    told: list[str] = []
    check_manifest(
        [a_night(tmp_path, rows)],
        RunConfig(scratch=tmp_path),
        media=False,
        tell=told.append,
        clock=lambda: NOON,
    )
    assert ["before" in line for line in told if "[late]" in line] == [True]
