"""The nouns of what is delivered: files of profiles, their captions and credentials, and a job's
published whole."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from manifests.artifact import Artifact


@dataclass(frozen=True, slots=True, kw_only=True)
class Captions:
    """A file of captions: `srt`, `vtt`, `ttml`, or `captioned`, the video with them drawn into it;
    `breaches` of its cues break the house rules; signs that it cannot show were `left_out`."""

    stored_as: ClassVar[str] = "captions"
    format: str
    file: Artifact
    breaches: int
    left_out: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveredPart:
    """A part of a picture as it is encoded for a profile; parts are joined without loss."""

    stored_as: ClassVar[str] = "deliveredpart"
    file: Artifact
    frames: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FinishSpent:
    """What a network, of this `digest`, took for so many million pixels that it saw."""

    network: str
    digest: str
    seconds: float
    megapixels: float


@dataclass(frozen=True, slots=True, kw_only=True)
class FinishedSegment:
    """The frames of a drawn segment, enlarged; `take` is the one that it was finished for first,
    and `figures` what its face was found to differ by. `gaps` are those of the lips, before and
    after, by the numbers of the frames that show a face; `spent` is None where no network was
    asked."""

    stored_as: ClassVar[str] = "finishedsegment"
    fingerprint: str
    video: Artifact
    frames: int
    take: str
    figures: tuple[tuple[str, float], ...] = ()
    gaps: tuple[tuple[int, float, float], ...] = ()
    spent: FinishSpent | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FrameList:
    """Numbers of frames in short: `frames`, then the same again every `period`, `count` in all.

    Without a `period` the list is whole. `held` is the number of the last frame, where the list
    ends with one that the pattern does not hold: a picture that is held to cover the sound.
    """

    count: int = 0
    frames: tuple[int, ...] = ()
    period: int = 0
    held: int | None = None

    @property
    def numbers(self) -> tuple[int, ...]:
        """All of them."""
        held = () if self.held is None else (self.held,)
        many, length = self.count - len(held), len(self.frames)
        regular = (self.frames[at % length] + at // length * self.period for at in range(many))
        return (*regular, *held)


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveredFile:
    """A finished file of a delivery profile beside the video, with what it was found to hold.

    `rate` is of frames a second, such as `24000/1001`, "" where there is no picture, and `codec`
    that of the picture, else of the sound. `samples` count the sound at 48 kHz. `colour` holds the
    numbers of primaries, transfer and matrix (H.273). `repeated` and `dropped` are the frames, as
    delivered (behind the handle) and as drawn, that a change of rate showed twice and not at all.
    Loudness is in LUFS and the true peak in dBTP, of the finished file and before it was brought to
    its profile's loudness, None where nobody measured; `gain_db` was added to its sound, the
    limiter turned `limited_samples` down, and `sound_warnings` tell what was not reached.
    `breaches` of its captions break the house rules, and signs that they cannot show were
    `left_out`. `watermark` is the payload in hexadecimal digits, and `signed` is "embedded",
    "sidecar" or "". `parts` are names of finished work that its picture was joined from, where they
    are several. `finished` are those of its enlarged frames, `finish` says by what they were
    enlarged, and `finish_warnings` what of their faces is to be looked at.
    """

    stored_as: ClassVar[str] = "delivered"
    fingerprint: str
    profile: str
    file: Artifact
    container: str
    codec: str
    duration_s: float
    width: int = 0
    height: int = 0
    rate: str = ""
    frames: int = 0
    samples: int = 0
    colour: tuple[int, ...] = ()
    pix_fmt: str = ""
    language: str = ""
    timecode: str = ""
    repeated: FrameList = FrameList()
    dropped: FrameList = FrameList()
    loudness_before: float | None = None
    loudness_after: float | None = None
    true_peak: float | None = None
    loudness_range: float | None = None
    gain_db: float = 0.0
    limited_samples: int = 0
    sound_warnings: tuple[str, ...] = ()
    breaches: int = 0
    left_out: str = ""
    watermark: str = ""
    signed: str = ""
    parts: tuple[str, ...] = ()
    captions: bool = False
    finished: tuple[str, ...] = ()
    finish: str = ""
    finish_warnings: tuple[str, ...] = ()

    @property
    def warnings(self) -> tuple[str, ...]:
        """All that is to be told of the file."""
        return (*self.sound_warnings, *self.finish_warnings)

    @property
    def drawn(self) -> tuple[Captions, ...]:
        """The captions that are drawn into its picture, if any are."""
        if not self.captions:
            return ()
        kind, breaches = self.profile, self.breaches
        return (Captions(format=kind, file=self.file, breaches=breaches, left_out=self.left_out),)


@dataclass(frozen=True, slots=True, kw_only=True)
class Master:
    """A finished video under its fingerprint's name, with what its file was found to hold.
    `deliveries` are the files of all profiles, the video's own first."""

    stored_as: ClassVar[str] = "master"
    fingerprint: str
    profile: str
    file: Artifact
    frames: int
    fps: float
    width: int
    height: int
    duration_s: float
    deliveries: tuple[DeliveredFile, ...] = ()

    @property
    def file_warnings(self) -> tuple[str, ...]:
        """Of all files, each with its profile's name."""
        return tuple(
            f"{code}: {file.profile}: {told}"
            for file in self.deliveries
            for code, _, told in (said.partition(": ") for said in file.warnings)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class CredentialsBeside:
    """The content credentials of the file of a delivery profile, in a file beside it."""

    profile: str
    file: Artifact


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """A job's deliverables under their friendly names; where they are signed, those that take
    their credentials in hold them, and the `credentials` of the others lie beside them. `quality`
    is what was measured of the take."""

    master: Master
    video: Artifact
    sidecar: Artifact
    captions: tuple[Captions, ...] = ()
    deliveries: tuple[DeliveredFile, ...] = ()
    companions: Mapping[str, Artifact] = field(default_factory=dict)
    credentials: tuple[CredentialsBeside, ...] = ()
    warnings: tuple[str, ...] = ()
    quality: Mapping[str, float] = field(default_factory=dict)
