"""The recognisers that there are, and the settings that choose one of them for a recording."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeAlias

from manifests.errors import ManifestUnusable
from pipeline.media.recognition import faster_whisper, whisperx
from pipeline.media.recognition.align import later, samples_of
from pipeline.media.recognition.whisperx_json import Recognised
from pipeline.nouns import Span

AUTO = "auto"
NOBODY = "none"

HeardWindow: TypeAlias = tuple[Span, tuple[Recognised, ...]]
"""A window in seconds of the recording, and what is said in it in seconds of the window."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecognitionSettings:
    """Who listens to recordings: `engine` is a name of `RECOGNISERS`, `none`, or `auto`: the first
    that needs no setting, is installed and understands the language, else nobody. whisperx is
    started as a program of `whisperx_python`, with a model and an aligner that are names or
    folders."""

    engine: str = AUTO
    whisperx_python: str = ""
    whisperx_model: str = "large-v3"
    whisperx_align_model: str = ""
    whisperx_device: str = "cuda"
    whisperx_compute_type: str = "float16"

    def __post_init__(self) -> None:
        if self.engine not in engine_names():
            known = ", ".join(engine_names())
            raise ValueError(f"engine is one of {known}, not {self.engine!r}")

    def recogniser(self, language: str) -> Recogniser | None:
        """Who listens to a recording of the language; None: nobody.

        Raises `ManifestUnusable("recogniser_missing")` when one is named that is not here.
        """
        named = RECOGNISERS.get(self.engine)
        if self.engine == NOBODY or (named and not named.understands(language)):
            return None
        if named is None:
            fit = (r for r in RECOGNISERS.values() if r.unasked and r.understands(language))
            return next((r for r in fit if r.is_here()), None)
        if not named.is_here():
            message = f"{named.name} is not installed; {named.remedy}."
            raise ManifestUnusable("recogniser_missing", message)
        return named

    def listener(self, language: str) -> tuple[str, ...]:
        """The recogniser's name and all that its result depends on; empty: nobody listens.

        Raises `ManifestUnusable("recogniser_missing")` when one is named that is not here.
        """
        chosen = self.recogniser(language)
        return () if chosen is None else (chosen.name, *chosen.depends_on(self))


@dataclass(frozen=True, slots=True, kw_only=True)
class Recogniser:
    """One that listens: whether it is installed and what to do if not, the languages that it
    understands, what its result depends on, and what it hears in windows of a speech file.

    `unasked`: the engine `auto` takes it, because it needs no setting. What `depends_on` gives is
    in the names of finished takes.
    """

    name: str
    depends_on: Callable[[RecognitionSettings], tuple[str, ...]]
    hear: Callable[[RecognitionSettings, Path, Sequence[Span], str], Iterator[HeardWindow]]
    understands: Callable[[str], bool] = lambda _language: True
    is_here: Callable[[], bool] = lambda: True
    remedy: str = ""
    unasked: bool = False


def _by_faster_whisper(
    _settings: RecognitionSettings, speech: Path, windows: Sequence[Span], _language: str
) -> Iterator[HeardWindow]:
    for window in windows:
        yield window, faster_whisper.hear(samples_of(speech, window.start_s, window.stop_s))


def _by_whisperx(
    settings: RecognitionSettings, speech: Path, windows: Sequence[Span], language: str
) -> Iterator[HeardWindow]:
    program = whisperx.WhisperX(
        python=Path(settings.whisperx_python),
        model=settings.whisperx_model,
        align_model=settings.whisperx_align_model,
        device=settings.whisperx_device,
        compute_type=settings.whisperx_compute_type,
    )
    with TemporaryDirectory(dir=speech.parent) as folder:
        heard = program.hear(speech, language, Path(folder)) if windows else ()
    yield from dealt(heard, windows)


RECOGNISERS: Mapping[str, Recogniser] = {
    recogniser.name: recogniser
    for recogniser in (
        Recogniser(
            name=faster_whisper.ENGINE,
            depends_on=lambda _settings: (faster_whisper.MODEL_SHA256,),
            hear=_by_faster_whisper,
            understands=faster_whisper.understands,
            is_here=faster_whisper.whisper_is_here,
            remedy=faster_whisper.REMEDY,
            unasked=True,
        ),
        Recogniser(  # whether its interpreter is here is known where it is started
            name=whisperx.ENGINE,
            depends_on=lambda settings: (settings.whisperx_model, settings.whisperx_align_model),
            hear=_by_whisperx,
        ),
    )
}
"""The table of recognisers, the preferred ones first."""


def engine_names() -> tuple[str, ...]:
    """What the setting `engine` may be."""
    return (AUTO, *RECOGNISERS, NOBODY)


def dealt(heard: Sequence[Recognised], windows: Sequence[Span]) -> Iterator[HeardWindow]:
    """What was heard in a whole file, each to the window that holds its middle or is nearest."""
    dealt_out: list[list[Recognised]] = [[] for _ in windows]
    for part in heard:
        middle_s = (part.span.start_s + part.span.stop_s) / 2
        away_s = [max(w.start_s - middle_s, middle_s - w.stop_s, 0.0) for w in windows]
        nearest = away_s.index(min(away_s))
        dealt_out[nearest].append(_moved(part, -windows[nearest].start_s))
    for window, parts in zip(windows, dealt_out, strict=True):
        yield window, tuple(parts)


def _moved(heard: Recognised, by_s: float) -> Recognised:
    return Recognised(
        span=later(heard.span, by_s),
        words=heard.words,
        times=tuple(None if span is None else later(span, by_s) for span in heard.times),
    )
