"""The end of a file's making: its parts joined beside the sound, what it holds read back and
compared with what was planned, and the file stored."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from manifests.artifact import Artifact
from manifests.errors import Transient
from model.shapes import MIX_RATE
from pipeline.captions.deliverables import Drawing
from pipeline.delivery.encode import MasterRequest
from pipeline.delivery.finishing.finished_reel import finished_names, told_of_enlarging
from pipeline.delivery.inspection.findings import BT709, findings
from pipeline.delivery.plan import PlannedFile
from pipeline.delivery.sound.finish import SoundReport, finished_sound
from pipeline.delivery.sound.loudness import AS_IS, LOUDNESS, loudness_of, told_of_loudness
from pipeline.media.delivered_video import (
    FileTags,
    PartFile,
    SoundSource,
    join_parts,
    write_sound_file,
)
from pipeline.media.sound.wav import read_info
from pipeline.media.text.language import iso639_2
from pipeline.nouns import DeliveredFile
from pipeline.workspace.workspace import Workspace

NOT_STORED = Artifact(uri="", sha256="", bytes=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Encoded:
    """The parts of a file's picture, and what its captions are."""

    parts: tuple[PartFile, ...]
    drawing: Drawing | None = None
    left_out: str = ""
    finish_warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class FinishedMix:
    """The sound that goes into a file; `report` is None where it is the very mix."""

    source: SoundSource
    report: SoundReport | None = None


def joined_file(
    request: MasterRequest,
    planned: PlannedFile,
    encoded: Encoded,
    workspace: Workspace,
    desk: Path,
) -> DeliveredFile:
    """Join, check and store a file. Raises `Transient` when it is not what was planned."""
    path = desk / planned.file
    mix = finished_mix(request, planned, workspace, desk)
    sound = mix.source if mix else None
    tags = tags_of(request, planned)
    if planned.picture is not None:
        join_parts(encoded.parts, sound, path, planned.picture.rate, tags)
    elif sound is not None:
        write_sound_file(sound, path, tags)
    promised = promised_file(request, planned, encoded)
    wrong = findings(path, promised)
    if wrong:
        raise Transient("encode_incomplete", "the encoded file has " + ", ".join(wrong))
    made = with_loudness(promised, planned, mix, path) if mix else promised
    file = workspace.store(path, planned.name, path.name)
    return workspace.commit(planned.name, replace(made, file=file))


def finished_mix(
    request: MasterRequest, planned: PlannedFile, workspace: Workspace, desk: Path
) -> FinishedMix | None:
    """The take's mix as the profile wants it, and how it is encoded. Raises `ValueError` for one
    that is not as long as the take."""
    codec = planned.profile.sound
    if codec is None:
        return None
    mix = workspace.fetch(request.reel.take.mix, desk)
    info = read_info(mix)
    if info is None or info.samples + 2 * planned.silence != planned.samples:
        raise ValueError(f"{mix.name} is not as long as {request.reel.take.frames} frames")
    options = codec.options_for(info.channels)
    wanted = LOUDNESS[planned.profile.loudness]
    if wanted == AS_IS and not planned.silence:
        return FinishedMix(source=SoundSource(path=mix, options=options))
    if not codec.lossless:
        wanted = wanted.before_lossy_encode
    report = finished_sound(mix, wanted, desk / "sound-to-deliver.wav", planned.silence)
    return FinishedMix(source=SoundSource(path=report.path, options=options), report=report)


def with_loudness(
    promised: DeliveredFile, planned: PlannedFile, mix: FinishedMix, path: Path
) -> DeliveredFile:
    """What was done to the sound of a finished file, and what it was measured to be: after the
    encode, which may raise peaks."""
    found, report, codec = loudness_of(path), mix.report, planned.profile.sound
    lossy = codec is not None and not codec.lossless
    told = told_of_loudness(found, LOUDNESS[planned.profile.loudness], lossy=lossy)
    measured = replace(
        promised,
        loudness_after=round(found.integrated_lufs, 2),
        true_peak=round(found.true_peak_dbtp, 2),
        loudness_range=found.range_lu,
        sound_warnings=told,
    )
    if report is None or report.wanted.target_lufs is None:
        return measured
    codes = {each.partition(":")[0] for each in report.warnings}
    return replace(
        measured,
        loudness_before=round(report.before.integrated_lufs, 2),
        gain_db=report.gain_db,
        limited_samples=report.limited.samples,
        sound_warnings=(*report.warnings, *(t for t in told if t.partition(":")[0] not in codes)),
    )


def tags_of(request: MasterRequest, planned: PlannedFile) -> FileTags:
    profile = planned.profile
    of_apple = profile.video.tag if profile.video and profile.container in ("mp4", "mov") else ""
    return FileTags(
        title=request.title,
        comment=request.comment,
        language=request.language,
        timecode=profile.timecode,
        codec=of_apple,
    )


def promised_file(request: MasterRequest, planned: PlannedFile, encoded: Encoded) -> DeliveredFile:
    """What the file must hold, by the plan alone; it is not stored yet."""
    profile, picture = planned.profile, planned.picture
    codec, sound = profile.video, profile.sound
    samples = planned.samples if sound else 0
    promised = DeliveredFile(
        fingerprint=planned.name,
        profile=profile.name,
        file=NOT_STORED,
        container=profile.container,
        codec=sound.codec if sound else "",
        duration_s=samples / MIX_RATE,
        samples=samples,
        language=iso639_2(request.language),
    )
    if picture is None or codec is None:
        return promised
    return replace(
        promised,
        codec=codec.codec,
        pix_fmt=codec.pix_fmt,
        duration_s=float(picture.frames / picture.rate),
        width=picture.size.width,
        height=picture.size.height,
        rate=str(picture.rate),
        frames=picture.frames,
        colour=BT709,
        timecode=profile.timecode,
        repeated=picture.conform.repeats,
        dropped=picture.conform.drops,
        watermark=picture.mark.payload if picture.mark else "",
        captions=encoded.drawing is not None,
        breaches=encoded.drawing.breaches if encoded.drawing else 0,
        left_out=encoded.left_out if encoded.drawing else "",
        parts=picture.part_names if len(picture.parts) > 1 else (),
        finished=finished_names(request.reel, profile.finish),
        finish=told_of_enlarging(request.reel.take, profile.finish),
        finish_warnings=encoded.finish_warnings,
    )
