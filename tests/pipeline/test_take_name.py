"""A take's name holds what changes the take and nothing else: each column says which it is."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from manifests.job import Job
from manifests.schema import COLUMNS
from pipeline.limits import CueLimits, Limits
from pipeline.media.fonts import Font, Fonts
from pipeline.media.picture.image import ImageLimits
from pipeline.media.recognition.recognisers import RecognitionSettings
from pipeline.media.sound.audio import AudioLimits
from pipeline.media.sound.vocals import Vocals
from pipeline.media.voice import voices
from pipeline.prepare import (
    COLUMNS_IN_NAME,
    COLUMNS_NOT_IN_NAME,
    LIMITS_IN_NAME,
    LIMITS_NOT_IN_NAME,
    take_name,
)
from pipeline.presets import ANIMATIC
from pipeline.take_portrait import portrait_name
from pipeline.take_sound import sound_name
from pipeline.workspace.inputs import Admission, Inputs, named_files
from tests.noun_builders import a_job


@dataclass(frozen=True)
class Reader:
    """A voice of paper."""

    name: str
    languages: tuple[str, ...] = ("en",)
    reads_phones: bool = True

    @property
    def digest(self) -> str:
        return self.name


@pytest.fixture(autouse=True)
def _two_voices(monkeypatch: pytest.MonkeyPatch) -> None:
    readers = (Reader("paper:a"), Reader("paper:b"))
    monkeypatch.setattr(voices, "installed_voices", lambda: readers)


SPOKEN = a_job(script="Good evening.")
TIMED = a_job(script=None, script_uri="/in/a.vtt")
RECORDED = a_job(script=None, audio_uri="/in/a.wav")
LIMITS = Limits(hearing=RecognitionSettings(engine="whisperx"), plates=("framed",))

OTHER_COLUMNS: dict[str, object] = {
    "job_id": "other",
    "portrait_uri": "/in/other.png",
    "audio_uri": "/in/other.wav",
    "script": "Good morning.",
    "script_uri": "/in/other.vtt",
    "source_script_uri": "/in/source.vtt",
    "cue_fit": "overrun",
    "voices": {"Ada": "paper:b"},
    "transcript": "Good evening.",
    "language": "en-GB",
    "voice": "paper:b",
    "lexicon_uri": "/in/words.txt",
    "speaker": "Eve",
    "title": "Reel",
    "prompt": "a room",
    "seed": 8,
    "preset": "tiny",
    "framing": "exact",
    "aspect": "9:16",
    "continuity": "cut",
    "target_duration_s": 4.0,
    "bed_uri": "/in/bed.wav",
    "deliverables": ("web", "framed"),
    "priority": 2,
    "due": datetime(2027, 1, 31, tzinfo=UTC),
    "consent_id": "c",
    "consent_expires": datetime(2027, 1, 31, tzinfo=UTC),
    "territories": ("DE",),
    "metadata": {"reel": "4"},
}

OTHER_LIMITS: dict[str, object] = {
    "audio": AudioLimits(longest_s=9.0),
    "image": ImageLimits(shortest_side=65),
    "hearing": RecognitionSettings(engine="whisperx", whisperx_model="small"),
    "vocals": Vocals(network="/n.onnx", sha256="5" * 64),
    "fonts": Fonts(named=(Font(path="/f.ttf", sha256="6" * 64, family="F"),)),
    "admission": Admission(roots=("/in",)),
    "voices": (Reader("paper:c"),),
    "cues": CueLimits(most_rate=0.1),
    "plates": ("web",),
    "captioned": ("subtitled",),
}


def name_of(job: Job, limits: Limits = LIMITS) -> str:
    """The name of a take whose files have other bytes where they have other names."""
    named = dict(named_files(job))
    path = Path("file")
    inputs = Inputs(
        portrait=path,
        narration=path if job.audio_uri else None,
        bed=path if job.bed_uri else None,
        lexicon=path if job.lexicon_uri else None,
        digests=tuple(f"sha256 of {uri}" for uri in named.values()),
        columns=tuple(named),
        script=path if job.script_uri else None,
        source_script=path if job.source_script_uri else None,
    )
    return take_name(job, inputs, ANIMATIC, limits)


def test_each_column_and_each_setting_of_rows_is_decided_on_once() -> None:
    assert COLUMNS_IN_NAME.keys() | COLUMNS_NOT_IN_NAME.keys() == COLUMNS.keys()
    assert COLUMNS_IN_NAME.keys() & COLUMNS_NOT_IN_NAME.keys() == set()
    settings = {each.name for each in fields(Limits)}
    assert LIMITS_IN_NAME.keys() | LIMITS_NOT_IN_NAME.keys() == settings
    assert LIMITS_IN_NAME.keys() & LIMITS_NOT_IN_NAME.keys() == set()
    reasons = (COLUMNS_IN_NAME, COLUMNS_NOT_IN_NAME, LIMITS_IN_NAME, LIMITS_NOT_IN_NAME)
    assert all(reason for table in reasons for reason in table.values())


@pytest.mark.parametrize("column", COLUMNS)
def test_a_column_changes_the_name_exactly_where_it_says_so(column: str) -> None:
    base = base_for(column)
    other = replace(base, **{column: OTHER_COLUMNS[column]})  # type: ignore[arg-type]  # a column's value
    assert (name_of(other) != name_of(base)) == (column in COLUMNS_IN_NAME)


OF_CUES = ("script_uri", "source_script_uri", "cue_fit", "voices")
OF_RECORDINGS = ("audio_uri", "transcript")


def base_for(column: str) -> Job:
    """A row that reads the column."""
    return RECORDED if column in OF_RECORDINGS else TIMED if column in OF_CUES else SPOKEN


@pytest.mark.parametrize("column", ["cue_fit", "voices"])
def test_columns_of_cues_change_no_take_without_cues(column: str) -> None:
    for base in (SPOKEN, RECORDED):
        other = replace(base, **{column: OTHER_COLUMNS[column]})  # type: ignore[arg-type]  # a column's value
        assert name_of(other) == name_of(base)


def test_deliverables_without_a_plate_change_no_take() -> None:
    for deliverables in (("web", "srt"), ("web", "vertical")):
        assert name_of(replace(SPOKEN, deliverables=deliverables)) == name_of(SPOKEN)


def test_the_kind_of_a_scripts_file_changes_the_take_of_the_same_bytes() -> None:
    names = {
        kind: take_named(replace(TIMED, script_uri=f"/in/a.{kind}")) for kind in ("srt", "vtt")
    }
    assert names["srt"] != names["vtt"]
    assert names["vtt"] == take_named(replace(TIMED, script_uri="/elsewhere/b.VTT"))


def take_named(job: Job) -> str:
    """The name of a take whose files have the same bytes whatever they are called."""
    inputs = Inputs(
        portrait=Path("file"),
        narration=None,
        bed=None,
        lexicon=None,
        digests=("1", "2"),
        columns=("portrait_uri", "script_uri"),
        script=Path("file"),
    )
    return take_name(job, inputs, ANIMATIC, LIMITS)


@pytest.mark.parametrize("column", [name for name in COLUMNS_IN_NAME if name != "bed_uri"])
def test_a_column_in_the_name_changes_the_name_of_the_picture_or_of_the_sound(column: str) -> None:
    """Or rows that differ in it would share them; the bed is laid under a finished sound."""
    base = base_for(column)
    other = replace(base, **{column: OTHER_COLUMNS[column]})  # type: ignore[arg-type]  # a column's value
    named = [
        (
            portrait_name(job, job.portrait_uri, ANIMATIC, LIMITS),
            sound_name(
                job,
                job.audio_uri or "",
                job.lexicon_uri or "",
                LIMITS,
                [uri for uri in (job.script_uri, job.source_script_uri) if uri],
            ),
        )
        for job in (base, other)
    ]
    assert named[0] != named[1]


@pytest.mark.parametrize("setting", [each.name for each in fields(Limits)])
def test_a_setting_changes_the_name_exactly_where_it_says_so(setting: str) -> None:
    other = replace(LIMITS, **{setting: OTHER_LIMITS[setting]})  # type: ignore[arg-type]  # a setting
    base = {"cues": TIMED, "voices": SPOKEN}.get(setting, RECORDED)
    assert (name_of(base, other) != name_of(base)) == (setting in LIMITS_IN_NAME)
