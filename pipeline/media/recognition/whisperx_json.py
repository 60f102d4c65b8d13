"""What a recogniser heard: the JSON that whisperx writes, and as which all of them are read.

An object with `segments`, each with `start`, `end` (seconds), `text` and `words`; each of these
with `word` and, where it was found in the sound, `start` and `end`. Numbers such as `1984` have
none: whisperx finds letters only. Other keys (`score`, `word_segments`, `speaker`) are not read.
"""

from __future__ import annotations

from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from manifests.errors import Transient
from pipeline.nouns import Span


class _Word(BaseModel):
    model_config = ConfigDict(frozen=True, allow_inf_nan=False)

    word: str
    start: float | None = None
    end: float | None = None


class _Segment(BaseModel):
    model_config = ConfigDict(frozen=True, allow_inf_nan=False)

    start: float = Field(ge=0)
    end: float
    text: str
    words: tuple[_Word, ...] = ()


class _Result(BaseModel):
    segments: tuple[_Segment, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Recognised:
    """A stretch of heard text, usually a sentence; `times` are those of its blank-parted `words`,
    None where they were not found. Seconds of what was heard."""

    span: Span
    words: tuple[str, ...]
    times: tuple[Span | None, ...]

    @property
    def text(self) -> str:
        return " ".join(self.words)


def read_heard(text: str | bytes, *, engine: str) -> tuple[Recognised, ...]:
    """The segments of a result in whisperx's form, in order of time, without empty ones.

    Raises `Transient("recogniser_failed")`: the recogniser is ours, so what it writes is too.
    """
    try:
        result = _Result.model_validate_json(text)
    except ValidationError as error:
        told = "; ".join(
            f"{'.'.join(map(str, problem['loc'])) or 'it'}: {problem['msg']}"
            for problem in error.errors()[:3]
        )
        message = f"{engine} wrote what is not its documented result: {told}"
        raise Transient("recogniser_failed", message) from error
    found = (_heard(segment) for segment in sorted(result.segments, key=lambda each: each.start))
    return tuple(heard for heard in found if heard.words)


def _heard(segment: _Segment) -> Recognised:
    words = tuple(word for word in segment.words if word.word.strip())
    span = Span(start_s=segment.start, stop_s=max(segment.start, segment.end))
    if words:
        return Recognised(
            span=span,
            words=tuple(word.word.strip() for word in words),
            times=tuple(_time(word) for word in words),
        )
    plain = tuple(segment.text.split())
    return Recognised(span=span, words=plain, times=(None,) * len(plain))


def _time(word: _Word) -> Span | None:
    if word.start is None or word.end is None or word.end < word.start:
        return None
    return Span(start_s=word.start, stop_s=word.end)
