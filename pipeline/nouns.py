"""The rows that stages exchange: each stage takes one noun and returns a new one.

Frames are counted at 25 per second from the start of the take; times are seconds of the take.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from manifests.artifact import Artifact
from model.shapes import NEW_FRAMES, segments_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A stretch of speech, in seconds of the take."""

    start_s: float
    stop_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Phone:
    """One phone (ARPAbet or IPA, without stress; `SIL` for silence), in seconds of the take."""

    start_s: float
    stop_s: float
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """A rectangle in pixels: left, top, width, height."""

    left: float
    top: float
    width: float
    height: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Plate:
    """The whole source picture of a portrait, upright, RGB PNG with even sides, and the `place` of
    the drawn frames in it, which may stick out."""

    picture: Artifact
    width: int
    height: int
    place: Box


@dataclass(frozen=True, slots=True, kw_only=True)
class PreparedPortrait:
    """The portrait on its canvas and where its face is, shared by all takes that are made of it:
    see `Take`."""

    stored_as: ClassVar[str] = "looks"
    width: int
    height: int
    portrait: Artifact
    landmarks: Artifact
    head: Box
    warnings: tuple[str, ...]
    plate: Plate | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Take:
    """Everything made ready for a job.

    `speech` is 16 kHz mono 16-bit WAV of exactly `frames` x 640 samples, `mix` the 48 kHz 24-bit
    WAV that is delivered, of exactly `frames` x 1,920. `portrait` is an RGB PNG at the canvas'
    size with even sides; `landmarks` an .npy of float32 [468, 3] in its pixels; `head` the box
    around the whole head. `phones` is an .npz of the phones (pipeline/phones.py),
    `words` the JSON of the words with their times (pipeline/words.py). `vocals` is the digest of
    the network that took the voice out of the recording, "" where none did. `voices` are those that
    spoke the script, with licence and digest. `plate` is there where the row asked for one.
    """

    stored_as: ClassVar[str] = "take"
    fingerprint: str
    frames: int
    width: int
    height: int
    speech: Artifact
    mix: Artifact
    portrait: Artifact
    landmarks: Artifact
    phones: Artifact
    words: Artifact
    head: Box
    spans: tuple[Span, ...]
    inputs: tuple[str, ...]
    warnings: tuple[str, ...]
    vocals: str = ""
    voices: tuple[str, ...] = ()
    plate: Plate | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """Frames `start` to `stop` of the take, the `index`-th segment of its chunk; at most 47."""

    index: int
    start: int
    stop: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Chunk:
    """Frames `start` to `stop` of a take: an independent chain, the unit of parallel work.

    `occurrence` counts the chunks before it whose first segment says the very same.
    """

    index: int
    start: int
    stop: int
    occurrence: int = 0

    @property
    def frames(self) -> int:
        return self.stop - self.start

    @property
    def cost(self) -> int:
        """Segments that it takes; the driver asks some 400 times a segment."""
        return segments_of(self.stop - self.start)

    @property
    def segments(self) -> tuple[Segment, ...]:
        """Its segments in order: all of 47 frames but the last."""
        starts = range(self.start, self.stop, NEW_FRAMES)
        return tuple(
            Segment(index=index, start=start, stop=min(start + NEW_FRAMES, self.stop))
            for index, start in enumerate(starts)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class SegmentFile:
    """A finished segment: its lossless video, and the state that the next one starts from.

    `seconds` is what the rendering took on the worker that did it, `device` the class of what it
    computed with (pipeline/devices/device_class.py), `take` the name of the take that it was
    rendered for first; each is "" in records of before it was written down.
    """

    stored_as: ClassVar[str] = "segmentfile"
    fingerprint: str
    index: int
    frames: int
    video: Artifact
    state: Artifact
    seconds: float
    device: str = ""
    take: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Retake:
    """From the segment that holds the frame `at` of the take on, the seed is another one."""

    at: int
    seed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ChunkProgress:
    """A chunk on its way: `done` holds its finished segments, in order.

    `elsewhere`: its next segment may be rendered on another class of device than its last one.
    """

    take: Take
    chunk: Chunk
    seed: int
    retakes: tuple[Retake, ...] = ()
    prompt: str = ""
    done: tuple[SegmentFile, ...] = ()
    elsewhere: bool = False

    @property
    def complete(self) -> bool:
        return len(self.done) == self.chunk.cost

    def goes_on_with(self, device: str) -> bool:
        """Whether its next segment may be rendered on this class of device."""
        return self.elsewhere or not self.done or self.done[-1].device == device

    def seed_of(self, segment: Segment) -> int:
        """The seed that the segment is drawn with: that of the last retake before its end."""
        begun = [retake.seed for retake in self.retakes if retake.at < segment.stop]
        return begun[-1] if begun else self.seed


@dataclass(frozen=True, slots=True, kw_only=True)
class SegmentProgress:
    """A shot after one call of the renderer, which `made` that many of its segments (one or
    none)."""

    shot: ChunkProgress
    made: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Clip:
    """The video of one chunk."""

    chunk: Chunk
    segments: tuple[SegmentFile, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeClips:
    """All clips of a take in order, to be stitched."""

    take: Take
    clips: tuple[Clip, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """Frames `skip` to `skip + frames` of a lossless video."""

    video: Artifact
    skip: int
    frames: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Join:
    """What was done where two clips meet at frame `at`; `z_before` and `z_after` are seam
    scores."""

    at: int
    bridged_frames: int
    z_before: float
    z_after: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Reel:
    """The whole picture of a take, as a list of pieces that play one after the other."""

    stored_as: ClassVar[str] = "reel"
    take: Take
    pieces: tuple[Piece, ...]
    joins: tuple[Join, ...]


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
    are several.
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
    def sound_warnings(self) -> tuple[str, ...]:
        """Of all files, each with its profile's name."""
        return tuple(
            f"{code}: {file.profile}: {told}"
            for file in self.deliveries
            for code, _, told in (said.partition(": ") for said in file.sound_warnings)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class CredentialsBeside:
    """The content credentials of the file of a delivery profile, in a file beside it."""

    profile: str
    file: Artifact


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """A job's deliverables under their friendly names; where they are signed, those that take
    their credentials in hold them, and the `credentials` of the others lie beside them."""

    master: Master
    video: Artifact
    sidecar: Artifact
    captions: tuple[Captions, ...] = ()
    deliveries: tuple[DeliveredFile, ...] = ()
    companions: Mapping[str, Artifact] = field(default_factory=dict)
    credentials: tuple[CredentialsBeside, ...] = ()
    warnings: tuple[str, ...] = ()
