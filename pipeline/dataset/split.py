"""What is never trained on: portraits, sentences and voices by their names, always the same."""

from __future__ import annotations

import hashlib
import re
from pathlib import PurePosixPath

PORTRAITS_HELD_OUT, SENTENCES_HELD_OUT = 0.06, 0.10
VOICES_HELD_OUT = ("awb",)
PICTURES = (".jpg", ".jpeg", ".png", ".webp")
_NUMBER = re.compile(r"(\d+)$")


def is_held_out(name: str) -> bool:
    """Whether a portrait's or a sound's name belongs to the evaluation.

    Sounds are called VOICE_NUMBER or end in a number: a sentence of one number is held out for all
    voices of a folder, and a held-out voice whole.
    """
    path = PurePosixPath(name)
    if path.suffix.lower() in PICTURES:
        return _share(path.name) < PORTRAITS_HELD_OUT
    sentence = f"{path.parent.name}/{sentence_of(name)}"
    return is_held_out_voice(name) or _share(sentence) < SENTENCES_HELD_OUT


def is_held_out_voice(name: str) -> bool:
    """Whether nobody with the voice of this sound is trained on."""
    return PurePosixPath(name).stem.split("_")[0] in VOICES_HELD_OUT


def sentence_of(name: str) -> str:
    """The number that a sound's name ends with; its whole stem where there is none."""
    stem = PurePosixPath(name).stem
    number = _NUMBER.search(stem)
    return number.group(1) if number else stem


def _share(name: str) -> float:
    """A number in 0..1 that a name always has."""
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:6]) / 2**48
