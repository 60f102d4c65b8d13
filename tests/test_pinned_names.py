"""Names of finished work do not change: output folders of earlier versions are taken up by them.

A name that changes here makes all such work anew in every studio. Where that is meant, the value is
replaced, and CHANGELOG.md says so.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import cast

import pytest

from jobs.config import RunConfig
from jobs.engine.phases import Admitted, Prepared, Step
from jobs.engine.tasks import task_of
from jobs.orders import order_of, with_retakes
from manifests.job import Job
from pipeline import prepare, split, take_portrait
from pipeline.cutting.cuts import SplitParams
from pipeline.delivery.encode import MasterRequest, master_name
from pipeline.generate import segment_name
from pipeline.hallo3.naming import looks_name
from pipeline.limits import Limits
from pipeline.media.recognition.recognisers import RecognitionSettings
from pipeline.media.sound.vocals import Vocals
from pipeline.media.voice import voices
from pipeline.nouns import Chunk, Piece, Reel, Retake, Segment, TakeClips
from pipeline.presets import ANIMATIC, HALLO3_5B, TINY, Preset
from pipeline.renderer import Chain, GreyChain, TakeFiles
from pipeline.stitch import reel_name
from pipeline.take_sound import sound_name
from pipeline.workspace.inputs import Inputs
from pipeline.workspace.workspace import Workspace
from tests.noun_builders import SETTINGS, a_clip, a_job, a_take, an_artifact

PINNED = {
    "take of a script": "2befee1415caa9029523da7b661fb26e4e25e948",
    "take of a full script": "0ce8bff72498a48d6602cd7653205f7653a8a603",
    "take of a recording": "37765503ce11728d6a3f067544e21de469cb98ce",
    "take of a recording without bed": "9424d71013f1a49a6395617a52add064f8b70d60",
    "take of a voice taken out": "151916c70726ffdcc957e3eff2c29db8bff02c21",
    "portrait": "a3c78db12381936f95ee625ad0edb61c0a8c261e",
    "portrait of a video": "157e6fea89ccfe62f264907483c3bca0b0b0b550",
    "sound of a script": "ee4e8dea930e8d26bde529d6e2948fadc4a1b59e",
    "sound of a recording": "5ea509c2bd6dd5f3cded1511685fafa3dc27a56c",
    "cuts": "2768910eeea2d609e0f3cc8c3b928b0121abb572",
    "cuts in time": "6ac1b96c29a3db17b83ef023fdf6ffb29860dfba",
    "first segment": "4f22901bb21784fa5bb130a284743536c47fc871",
    "next segment": "fcf792f4c77452eb4481aa80128eb184de205303",
    "grey conditions": "254aff2464617ecc376792ddf69619fbcc47b791",
    "what networks see": "c05c18af87dc3a87a68ed159cf5352640eb054ed",
    "preset animatic": "b50821805c8fbfc2e54b69219dfeaa30e97eee7c",
    "preset hallo3-5b": "03f5c5f73a2cf6f0053c0390aab90e29b3c0f22c",
    "preset in another profile": "37932cfbd1f6549e665498a35c304a7b6d961546",
    "preset with lanes": "92078e3a900eba4494746bc43bf6cacc78eb7750",
    "reel": "51fce88eb95f5856e489a018db1a086d10a2e5c7",
    "master": "372f96d2c1482f0e6faf06dc8777f635f6a7df23",
    "master of demo weights": "b42a80ab619e9101f363178eec9c3d20f8ce5de6",
    "order of a script": "e3dc79d1d1be13006702225239a292185ec01f2c",
    "order of a recording": "32481eed9d3aa0982c9f6427060330fb0b46040c",
    "order of a full row": "b060969c4086f5e24de36af91b1a1fc560e3e1af",
    "row": "0bfe1a9071a8aec67c30cdbbbdadc45cf3626ed9",
    "order with retakes": "598e939eda0a12ce11057f087899a0a0210a26d5",
    "task": "986a8f5c6679d581662d5c1122a460d82aec6ca3",
    "task of a take": "6356bab516ce51b9e7f95705e40a3dfbcf79e1a9",
}

WHISPERX = RecognitionSettings(engine="whisperx")
LIMITS = Limits(hearing=WHISPERX)
CONFIG = RunConfig(hearing=WHISPERX, scratch=Path("scratch"))


@dataclass(frozen=True)
class Reader:
    """A voice that is the same on every machine."""

    name: str = "paper:reader"
    languages: tuple[str, ...] = ("en",)
    digest: str = "d1"
    reads_phones: bool = True

    def speak(self, sentences: Sequence[str], folder: Path) -> Iterator[Path | None]:
        raise NotImplementedError


@dataclass
class Asked(Exception):
    """Stands for a workspace; the name that is looked up in it ends the work."""

    name: str = ""

    def find_finished(self, fingerprint: str, _noun: type[object]) -> None:
        raise Asked(fingerprint)


@pytest.fixture(autouse=True)
def _one_voice(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(voices, "installed_voices", lambda: (Reader(),))


def a_script(**fields: object) -> Job:
    return a_job(script="Good evening.", lexicon_uri="/in/words.txt", **fields)


def a_recording(**fields: object) -> Job:
    return a_job(script=None, audio_uri="/in/a.wav", bed_uri="/in/b.wav", **fields)


FULL = a_job(
    job_id="full",
    portrait_uri="/in/face.mp4",
    language="en-GB",
    speaker="Ada",
    title="Reel",
    prompt="a room",
    seed=9,
    preset="tiny",
    framing="exact",
    aspect="9:16",
    continuity="cut",
    target_duration_s=12.5,
    deliverables=("web", "captioned", "srt"),
    priority=3,
    due=datetime(2027, 1, 31, tzinfo=UTC),
    consent_id="c",
    metadata={"reel": "4"},
    row=3,
    manifest="night.parquet",
)


def inputs_of(job: Job) -> Inputs:
    columns = ("portrait_uri", "audio_uri", "bed_uri", "lexicon_uri")
    named = tuple(column for column in columns if getattr(job, column) is not None)
    path = Path("file")
    return Inputs(
        portrait=path,
        narration=path if job.audio_uri else None,
        bed=path if job.bed_uri else None,
        lexicon=path if job.lexicon_uri else None,
        digests=tuple(f"{len(column)}" * 64 for column in named),
        columns=named,
    )


def take_of(job: Job, preset: Preset = ANIMATIC, limits: Limits = LIMITS) -> str:
    return prepare.take_name(job, inputs_of(job), preset, limits)


def looked_up(work: Callable[[Workspace], object]) -> str:
    """The name that a piece of work looks for before it begins."""
    with pytest.raises(Asked) as asked:
        work(cast("Workspace", Asked()))
    return str(asked.value.name)


def portrait_of(job: Job, preset: Preset) -> str:
    return looked_up(
        lambda place: take_portrait.looks_of(job, inputs_of(job), preset, LIMITS, place)
    )


def cuts_of(**changes: object) -> str:
    given = {"take": a_take(), "continuity": "auto", "longest_chain_s": 28.0} | changes
    request = split.SplitRequest(**given)  # type: ignore[arg-type]  # the fields' names are the test's
    return looked_up(lambda place: split.split(request, place, params=SplitParams()))


@dataclass(frozen=True)
class Said:
    def conditions(self, segment: Segment) -> str:
        return f"conditions {segment.index}"


def names() -> dict[str, str]:
    """Each name with what it is the name of."""
    sha, path = "a" * 64, Path("file")
    vocals = replace(LIMITS, vocals=Vocals(network="/n.onnx", sha256=sha))
    grey = GreyChain(chain=cast("Chain", Said()))
    segment = Segment(index=1, start=47, stop=94)
    pieces = tuple(Piece(video=an_artifact(), skip=2, frames=n) for n in (45, 53))
    reel = Reel(take=a_take(), pieces=pieces, joins=())
    finish = MasterRequest(reel=reel, profile="web", aspect="source", language="en")
    files = TakeFiles(
        take=a_take(), prompt="a room", speech=path, portrait=path, landmarks=path, phones=path
    )
    order = order_of(FULL, ("3/v1",), ANIMATIC, CONFIG, 0)
    first, second = (Chunk(index=i, start=100 * i, stop=100 * i + 100) for i in (0, 1))
    return {
        "take of a script": take_of(a_script()),
        "take of a full script": take_of(replace(FULL, lexicon_uri="/in/l.pls"), TINY),
        "take of a recording": take_of(a_recording(language="de")),
        "take of a recording without bed": take_of(replace(a_recording(), bed_uri=None), HALLO3_5B),
        "take of a voice taken out": take_of(a_recording(), ANIMATIC, vocals),
        "portrait": portrait_of(a_job(), ANIMATIC),
        "portrait of a video": portrait_of(FULL, HALLO3_5B),
        "sound of a script": sound_name(a_script(), "", sha, LIMITS),
        "sound of a recording": sound_name(a_recording(), sha, "", vocals),
        "cuts": cuts_of(),
        "cuts in time": cuts_of(continuity="cut", longest_segments=3),
        "first segment": segment_name(ANIMATIC, "conditions", 7, ""),
        "next segment": segment_name(HALLO3_5B, "conditions", 7, "before"),
        "grey conditions": grey.conditions(segment),
        "what networks see": looks_name(files),
        "preset animatic": ANIMATIC.digest,
        "preset hallo3-5b": HALLO3_5B.digest,
        "preset in another profile": replace(HALLO3_5B, memory="float8").digest,
        "preset with lanes": replace(HALLO3_5B, lanes=True).digest,
        "reel": reel_name(TakeClips(take=a_take(200), clips=(a_clip(first), a_clip(second)))),
        "master": master_name(finish),
        "master of demo weights": master_name(replace(finish, demo=True, enlarged=4)),
        "order of a script": order_of(a_script(), ("1/v",), ANIMATIC, CONFIG, 0).request_id,
        "order of a recording": order_of(a_recording(), ("1/v",), ANIMATIC, CONFIG, 0).request_id,
        "order of a full row": order.request_id,
        "row": order.row,
        "order with retakes": with_retakes(order, (Retake(at=50, seed=4),)).request_id,
        "task": task_of(Admitted(order=order), Step(stage="prepare"), SETTINGS, {}).fingerprint,
        "task of a take": task_of(
            Prepared(order=order, take=a_take()), Step(stage="split"), SETTINGS, {}
        ).fingerprint,
    }


def test_names_of_finished_work_stay() -> None:
    assert names() == PINNED
