"""The published schema of sidecars says what sidecars hold, and old sidecars are still read."""

from __future__ import annotations

import json
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator, ValidationError

import pipeline
from pipeline.delivery.provenance.signed_files import NamedFile
from pipeline.nouns import Captions, DeliveredFile, FrameList, Join
from pipeline.sidecar import VERSION, Delivered, read_sidecar, sidecar_text
from pipeline.timed_cues import FittedCue, ScriptCue
from tests.noun_builders import an_artifact
from tests.pipeline.test_sidecar import RELEASE

SCHEMA = Path(pipeline.__path__[0], "delivery/package/sidecar.schema.json")

PRORES = DeliveredFile(
    fingerprint="f",
    profile="prores_422hq",
    file=replace(an_artifact("a.prores_422hq.mov"), xxh128="0" * 32),
    container="mov",
    codec="prores",
    duration_s=4.8,
    width=64,
    height=64,
    rate="24000/1001",
    frames=116,
    samples=230_400,
    colour=(1, 1, 1),
    timecode="01:00:00:00",
    dropped=FrameList(count=5, frames=(12,), period=25),
    loudness_before=-19.2,
    loudness_after=-23.0,
    true_peak=-1.4,
    watermark="00ff",
    signed="embedded",
)
SOUND = replace(PRORES, profile="sound", container="wav", codec="pcm_s24le", rate="", colour=())
SUBTITLES = Captions(format="srt", file=an_artifact("a.de.srt"), breaches=1, left_out="\u2603")
CUE = FittedCue(
    cue=ScriptCue(number=1, start_s=0.5, stop_s=1.5, lines=("Ja.",), speaker="Ada"),
    voice="piper:joe",
    begins_s=0.5,
    ends_s=1.4,
)


def schema() -> dict[str, Any]:
    found = json.loads(SCHEMA.read_text(encoding="utf-8"))
    Draft202012Validator.check_schema(found)
    return dict(found)


def require_valid(text: str) -> dict[str, Any]:
    said: dict[str, Any] = json.loads(text)
    Draft202012Validator(schema()).validate(said)
    return said


def a_sidecar(*deliveries: DeliveredFile) -> dict[str, Any]:
    files = {"web": an_artifact("a.mp4"), "srt": SUBTITLES.file}
    files |= {each.profile: each.file for each in deliveries}
    signed = {"web": NamedFile(file=an_artifact("a.mp4"), work="w")}
    delivered = Delivered(
        files={profile: NamedFile(file=file) for profile, file in files.items()} | signed,
        captions=(SUBTITLES,),
        deliveries=deliveries,
        cues=(CUE,),
    )
    join = Join(at=50, bridged_frames=4, z_before=3.5, z_after=1.0)
    request = replace(RELEASE, reel=replace(RELEASE.reel, joins=(join,)))
    return require_valid(sidecar_text(request, delivered))


def test_a_sidecar_with_all_kinds_of_files_keeps_to_the_schema() -> None:
    said = a_sidecar(PRORES, SOUND)
    assert said["version"] == VERSION
    kinds = [file["profile"] for file in said["deliverables"]]
    assert kinds == ["web", "srt", "prores_422hq", "sound"]
    assert said["deliverables"][2]["name"] == "a.prores_422hq.mov"
    master = said["deliveries"][0]
    dropped = {"count": 5, "frames": [12], "period": 25, "held": None}
    assert (master["rate"], master["dropped"]) == ("24000/1001", dropped)


def test_all_that_is_written_is_in_the_schema() -> None:
    found, said = schema(), a_sidecar(PRORES)
    assert {*said} - {*found["properties"]} == set(), "say it in sidecar.schema.json"
    told = {*found["$defs"]["delivery"]["properties"]}
    assert {field.name for field in fields(DeliveredFile)} == told, "say it in sidecar.schema.json"


@pytest.mark.parametrize(
    ("key", "value"),
    [("version", "sidecar/3"), ("seed", "7"), ("deliverables", []), ("synthetic", False)],
)
def test_the_schema_refuses_what_no_sidecar_says(key: str, value: object) -> None:
    said = a_sidecar()
    with pytest.raises(ValidationError):
        Draft202012Validator(schema()).validate(said | {key: value})
    del said[key]
    with pytest.raises(ValidationError):
        Draft202012Validator(schema()).validate(said)


def test_a_sidecar_of_before_it_had_a_version_is_read(tmp_path: Path) -> None:
    said = a_sidecar(PRORES)
    old = {key: said[key] for key in said if key not in {"version", "deliverables", "work"}}
    file = tmp_path / "a.json"
    file.write_text(json.dumps(old), encoding="utf-8")
    assert read_sidecar(str(file)).seed == 7
