"""The table of checks that read a delivered file back: what each reads, and what it costs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from manifests.errors import BadInput, RushesError
from pipeline.delivery.inspection.findings import BT709, findings
from pipeline.delivery.provenance.c2pa_files import SignedPath
from pipeline.delivery.provenance.check import check_signed
from pipeline.delivery.provenance.check_apart import check_apart
from pipeline.delivery.sound.loudness import LoudnessFound, loudness_of
from pipeline.delivery.watermark.payload import PUBLIC_KEY
from pipeline.delivery.watermark.read import read_mark
from pipeline.media.read_back import DecodedFacts, decoded_of, header_of
from pipeline.nouns import DeliveredFile

CheckName = Literal["header", "credentials", "decoding", "loudness", "watermark"]

SAME_DB = 0.1
"""Decoders of other machines round otherwise, and that moves no meter further."""

SHOWN_BT709 = ("bt709", "bt709", "bt709")
FULL_RANGE = "pc"
"""Of levels; FFV1 has no place for theirs in its stream."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveredCopy:
    """A delivered file of a job on this machine; `said` is what a sidecar told of a sound or a
    video, and `signed` whether it was. Its credentials may lie `beside` it. `trusted` holds root
    certificates in PEM, `key` is that of watermarks. `recorded`: its bytes are those that the run
    wrote down; any others may come from anybody."""

    job_id: str
    path: Path
    name: str
    said: DeliveredFile | None = None
    signed: bool = False
    beside: Path | None = None
    trusted: bytes = b""
    key: bytes = field(default=PUBLIC_KEY, repr=False)
    recorded: bool = False

    @property
    def is_media(self) -> bool:
        return self.said is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class FileCheck:
    """A check of the files that it `applies` to: `findings` tells what is wrong, a sentence each,
    and `remedy` what to do about it. One that `decodes` is asked for a sample of the files."""

    name: CheckName
    decodes: bool
    applies: Callable[[DeliveredCopy], bool]
    findings: Callable[[DeliveredCopy], Iterable[str]]
    remedy: str


def header_findings(copy: DeliveredCopy) -> Iterator[str]:
    """All that a header says: that of the container, and what is asked of every finished file."""
    if copy.said is None:
        return
    container = header_of(copy.path).container
    if container != copy.said.container:
        yield f"{container} as container instead of {copy.said.container}"
    yield from findings(copy.path, copy.said)


def decoding_findings(copy: DeliveredCopy) -> Iterator[str]:
    """Every frame and every sample, decoded."""
    if copy.said is not None:
        yield from decoding_breaches(copy.said, decoded_of(copy.path))


def credential_findings(copy: DeliveredCopy) -> Iterator[str]:
    """Whether the credentials of a file that was signed are there and hold for its bytes."""
    signed = SignedPath(path=copy.path, name=copy.name, beside=copy.beside)
    look = check_signed if copy.recorded else check_apart  # a process for each of many takes hours
    found = look(signed, copy.trusted)
    if found.state == "none":
        yield "its content credentials are gone"
    elif not found.untouched:
        yield found.sentence


def watermark_findings(copy: DeliveredCopy) -> Iterator[str]:
    """Whether the pictures still say whose they are."""
    if copy.said is None:
        return
    found = read_mark(copy.path, copy.key)
    if found is None:
        yield f"its watermark {copy.said.watermark} cannot be read"
    elif found.payload != copy.said.watermark:
        yield f"the watermark {found.payload} instead of {copy.said.watermark}"


def decoding_breaches(said: DeliveredFile, found: DecodedFacts) -> Iterator[str]:
    """Where the frames and samples that decode are not those that were delivered; pure."""
    if found.frames != said.frames:
        yield f"{found.frames} frames decode, not {said.frames}"
    if said.samples and found.samples != said.samples:
        yield f"{found.samples} samples of sound decode, not {said.samples}"
    tags, levels = found.colour[:3], found.colour[3:]
    if said.colour == BT709 and (tags != SHOWN_BT709 or FULL_RANGE in levels):
        yield f"frames are {'/'.join(found.colour)}, not {'/'.join(SHOWN_BT709)} in TV range"


def loudness_findings(copy: DeliveredCopy) -> Iterator[str]:
    """The loudness and the true peak of its sound, measured again."""
    if copy.said is not None:
        yield from loudness_breaches(copy.said, loudness_of(copy.path))


def loudness_breaches(said: DeliveredFile, found: LoudnessFound) -> Iterator[str]:
    """Where they are not those that were measured when the file was made; pure."""
    compared = (
        ("LUFS", found.integrated_lufs, said.loudness_after),
        ("dBTP", found.true_peak_dbtp, said.true_peak),
    )
    for unit, now, then in compared:
        if then is not None and abs(now - then) > SAME_DB:
            yield f"its sound is at {now:.1f} {unit}, not {then:.1f}"


DELIVER_AGAIN = "delete it and run again with the same manifests: it is delivered anew"

CHECKS: tuple[FileCheck, ...] = (
    FileCheck(
        name="header",
        decodes=False,
        applies=lambda copy: copy.is_media,
        findings=header_findings,
        remedy=DELIVER_AGAIN,
    ),
    FileCheck(
        name="credentials",
        decodes=False,
        applies=lambda copy: copy.signed,
        findings=credential_findings,
        remedy=DELIVER_AGAIN,
    ),
    FileCheck(
        name="decoding",
        decodes=True,
        applies=lambda copy: copy.is_media,
        findings=decoding_findings,
        remedy=DELIVER_AGAIN,
    ),
    FileCheck(
        name="loudness",
        decodes=True,
        applies=lambda copy: copy.said is not None and copy.said.loudness_after is not None,
        findings=loudness_findings,
        remedy=DELIVER_AGAIN,
    ),
    FileCheck(
        name="watermark",
        decodes=True,
        applies=lambda copy: copy.said is not None and bool(copy.said.watermark),
        findings=watermark_findings,
        remedy=f"name its key by watermark_key_env; if it is right, {DELIVER_AGAIN}",
    ),
)
"""In the order in which they are asked."""


def count_of_findings(check: FileCheck, copy: DeliveredCopy) -> int:
    """How many things a check finds wrong with a file; one that is no sound or video has one.
    Raises `Transient` where the machine may be at fault."""
    try:
        return len(tuple(check.findings(copy)))
    except BadInput:
        return 1


def told_of(check: FileCheck, copy: DeliveredCopy) -> tuple[str, ...]:
    """What a check finds; a file that it cannot read is one finding."""
    try:
        return tuple(check.findings(copy))
    except RushesError as error:
        return (error.message,)
