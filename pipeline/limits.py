"""The settings of a run that decide which rows it takes."""

from __future__ import annotations

from dataclasses import dataclass, field

from manifests.job import Job
from pipeline.media.fonts import Fonts
from pipeline.media.picture.image import ImageLimits
from pipeline.media.recognition.recognisers import RecognitionSettings
from pipeline.media.sound.audio import AudioLimits
from pipeline.media.sound.vocals import Vocals
from pipeline.media.voice.voice_files import GivenVoice
from pipeline.workspace.inputs import Admission


@dataclass(frozen=True, slots=True, kw_only=True)
class CueLimits:
    """How timed scripts are fitted: by what share a voice may itself speak faster, at most."""

    most_rate: float = 0.15

    def __post_init__(self) -> None:
        if not 0 <= self.most_rate <= 1 / 2:
            raise ValueError("most_rate must be 0 to 0.5")

    @property
    def part(self) -> tuple[float, ...]:
        """What of them is in names of finished work."""
        return (self.most_rate,)


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """The settings by which a row is taken.

    `audio` and `image` limit the files that a row may name, and `admission` the places where they
    may lie. `hearing` chooses the recogniser of recordings, `vocals` the program that separates a
    voice from music, `voices` are those of the settings, and `fonts` the fonts of captions that are
    drawn. `cues` bounds what is done to the speech of timed scripts. `plates` names the delivery
    profiles that show the whole source picture, `captioned` those that draw captions into theirs.
    """

    audio: AudioLimits = field(default_factory=AudioLimits)
    image: ImageLimits = field(default_factory=ImageLimits)
    hearing: RecognitionSettings = field(default_factory=RecognitionSettings)
    vocals: Vocals = field(default_factory=Vocals)
    voices: tuple[GivenVoice, ...] = ()
    fonts: Fonts = field(default_factory=Fonts)
    admission: Admission = field(default_factory=Admission)
    cues: CueLimits = field(default_factory=CueLimits)
    plates: tuple[str, ...] = ()
    captioned: tuple[str, ...] = ("captioned",)

    def asks_for_plate(self, job: Job) -> bool:
        """Whether a deliverable of the row shows the whole source picture."""
        return not set(self.plates).isdisjoint(job.deliverables)
