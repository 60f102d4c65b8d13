"""The nouns from a take to its finished segments.

Frames are counted at 25 per second from the start of the take; times are seconds of the take.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from manifests.artifact import Artifact
from model.shapes import NEW_FRAMES, segments_of
from pipeline.nouns.lines import START, Lines, Retake, SegmentDrawing, lines_of


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
    def edges(self) -> tuple[int, ...]:
        """Where its segments begin, and its end."""
        return (*range(self.start, self.stop, NEW_FRAMES), self.stop)

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
    rendered for first; each is "" in records of before it was written down. `series` are the
    numbers measured of each frame (pipeline/quality/series.py), `figures` those of the whole, by
    measure; None and none where nothing was measured.
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
    series: Artifact | None = None
    figures: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Reroll:
    """From the segment that holds the frame `at` on, to the end of its chunk, what the seed `base`
    would draw is drawn with `seed`: a gate refused what came before."""

    at: int
    base: int
    seed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusedSegment:
    """A segment from frame `start` on that a gate refused: drawn with `seed` in place of `base`,
    when its chunk was `chunk` and had these `rerolls`."""

    chunk: Chunk
    start: int
    seed: int
    base: int
    file: SegmentFile
    rerolls: tuple[Reroll, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ChunkProgress:
    """A chunk on its way: `done` holds its finished segments, in the order of its drawings (without
    retakes that end: in order of time).

    `elsewhere`: its next segment may be rendered on another class of device than its last one.
    `language` says which gates hold. `tried` are the segments that they refused, in the order in
    which they were drawn, `redraws` how many those may be (-1: as the settings say for its length).
    A `chosen` one is taken as it is, whatever the gates say.
    """

    take: Take
    chunk: Chunk
    seed: int
    retakes: tuple[Retake, ...] = ()
    prompt: str = ""
    done: tuple[SegmentFile, ...] = ()
    elsewhere: bool = False
    language: str = ""
    rerolls: tuple[Reroll, ...] = ()
    tried: tuple[RefusedSegment, ...] = ()
    redraws: int = -1
    chosen: bool = False

    @property
    def lines(self) -> Lines:
        """What is drawn of it, and what is seen of that."""
        return lines_of(self.chunk.edges, self.seed, self.retakes)

    @property
    def cost(self) -> int:
        """Segments that it takes, those included that a retake's end goes back to; the driver asks
        some 400 times a segment."""
        return len(self.lines.drawings) if self.retakes else self.chunk.cost

    @property
    def complete(self) -> bool:
        return len(self.done) == self.cost

    @property
    def drawing(self) -> SegmentDrawing:
        """The next one; there is none when it is complete."""
        return self.lines.drawings[len(self.done)]

    @property
    def before(self) -> SegmentFile | None:
        """The finished segment that the next one goes on from; None at the start of the chunk."""
        if self.complete or not self.done:
            return self.done[-1] if self.done else None
        if not self.retakes:
            return self.done[-1]
        number = self.drawing.before
        return None if number == START else self.done[number]

    @property
    def root(self) -> SegmentFile | None:
        """The first segment of the chain that the next one goes on; None when that is the first."""
        if self.before is None or not self.retakes:
            return self.done[0] if self.done else None
        number = self.drawing.before
        while (before := self.lines.drawings[number].before) != START:
            number = before
        return self.done[number]

    @property
    def begins_retake(self) -> bool:
        """Whether its next segment goes on from one that was drawn with another seed."""
        before = self.drawing.before
        return before != START and self.lines.drawings[before].seed != self.drawing.seed

    def goes_on_with(self, device: str) -> bool:
        """Whether its next segment may be rendered on this class of device."""
        return self.elsewhere or self.before is None or self.before.device == device

    def drawn_seed(self, drawing: SegmentDrawing) -> int:
        """The seed that it is drawn with: that of the last reroll before its segment's end, of
        those in place of its own seed."""
        stop = min(self.chunk.start + NEW_FRAMES * (drawing.index + 1), self.chunk.stop)
        base = drawing.seed
        begun = [roll.seed for roll in self.rerolls if roll.base == base and roll.at < stop]
        return begun[-1] if begun else base


@dataclass(frozen=True, slots=True, kw_only=True)
class SegmentProgress:
    """A shot after one call of the renderer, which `made` that many of its segments (one or
    none), and `found` others finished.

    `rest`: the chunk was cut, and this part of it begins anew. `refused` tells why gates let
    nothing of it be delivered, and what was tried.
    """

    shot: ChunkProgress
    made: int
    found: int = 0
    rest: ChunkProgress | None = None
    refused: str = ""
    failed: SegmentFile | None = None
    """The segment that was made, where gates refused it."""

    @property
    def drawn(self) -> SegmentFile:
        """The segment that was made."""
        return self.failed or self.shot.done[-1]
