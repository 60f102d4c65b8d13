"""What was said of a row's files when they were delivered: its sidecar, file by file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction

from manifests.artifact import C2PA
from manifests.errors import RushesError
from manifests.results import Result
from model.shapes import MIX_RATE
from pipeline.delivery.inspection.findings import BT709
from pipeline.delivery.provenance.signed_files import SignedFacts
from pipeline.media.text.language import iso639_2
from pipeline.nouns import Captions, DeliveredFile, Master
from pipeline.workspace.workspace import read_record

MEDIA = frozenset({"mp4", "mov", "mkv", "wav"})
"""Endings of files that are sound or video."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SaidOfFiles:
    """Of a sidecar, all that is about its files."""

    video: Master
    language: str = "en"
    captions: tuple[Captions, ...] = ()
    deliveries: tuple[DeliveredFile, ...] = ()
    credentials: tuple[SignedFacts, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SaidOfRow:
    """What the sidecar says of each file by its profile, and which of them were signed; `fault`
    where it cannot be read."""

    files: Mapping[str, DeliveredFile] = field(default_factory=dict)
    signed: frozenset[str] = frozenset()
    fault: str = ""


def said_of_row(result: Result, sidecar: str) -> SaidOfRow:
    """Read from the row's `sidecar`. That a file lies beside another is in the results too."""
    if result.status != "done" or not sidecar:
        return SaidOfRow()
    profiles = [file.profile for file in result.deliverables]
    beside = {name.removesuffix(C2PA) for name in profiles if name.endswith(C2PA)}
    try:
        said = read_record(sidecar, SaidOfFiles)
    except RushesError as error:
        return SaidOfRow(signed=frozenset(beside), fault=error.message)
    return SaidOfRow(
        files={file.profile: file for file in _files(said)},
        signed=frozenset(beside | {facts.profile for facts in said.credentials}),
    )


def _files(said: SaidOfFiles) -> Iterator[DeliveredFile]:
    """As they were read back when they were made; before versions did that, as `web` was."""
    yield from said.deliveries
    if not said.deliveries:
        yield _of_before(said, said.video.profile)
        for made in said.captions:
            if made.file.uri.rpartition(".")[2] in MEDIA:
                yield _of_before(said, made.format)


def _of_before(said: SaidOfFiles, profile: str) -> DeliveredFile:
    """What is true of each video of the profile `web`, and of the same with captions."""
    master = said.video
    return DeliveredFile(
        fingerprint=master.fingerprint,
        profile=profile,
        file=master.file,
        container="mp4",
        codec="h264",
        pix_fmt="yuv420p",
        language=iso639_2(said.language),
        duration_s=master.duration_s,
        width=master.width,
        height=master.height,
        rate=str(Fraction(master.fps).limit_denominator(1001)),
        frames=master.frames,
        samples=round(master.duration_s * MIX_RATE),
        colour=BT709,
    )
