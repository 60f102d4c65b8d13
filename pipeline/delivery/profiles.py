"""Delivery profiles: what a row may ask for in `deliverables`, read from tables in TOML files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from fractions import Fraction
from typing import Literal

from manifests.fingerprint import Value
from manifests.job import Aspect, Job
from pipeline.captions.write import WRITERS
from pipeline.delivery.codecs import SoundCodec, VideoCodec
from pipeline.delivery.finishing.finishers import Finishing
from pipeline.media.video import DRAWN_RATE

Conform = Literal["nearest", "blend", "motion"]
Fit = Literal["crop", "pad", "blur", "plate"]
Loudness = Literal["as_is", "r128", "a85", "web"]
Container = Literal["mp4", "mov", "mkv", "wav"]

WEB = "web"
"""The video that every row is delivered as, whether it asks for it or not."""

CAPTION_FILES: tuple[str, ...] = tuple(WRITERS)
"""Kinds of captions that are files of their own; they are written of the words, not of frames."""

COMPANIONS: Mapping[str, str] = {
    "otio": "otio",
    "edl": "edl",
    "poster": "poster.jpg",
    "sheet": "sheet.jpg",
}
"""Files that go with the videos, and how their names end."""

SIDECAR = "sidecar"
"""The file that says how a row's files were made."""

OTHER_FILES = (*CAPTION_FILES, *COMPANIONS, SIDECAR)
"""All that is delivered of a row and is no profile's; a profile of such a name would take its
place."""

ALWAYS_THERE = (WEB, "captioned", *CAPTION_FILES)
"""What rows could ask for before profiles had tables; such rows keep the name that they had."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryProfile:
    """A kind of file of a row's picture and sound, or of its sound alone (`video` None).

    `rate` None is the rate that was drawn, `aspect` None the row's own. `size` is width and height
    in pixels, the height alone, or None: as large as it was drawn. `handles_s` of idle frames are
    held before and after the speech. `timecode` is that of the first frame, "" for none. `finish`
    enlarges the drawn frames before all else, None leaves them.
    """

    name: str
    container: Container
    video: VideoCodec | None = None
    sound: SoundCodec | None = None
    rate: Fraction | None = None
    conform: Conform = "nearest"
    aspect: Aspect | None = None
    fit: Fit = "crop"
    size: tuple[int, int] | int | None = None
    loudness: Loudness = "as_is"
    captions: bool = False
    watermark: bool = False
    notice: str = ""
    handles_s: float = 0.0
    slate: bool = False
    timecode: str = ""
    finish: Finishing | None = None

    @property
    def ending(self) -> str:
        """What a file's name has behind the job's id."""
        return self.container if self.name == WEB else f"{self.name}.{self.container}"

    @property
    def delivered_rate(self) -> Fraction:
        """Frames a second of the finished file."""
        return self.rate or DRAWN_RATE

    @property
    def content(self) -> dict[str, Value]:
        """All that it says, as it stands in fingerprints; what is off is in no name."""
        said = asdict(self)
        del said["finish"]
        finish = {"finish": self.finish.content} if self.finish else {}
        return {**said, "rate": str(self.delivered_rate), **finish}


Profiles = Mapping[str, DeliveryProfile]


def profiles_of(job: Job, profiles: Profiles) -> tuple[DeliveryProfile, ...]:
    """The profiles that are made for a row, each once: `web` first, then what it asks for."""
    names = dict.fromkeys((WEB, *job.deliverables))
    return tuple(profiles[name] for name in names if name in profiles)


def newly_asked(job: Job, profiles: Profiles) -> list[Value]:
    """What stands in a request's name of the profiles that it asks for and that came later."""
    asked = profiles_of(job, profiles)
    return [profile.content for profile in asked if profile.name not in ALWAYS_THERE]
