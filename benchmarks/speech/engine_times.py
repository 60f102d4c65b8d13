"""When the engines themselves say that each word is spoken: the truth for aligned words.

flite prints the end of each of its phones. The network of Piper rounds a length for each phoneme
and for a blank behind it; that tensor becomes a second output by a few bytes behind those of the
model file. Whose sound the blanks are is not said: Piper's habit counts them to what they follow.
`benchmarks/speech/onsets.py` looks at hissing sounds, which begin with the blank before them, so
here a blank belongs to what follows it. Both are told.
"""

from __future__ import annotations

import ast
import json
import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache, cached_property
from itertools import accumulate, pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import onnxruntime  # type: ignore[import-untyped]  # no types in it

from benchmarks.speech.edits import shared_out
from pipeline.media.process import run_program
from pipeline.media.sound.wav import read_info, read_pcm
from pipeline.media.text.spoken_words import words_of
from pipeline.media.voice.flite import Flite
from pipeline.media.voice.piper import Piper
from pipeline.media.voice.speech import sounding
from pipeline.nouns import Phone, Span

TIMEOUT_S = 600.0
STEP_SAMPLES = 256
"""Of Piper's sound, for one step of its lengths."""

LENGTHS = "/Ceil_output_0"
PAUSE = "pau"
MARKS = ",.;:!?"


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """When a word is said, and the same by Piper's habit."""

    span: Span
    by_habit: Span

    def earlier(self, by_s: float) -> Told:
        return Told(span=earlier(self.span, by_s), by_habit=earlier(self.by_habit, by_s))


def earlier(span: Span, by_s: float) -> Span:
    return Span(start_s=span.start_s - by_s, stop_s=span.stop_s - by_s)


Times = tuple[Told | None, ...]
"""Of each heard word; None where the engine does not tell it apart from its neighbour."""


@dataclass(slots=True, kw_only=True)
class Timed:
    """A voice that notes for every text when it says its words: seconds from where its sound
    starts, None for texts of which this is not known."""

    voice: Flite | Piper
    times: list[Times | None] = field(default_factory=list)

    @property
    def name(self) -> str:
        return self.voice.name

    @property
    def languages(self) -> tuple[str, ...]:
        return self.voice.languages

    @property
    def digest(self) -> str:
        return self.voice.digest

    @property
    def reads_phones(self) -> bool:
        return self.voice.reads_phones

    def speak(self, sentences: Sequence[str], folder: Path) -> Iterator[Path | None]:
        if isinstance(self.voice, Flite):
            found = [flite_times(self.voice, text) for text in sentences]
        else:
            found = piper_times(self.voice, sentences)
        spoken = self.voice.speak(sentences, folder)
        for times, wav in zip(found, spoken, strict=True):
            self.times.append(None if wav is None or times is None else moved(times, wav))
            yield wav


def moved(times: Times, wav: Path) -> Times:
    """Counted from where the sound starts, as in the speech of a script."""
    info = read_info(wav)
    if info is None:
        raise SystemExit(f"{wav} is no WAV file")
    by_s = sounding(read_pcm(wav)[:, 0] / (1 << 15), info.rate)[0] / info.rate
    return tuple(told_at and told_at.earlier(by_s) for told_at in times)


def flite_times(voice: Flite, text: str) -> Times | None:
    """None where flite reads other words than we do, other phones than in the words alone, or the
    text in two parts, each with times of its own."""
    phones = flite_phones(voice, text)
    words = words_of(text)
    counts = [len(flite_phones(voice, word)) for word in words]
    in_order = all(before.stop_s <= after.start_s for before, after in pairwise(phones))
    if not in_order or told(voice, text, "-pw") != list(words) or sum(counts) != len(phones):
        return None
    spans = [
        Span(start_s=phones[start].start_s, stop_s=phones[stop - 1].stop_s)
        for start, stop in pairwise(accumulate(counts, initial=0))
    ]
    return tuple(Told(span=span, by_habit=span) for span in spans)


@cache
def flite_phones(voice: Flite, text: str) -> tuple[Phone, ...]:
    """The phones of a text, without the pauses."""
    pairs = [pair.rpartition(":") for pair in told(voice, text, "-psdur")]
    stops = [0.0, *(float(stop) for _, _, stop in pairs)]
    return tuple(
        Phone(start_s=start, stop_s=stop, name=name)
        for (name, _, _), (start, stop) in zip(pairs, pairwise(stops), strict=True)
        if name != PAUSE
    )


def told(voice: Flite, text: str, asked: str) -> list[str]:
    command = [voice.program, "-voice", voice.voice, asked, "-f", "-", "-o", "none"]
    return run_program(command, stdin=text.encode(), timeout_s=TIMEOUT_S).output.decode().split()


def piper_times(voice: Piper, texts: Sequence[str]) -> list[Times | None]:
    """espeak-ng writes some words together (`of the`): these have no times."""
    words = sorted({word for text in texts for word in words_of(text)})
    alone = dict(zip(words, phonemes_of(voice, words), strict=True))
    network = Network(model=voice.model)
    return [
        piper_words([letters(alone[word]) for word in words_of(text)], phonemes, network)
        for text, phonemes in zip(texts, phonemes_of(voice, texts), strict=True)
    ]


def piper_words(words: Sequence[str], phonemes: str, network: Network) -> Times | None:
    """When each word, given by how it sounds alone, is said in a text."""
    groups = [match.span() for match in re.finditer(r"[^ ^]+", phonemes)]
    counts = shared_out(words, [letters(phonemes[start:stop]) for start, stop in groups])
    if counts is None:
        return None
    sounds = network.sounds(phonemes)
    times: list[Told | None] = []
    for count, (start, stop) in zip(counts, groups, strict=True):
        last = start + len(phonemes[start:stop].rstrip(MARKS)) - 1
        before = start - (
            2 if phonemes[start - 1] == " " and phonemes[start - 2] not in MARKS else 1
        )
        word = Told(
            span=Span(start_s=sounds[before].stop_s, stop_s=sounds[last].stop_s),
            by_habit=Span(start_s=sounds[start].start_s, stop_s=sounds[last + 1].start_s),
        )
        times += [word] if count == 1 else [None] * count
    return tuple(times)


def letters(phonemes: str) -> str:
    return "".join(each for each in phonemes if each.isalpha())


def phonemes_of(voice: Piper, texts: Sequence[str]) -> list[str]:
    """As Piper itself tells them, behind its `^`; that alone where it makes several sentences."""
    text = "".join(f"{line}\n" for line in texts).encode()
    with TemporaryDirectory() as folder:
        said = _debugged(voice, text, Path(folder))
    lines = [line.rpartition("phonemes=")[2] for line in said.splitlines() if "phonemes=[" in line]
    found = [ast.literal_eval(line) for line in lines]
    if len(found) != len(texts):
        raise SystemExit(f"{voice.name} told the phonemes of {len(found)} of {len(texts)} texts")
    return ["^" + ("".join(each[0]) if len(each) == 1 else "") for each in found]


def _debugged(voice: Piper, text: bytes, folder: Path) -> str:
    """All that Piper says; by way of a file, since of a program's words only the last are kept."""
    log = folder / "log"
    program = f"exec {sys.executable} -P -X utf8 -m piper --debug --model {voice.model}"
    script = f"{program} --output-dir {folder} 2> {log}"
    run_program(["/bin/sh", "-c", script], stdin=text, timeout_s=TIMEOUT_S)
    return log.read_text()


@dataclass(frozen=True, kw_only=True)
class Network:
    """Piper's network with its lengths of phonemes as a second output."""

    model: Path

    @cached_property
    def settings(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(Path(f"{self.model}.json").read_text())
        return found

    @cached_property
    def session(self) -> Any:  # noqa: ANN401  # a package without types
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        return onnxruntime.InferenceSession(
            with_output(self.model.read_bytes(), LENGTHS), options, ["CPUExecutionProvider"]
        )

    def sounds(self, phonemes: str) -> list[Span]:
        """When each phoneme is said, without the blanks between them; then the end, as another."""
        table = self.settings["phoneme_id_map"]
        ids: list[int] = []
        places = []
        for phoneme in phonemes:
            own = table.get(phoneme, ())
            places.append((len(ids), len(ids) + len(own)))
            ids += [*own, *(table["_"] if own else ())]
        places.append((len(ids), len(ids) + 1))
        edges = np.concatenate([[0.0], np.cumsum(self.steps([*ids, *table["$"]]))])
        edges_s = (edges * STEP_SAMPLES / self.settings["audio"]["sample_rate"]).tolist()
        return [Span(start_s=edges_s[start], stop_s=edges_s[stop]) for start, stop in places]

    def steps(self, ids: Sequence[int]) -> Any:  # noqa: ANN401  # an array of any shape
        given = {
            "input": np.array([ids], np.int64),
            "input_lengths": np.array([len(ids)], np.int64),
            "scales": np.array([0.0, self.settings["inference"]["length_scale"], 0.0], np.float32),
        }
        return self.session.run([LENGTHS], given)[0].reshape(-1)


def with_output(model: bytes, tensor: str) -> bytes:
    """A model file (ONNX, a protobuf message) in which a tensor of floats is an output too: parts
    of one message that stand apart count as put together, so bytes behind the end are enough."""
    of_floats = field_bytes(1, b"\x08\x01")  # TypeProto.tensor_type.elem_type = FLOAT
    value = field_bytes(1, tensor.encode()) + field_bytes(2, of_floats)
    return model + field_bytes(7, field_bytes(12, value))  # ModelProto.graph.output


def field_bytes(number: int, content: bytes) -> bytes:
    """A short field of a protobuf message."""
    if len(content) > 127:  # noqa: PLR2004  # longer ones need more than a byte for their length
        raise ValueError("the field is too long")
    return bytes([number << 3 | 2, len(content)]) + content
