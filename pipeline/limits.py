"""The settings of a run that decide which rows it takes."""

from __future__ import annotations

from dataclasses import dataclass, field

from pipeline.media.fonts import Fonts
from pipeline.media.picture.image import ImageLimits
from pipeline.media.recognition.recognise import RecognitionSettings
from pipeline.media.sound.audio import AudioLimits
from pipeline.media.sound.vocals import Vocals
from pipeline.workspace.inputs import Admission


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What a row may hand over and from where, who listens to it, what takes the voice out of a
    recording, and what captions are drawn with."""

    audio: AudioLimits = field(default_factory=AudioLimits)
    image: ImageLimits = field(default_factory=ImageLimits)
    hearing: RecognitionSettings = field(default_factory=RecognitionSettings)
    vocals: Vocals = field(default_factory=Vocals)
    fonts: Fonts = field(default_factory=Fonts)
    admission: Admission = field(default_factory=Admission)
