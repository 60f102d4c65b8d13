"""A script spoken: both sound files of a take, sentence by sentence on the frame grid.

Every sentence fills whole frames together with its pause, so an edit of one leaves the samples of
all others as they are and moves them by whole frames.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory
from types import ModuleType
from typing import TYPE_CHECKING
from warnings import catch_warnings, simplefilter

import numpy as np

from manifests.errors import BadInput
from model.shapes import FPS, MIX_RATE, MIX_SAMPLES_PER_FRAME, SPEECH_RATE, frames_of
from pipeline.media.sound.wav import MixWriter, SpeechWriter
from pipeline.media.text.check_script import check_script
from pipeline.media.text.lexicon import EMPTY, Lexicon
from pipeline.media.text.reading import read
from pipeline.media.text.reading_warnings import reading_warnings
from pipeline.media.text.sentences import LONGEST_SPOKEN, Pause, Sentence, split_script
from pipeline.media.text.spoken_length import spoken_length
from pipeline.media.voice.grades import check_letters, told_of_grade
from pipeline.media.voice.spoken import Samples, Spoken, SpokenPiece, SpokenSentence
from pipeline.media.voice.spoken_store import speak_once
from pipeline.media.voice.utterance import Utterance, moved_phones, moved_words
from pipeline.media.voice.voices import Voice, choose_voice, installed_voices

if TYPE_CHECKING:
    from pydub import AudioSegment  # type: ignore[import-untyped]  # pydub has no types

__all__ = ["Spoken", "SpokenSentence", "Voice", "choose_voice", "installed_voices", "speak_script"]

LEAD_FRAMES = 5
PAUSE_S: dict[Pause, float] = {"clause": 0.2, "sentence": 0.4, "paragraph": 0.7}
"""Shortest pauses, each prolonged to the next whole frame; a take may be cut from 0.3 s on."""

_GAIN = 10 ** (-3 / 20)  # voices speak up to full scale; resampling overshoots
_QUIET = 10 ** (-50 / 20)
_MARGIN_S = 0.02
_KAISER = ("kaiser", 9.0)  # images 90 dB down
_FULL_SCALE_24 = 1 << 23


def speak_script(
    script: str, voice: Voice, *, speech: Path, mix: Path, lexicon: Lexicon = EMPTY
) -> Spoken:
    """Write `mix` (48 kHz 24-bit mono, frames x 1,920 samples) and `speech` (16 kHz 16-bit, x 640).

    Raises `BadInput`: `nothing_to_speak`, `lexicon_phones` (the voice reads none), `lexicon_wrong`,
    `script_markup`, `wrong_script`, `unread_script`; and `Transient("voice_failed")`. No file is
    left behind then.
    """
    check_lexicon(lexicon, voice)
    lexicon = lexicon.for_voice(reads_phones=voice.reads_phones)
    sentences = sentences_for(script, voice, lexicon)
    told = reading_warnings((each.text for each in sentences), voice.languages[0], lexicon)
    with (
        TemporaryDirectory(dir=mix.parent) as folder,
        MixWriter(mix, channels=1) as mix_writer,
        SpeechWriter(speech) as speech_writer,
    ):
        track = _Track(mix=mix_writer, speech=speech_writer)
        track.add(np.empty(0), LEAD_FRAMES)
        pieces = spoken_pieces(sentences, voice, lexicon, Path(folder))
        for sentence, piece in zip(sentences, pieces, strict=True):
            _add_sentence(track, sentence, piece)
        if not track.sentences:
            message = f"Nothing of the script can be spoken by {voice.name}; write words."
            raise BadInput("nothing_to_speak", message)
    return Spoken(
        frames=track.frames,
        sentences=tuple(track.sentences),
        warnings=(*told_of_grade(voice), *track.warnings, *told),
        language=voice.languages[0],
        lexicon=lexicon,
    )


def sentences_for(script: str, voice: Voice, lexicon: Lexicon) -> tuple[Sentence, ...]:
    """The pieces in which a voice speaks a script. Raises `BadInput` as `check_script` and
    `check_letters` do."""
    check_script(script, voice.languages[0])
    sentences = split_script(script, _said_by(voice, lexicon), language=voice.languages[0])
    check_letters((_for_voice(each, voice, lexicon) for each in sentences), voice)
    return sentences


def check_lexicon(lexicon: Lexicon, voice: Voice) -> None:
    """What the voice cannot say. Raises `BadInput`: `lexicon_phones`, for a voice that reads none;
    `lexicon_wrong`, where one word is said with more than a whole piece of a script may be."""
    if not voice.reads_phones and lexicon.for_voice(reads_phones=False).has_phones:
        raise BadInput(
            "lexicon_phones",
            f"{voice.name} cannot read the phones in the lexicon; write plain words instead of "
            "/phones/ (in PLS, an alias), or name an English voice of Piper.",
        )
    said = (entry.voice for entry in lexicon.entries.values())
    lengths = [spoken_length(each, voice.languages[0]) for each in said]
    if max(lengths, default=0) > LONGEST_SPOKEN:
        raise BadInput(
            "lexicon_wrong",
            f"{sum(length > LONGEST_SPOKEN for length in lengths)} words of the lexicon are said "
            f"with more than {LONGEST_SPOKEN} letters each; shorten how they are said.",
        )


@dataclass(slots=True, kw_only=True)
class _Track:
    """Both files being written, always whole frames of them."""

    mix: MixWriter
    speech: SpeechWriter
    frames: int = 0
    sentences: list[SpokenSentence] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    def add(self, samples: Samples, frames: int) -> None:
        """Append 48 kHz `samples`, padded with silence to `frames`."""
        block = np.zeros(frames * MIX_SAMPLES_PER_FRAME)
        block[: len(samples)] = samples
        whole = np.clip(np.rint(block * _FULL_SCALE_24), -_FULL_SCALE_24, _FULL_SCALE_24 - 1)
        self.mix.append(whole.astype(np.int32)[:, None])
        low = _resampled(block, SPEECH_RATE, MIX_RATE)
        self.speech.append_speech(low.astype(np.float32))
        self.frames += frames


def _said_by(voice: Voice, lexicon: Lexicon) -> Callable[[str], int]:
    """The letters that the voice says for a piece of a script."""

    def letters(text: str) -> int:
        piece = Sentence(text=text, pause="clause")
        return spoken_length(_for_voice(piece, voice, lexicon), voice.languages[0])

    return letters


def _for_voice(sentence: Sentence, voice: Voice, lexicon: Lexicon) -> str:
    """What the voice is given of a sentence; "" where nothing of it is said."""
    said = read(sentence.text, voice.languages[0], lexicon).said.strip()
    return said if any(letter.isalnum() for letter in said) else ""


def spoken_pieces(
    sentences: Sequence[Sentence], voice: Voice, lexicon: Lexicon, folder: Path
) -> Iterator[SpokenPiece | None]:
    """What a voice makes of each sentence, in order; None where it says nothing. The lexicon is
    one for this voice (`Lexicon.for_voice`)."""
    texts = [_for_voice(each, voice, lexicon) for each in sentences]
    spoken = speak_once(voice, [text for text in texts if text], folder)
    for said in texts:
        utterance = next(spoken) if said else None
        yield None if utterance is None else _piece(said, utterance)
        if utterance is not None:
            utterance.path.unlink()


def _piece(said: str, utterance: Utterance) -> SpokenPiece | None:
    heard = _trimmed(_read(utterance.path))
    if heard is None:
        return None
    length_s = len(heard.samples) / MIX_RATE

    def when(time_s: float) -> float:
        """What lies in the silence that was trimmed is at its edge."""
        return min(max(time_s - heard.from_s, 0.0), length_s)

    return SpokenPiece(
        samples=heard.samples,
        said=said,
        words=moved_words(utterance.words, when),
        phones=moved_phones(utterance.phones, when),
    )


def left_out(sentence: Sentence) -> str:
    """The warning of a sentence with nothing to say."""
    return f"unspeakable_text: {sentence.text[:40]!r} was left out of the speech"


def _add_sentence(track: _Track, sentence: Sentence, piece: SpokenPiece | None) -> None:
    if piece is None:
        track.warnings.append(left_out(sentence))
        return
    start_s = track.frames / FPS
    pause = math.ceil(PAUSE_S[sentence.pause] * MIX_RATE)
    track.sentences.append(piece.sentence_at(start_s, sentence.text))
    track.add(piece.samples, frames_of(len(piece.samples) + pause, MIX_RATE))


def _read(wav: Path) -> AudioSegment:
    """The first channel."""
    pydub = _pydub()
    try:
        with wav.open("rb") as file:
            whole = pydub.AudioSegment(file).get_sample_slice()  # without half a sample at its end
        return whole.split_to_mono()[0]
    except (IndexError, ValueError, struct.error, pydub.exceptions.CouldntDecodeError) as error:
        raise BadInput("audio_unreadable", f"{wav.name} is not a PCM WAV file.") from error


@cache
def _pydub() -> ModuleType:
    """Pydub warns while it loads: of `audioop`, and of a missing ffmpeg, which it needs not."""
    with catch_warnings():
        simplefilter("ignore")
        return import_module("pydub")


def _unit(segment: AudioSegment) -> Samples:
    """In [-1, 1), whatever the width of the voice's samples."""
    return np.asarray(
        np.array(segment.get_array_of_samples()) / segment.max_possible_amplitude, np.float64
    )


@dataclass(frozen=True, slots=True)
class _Heard:
    """What is left of a voice's sound, at 48 kHz, and where in it that begins."""

    samples: Samples
    from_s: float


def _trimmed(voice: AudioSegment) -> _Heard | None:
    """Without the near-silence that voices put on both ends; None if it is all that."""
    start, stop = sounding(_unit(voice), voice.frame_rate)
    if start == stop:
        return None
    common = math.gcd(voice.frame_rate, MIX_RATE)
    up, down = MIX_RATE // common, voice.frame_rate // common
    samples = _GAIN * _resampled(_unit(voice.get_sample_slice(start, stop)), up, down)
    return _Heard(samples, from_s=start / voice.frame_rate)


def _resampled(samples: Samples, up: int, down: int) -> Samples:
    from scipy.signal import resample_poly  # type: ignore[import-untyped]  # noqa: PLC0415 - slow to load

    resampled: Samples = resample_poly(samples, up, down, window=_KAISER)
    return resampled


def sounding(samples: Samples, rate: int) -> tuple[int, int]:
    """Where the sound of a voice starts and stops, with a little around it; both 0 if nowhere."""
    loud = np.flatnonzero(np.abs(samples) > _QUIET)
    if not len(loud):
        return 0, 0
    margin = round(_MARGIN_S * rate)
    return max(0, int(loud[0]) - margin), min(len(samples), int(loud[-1]) + 1 + margin)
