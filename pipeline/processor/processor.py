"""The processor that is saved and loaded with Hallo3's pipeline: `pipe(image=..., audio=...)`.

It calls the functions that make a row of a manifest ready, so a call gives the networks what a
night would give them (docs/decisions/0586-the-processor-is-loaded-by-its-saved-name.md).
"""

from __future__ import annotations

import os
import shutil
import tempfile
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Self, get_args

import numpy as np
from PIL import Image, ImageOps
from transformers import Wav2Vec2Model
from transformers.feature_extraction_utils import FeatureExtractionMixin

from manifests.job import Framing, Job
from model.conditions.dlib_face import DlibFace
from model.conditions.face import FILE, ArcFace, FaceEncoder, keypoints_of
from model.conditions.logmel import LogMelFeatures
from model.conditions.mask import face_mask
from model.conditions.speech import Sound, SpeechEncoder, Wav2Vec2Features
from model.processing import ADDRESS, ImageInput, SeenPortrait, refuse_other_image
from pipeline.limits import Limits
from pipeline.media.sound.wav import read_speech
from pipeline.presets import TINY, Preset
from pipeline.take_portrait import ready_picture
from pipeline.take_sound import ready_narration

LOG_MEL, WAV2VEC2 = "log_mel", "wav2vec2"
DLIB, ARCFACE = "dlib", "arcface"
FACES = "face"
"""The folder of a converted pipeline that holds the face networks."""

BANDS = {"blocks", "channels", "ahead"}
"""What `log_mel` says."""

AS_PNG = {"1", "L", "LA", "P", "RGB", "RGBA", "I;16", "I"}
AS_TIFF = {"CMYK", "LAB", "YCbCr"}
"""Modes of pictures in memory that PNG holds, and others that TIFF does."""


class Hallo3Processor(FeatureExtractionMixin):
    """Settings alone are saved; the networks of faces are loaded when a portrait is first seen.

    `speech` is `wav2vec2` (the pipeline's own encoder) or `log_mel` (`log_mel` holds its blocks,
    channels and frames ahead); `face` is `arcface` or `dlib`. `head_share` and `framing` are those
    of a preset and a row.
    """

    def __init__(
        self,
        *,
        speech: str = WAV2VEC2,
        face: str = ARCFACE,
        log_mel: dict[str, int] | None = None,
        prompted: bool = True,
        head_share: float = 0.45,
        framing: Framing = "face",
        **saved: Any,  # noqa: ANN401  # what transformers writes beside them
    ) -> None:
        if (speech, face) not in {(WAV2VEC2, ARCFACE), (LOG_MEL, DLIB)}:
            raise ValueError(f"speech {speech!r} with face {face!r}: no networks take these two")
        if framing not in get_args(Framing):
            raise ValueError(f"framing {framing!r}: give one of {', '.join(get_args(Framing))}")
        if not (isinstance(head_share, int | float) and 0 < head_share <= 1):
            raise ValueError(f"head_share {head_share!r}: give a share of the height, up to 1")
        if (speech == LOG_MEL) != (log_mel is not None and log_mel.keys() == BANDS):
            told = f"log_mel {log_mel!r} with speech {speech!r}"
            raise ValueError(f"{told}: log_mel alone has bands, {', '.join(sorted(BANDS))}")
        super().__init__(**saved)  # type: ignore[no-untyped-call]  # theirs
        self.speech_features, self.face, self.prompted = speech, face, prompted
        self.log_mel, self.head_share, self.framing = log_mel or {}, head_share, framing
        self._faces: FaceEncoder | None = None
        self._folder = Path()

    @classmethod
    def of_demo(cls, config: Any) -> Self:  # noqa: ANN401  # diffusers' FrozenDict
        """For networks of the kind of `tiny`, by the config of their transformer."""
        log_mel = {
            "blocks": config.audio_blocks,
            "channels": config.audio_channels,
            "ahead": config.audio_ahead,
        }
        share = TINY.head_share
        return cls(speech=LOG_MEL, face=DLIB, log_mel=log_mel, prompted=False, head_share=share)

    @classmethod
    def of_converted(cls, folder: str | os.PathLike[str]) -> Self:
        """For a folder that was converted before it held a processor."""
        made = cls()
        made._folder = Path(folder) / "processor"
        return made

    @classmethod
    def from_pretrained(  # type: ignore[override]  # local folders alone
        cls,
        pretrained_model_name_or_path: str | os.PathLike[str],
        **others: Any,  # noqa: ANN401
    ) -> Self:
        """From its folder within a pipeline's; ArcFace lies in it, or in `face` beside it."""
        loaded: Self = super().from_pretrained(pretrained_model_name_or_path, **others)
        loaded._folder = Path(pretrained_model_name_or_path)
        return loaded

    def save_pretrained(
        self,
        save_directory: str | os.PathLike[str],
        push_to_hub: bool = False,
        **others: Any,  # noqa: ANN401
    ) -> Any:  # noqa: ANN401
        """The settings, and ArcFace's file where this processor uses it."""
        written = super().save_pretrained(save_directory, push_to_hub, **others)
        if self.face == ARCFACE and (found := self._arcface()) is not None:
            copy = Path(save_directory) / FILE
            if not copy.exists() or not copy.samefile(found):
                shutil.copy(found, copy)
        return written

    def to_dict(self) -> dict[str, Any]:
        told = {
            "speech": self.speech_features,
            "face": self.face,
            "log_mel": self.log_mel,
            "prompted": self.prompted,
            "head_share": self.head_share,
            "framing": self.framing,
        }
        return {"feature_extractor_type": type(self).__name__} | told

    def portrait(self, image: ImageInput, height: int, width: int) -> SeenPortrait:
        """As `prepare` makes a row's, and warns so. Raises `BadInput` (`no_face`, ...)."""
        refuse_other_image(image)
        with tempfile.TemporaryDirectory() as folder:
            desk = Path(folder)
            path = _as_file(image, desk)
            name = str(path) if isinstance(image, str | Path) else "image"
            job = Job(job_id="clip", portrait_uri=name, framing=self.framing)
            ready = ready_picture(path, job, self._canvas(height, width), Limits(), desk)
            with Image.open(desk / "portrait.png") as framed:
                picture = np.array(framed.convert("RGB"))
            landmarks = np.load(desk / "landmarks.npy", allow_pickle=False)
        _warn(ready.warnings)
        return SeenPortrait(
            picture=picture,
            face_mask=face_mask(landmarks, *picture.shape[:2]),
            face_embedding=self._face_encoder().embed(picture, keypoints_of(landmarks)).values,
        )

    def speech(self, audio: str | Path) -> Sound:
        """As `prepare` makes a row's, and warns so. Raises `BadInput` (`audio_silent`, ...)."""
        if not isinstance(audio, str | Path):
            kind = type(audio).__name__
            raise TypeError(f"`audio` is a {kind}; give a file's path, or `speech` in place of it")
        path = _there(audio, "a file of speech")
        job = Job(job_id="clip", portrait_uri="clip", audio_uri=str(path))
        with tempfile.TemporaryDirectory() as folder:
            _warn(ready_narration(path, job, Limits(), Path(folder)).warnings)
            return read_speech(Path(folder) / "speech.wav")

    def encoder(self, network: Wav2Vec2Model | None) -> SpeechEncoder:
        """Log-mel bands, or the pipeline's wav2vec 2.0."""
        if self.speech_features == LOG_MEL:
            return LogMelFeatures(**self.log_mel)
        if network is None:
            raise ValueError(
                "speech needs the pipeline's `speech_encoder`, which is not loaded: give "
                "`audio_features`, or convert weights that have wav2vec2-base-960h beside them"
            )
        return Wav2Vec2Features(network)

    def _canvas(self, height: int, width: int) -> Preset:
        """A preset that frames for the canvas; nothing is drawn by it."""
        return Preset(
            name="clip",
            renderer="hallo3",
            weights="",
            longest_chain_s=1.0,
            canvas=(width, height),
            head_share=self.head_share,
        )

    def _face_encoder(self) -> FaceEncoder:
        if self._faces is None:
            self._faces = DlibFace.load() if self.face == DLIB else self._arcface_network()
        return self._faces

    def _arcface_network(self) -> ArcFace:
        found = self._arcface()
        if found is None:
            place = self._folder.parent / FACES
            raise FileNotFoundError(
                f"{place} has no {FILE}: put that of InsightFace's antelopev2 there, or give "
                "`face_embedding`"
            )
        return ArcFace.load(found.parent)

    def _arcface(self) -> Path | None:
        places = (self._folder, self._folder.parent / FACES)
        return next((place / FILE for place in places if (place / FILE).is_file()), None)


def _as_file(image: ImageInput, desk: Path) -> Path:
    """A picture in memory as a file without loss, the right way up; a file as it is."""
    if isinstance(image, str | Path):
        return _there(image, "a portrait")
    picture = Image.fromarray(image) if isinstance(image, np.ndarray) else image
    profile = picture.info.get("icc_profile")
    picture = ImageOps.exif_transpose(picture)
    if picture.mode not in AS_PNG | AS_TIFF:
        picture = picture.convert("RGB")
    path = desk / ("given.png" if picture.mode in AS_PNG else "given.tiff")
    picture.save(path, icc_profile=profile)
    return path


def _there(file: str | Path, wanted: str) -> Path:
    if ADDRESS.match(str(file)):
        raise ValueError(f"{file} is not fetched; give {wanted} of this machine")
    if not Path(file).is_file():
        raise FileNotFoundError(f"{file} is not there; give {wanted}")
    return Path(file)


def _warn(told: Sequence[str]) -> None:
    for each in told:
        warnings.warn(each, stacklevel=4)
