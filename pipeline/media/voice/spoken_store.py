"""What voices said, kept beside the desks of this machine: a sentence of one voice is spoken once,
whatever rows and takes it stands in."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from itertools import count
from pathlib import Path

from manifests.fingerprint import fingerprint
from pipeline.media.scratch_names import DESK, SPOKEN
from pipeline.media.voice.utterance import EnginePhone, Utterance, WordEvent, utterance_of
from pipeline.media.voice.voices import PacedVoice, Voice

FORMAT = "utterance/3"
"""2 may hold the sound of another sentence, where two processes spoke the same ones at once."""
_SOUND, _TOLD = "sound.wav", "told.json"


@dataclass(frozen=True, slots=True)
class SpokenStore:
    """Utterances below `folder`, by the text and all that the voice's sound depends on."""

    folder: Path
    voice: Voice

    def find(self, text: str, path: Path) -> Utterance | None:
        """What was said before, with its sound at `path`."""
        kept = self._place(text)
        try:
            os.link(kept / _SOUND, path)
            told = json.loads((kept / _TOLD).read_bytes())
            if path.stat().st_size != told["bytes"]:  # a machine lost its power as it was written
                shutil.rmtree(kept, ignore_errors=True)
                raise FileNotFoundError(kept)
        except (OSError, ValueError):  # not there; swept away or half written just now
            path.unlink(missing_ok=True)
            return None
        return Utterance(
            path=path,
            words=tuple(WordEvent(**word) for word in told["words"]),
            phones=tuple(EnginePhone(**phone) for phone in told["phones"]),
        )

    def keep(self, text: str, made: Utterance) -> None:
        """First whole beside its place, then there; without room for it nothing is lost but
        time."""
        new = made.path.with_suffix(".kept")
        told = {
            "bytes": made.path.stat().st_size,
            "words": [asdict(word) for word in made.words],
            "phones": [asdict(phone) for phone in made.phones],
        }
        with suppress(OSError):
            self.folder.mkdir(mode=0o700, exist_ok=True)
            new.mkdir()
            shutil.copyfile(made.path, new / _SOUND)
            (new / _TOLD).write_text(json.dumps(told), "utf-8")
            new.rename(self._place(text))
        shutil.rmtree(new, ignore_errors=True)

    def _place(self, text: str) -> Path:
        voice, rate = self.voice, getattr(self.voice, "rate", 1.0)
        name = fingerprint(
            FORMAT,
            voice=[voice.name, voice.digest],
            languages=[*voice.languages],
            rate=rate,
            text=text,
        )
        return self.folder / name


def speak_once(voice: Voice, texts: Sequence[str], folder: Path) -> Iterator[Utterance | None]:
    """As `Voice.speak`; what this machine has of it is not spoken again. The sound is the caller's,
    to delete. A voice that does not tell at which `rate` it speaks has nothing kept."""
    told = hasattr(voice, "rate") or not isinstance(voice, PacedVoice)
    desk = next((each for each in (folder, *folder.parents) if each.name.startswith(DESK)), None)
    if desk is None or not told:
        yield from map(utterance_of, voice.speak(texts, folder))
        return
    store, numbers = SpokenStore(desk.parent / SPOKEN, voice), count()
    wanted = list(dict.fromkeys(texts))
    found = {text: store.find(text, _path(folder, numbers)) for text in wanted}
    missing = [text for text in wanted if found[text] is None]
    said = map(utterance_of, voice.speak(missing, folder))
    waiting, silent = set(missing), set[str]()
    for text in texts:
        if text in waiting:  # the voice says it next, even if another process has kept it by now
            waiting.remove(text)
            made = next(said)
            if made is None:
                silent.add(text)
            else:
                store.keep(text, made)
        else:
            made = found.pop(text, None) or store.find(text, _path(folder, numbers))
            if made is None and text not in silent:  # there was no room to keep it
                made = utterance_of(next(voice.speak([text], folder)))
        yield made


def _path(folder: Path, numbers: Iterator[int]) -> Path:
    return folder / f"kept-{next(numbers):06}.wav"
