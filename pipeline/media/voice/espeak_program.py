# SPDX-License-Identifier: GPL-3.0-or-later
"""Speaks sentences by the library espeak-ng, in a process of its own.

This file alone is under the GNU General Public License, version 3 or later, as espeak-ng is: it
loads that library. It imports nothing of the program around it and nothing imports it; both talk by
lines of JSON. NOTICE tells where the texts of the licence and the source of espeak-ng are.

    python espeak_program.py LIBRARY DATA

reads requests and answers each, in order:

    {"voice": "roa/fr", "variant": "f2", "rate": 175, "text": "Bonjour.", "wav": "/tmp/0.wav"}
    {"words": [[0, 7, 12]], "phones": [["b", 40], ["ɔ̃", 90]], "stop": 612}

Words are characters from and count, and milliseconds; phones are IPA and milliseconds; "stop" is
where the sound ends. Without "wav" nothing is written. What cannot be done is {"refused": WHY}, and
{"broke": CODE} is a child that ended with that code.

Every sentence moves the state of the library on, and it seeds the breath of some variants with the
time of day. So each sentence is spoken by a child of its own, forked from a process that has spoken
nothing yet, with a seed of ours: the same text has the same bytes, whatever was said before.
"""

from __future__ import annotations

import ctypes
import json
import os
import sys
import wave
from collections.abc import Mapping
from pathlib import Path
from typing import Any

SYNCHRONOUS = 2
PHONEME_EVENTS, IPA, NO_EXIT = 1, 2, 0x8000
UTF8 = 1
WORD, PHONEME = 1, 7
CHARACTER = 1
RATE, SLOWEST, OWN_RATE, FASTEST = 1, 80, 175, 450
FAILED = 3
SEED = 1
MS_PER_BYTE = 500  # of 16-bit samples, times their rate


class Event(ctypes.Structure):
    """As `speak_lib.h` of espeak-ng 1.52 has it."""

    _fields_ = (
        ("type", ctypes.c_int),
        ("unique_identifier", ctypes.c_uint),
        ("text_position", ctypes.c_int),
        ("length", ctypes.c_int),
        ("audio_position", ctypes.c_int),
        ("sample", ctypes.c_int),
        ("user_data", ctypes.c_void_p),
        ("name", ctypes.c_char * 8),
    )


Callback = ctypes.CFUNCTYPE(
    ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.POINTER(Event)
)


class Refused(Exception):
    """The library does not do what it was asked for."""


class Speaker:
    """The library, initialised, with nothing said yet."""

    def __init__(self, library: str, data: str) -> None:
        self.espeak, self.data = ctypes.CDLL(library), Path(data)
        options = PHONEME_EVENTS | IPA | NO_EXIT
        self.rate = self.espeak.espeak_Initialize(SYNCHRONOUS, 0, os.fsencode(data), options)
        if self.rate <= 0:
            raise Refused(f"espeak_Initialize gave {self.rate}; is {data} its data?")

    def choose(self, voice: str, variant: str) -> None:
        """The library keeps the voice before for a name that it does not know, and passes over an
        unknown variant: only names of files are taken."""
        for file in ("lang/" + voice, *(("voices/!v/" + variant,) if variant else ())):
            if not (self.data / file).is_file():
                raise Refused(f"there is no {file}")
        name = f"{voice}+{variant}" if variant else voice
        demand(self.espeak.espeak_SetVoiceByName(name.encode()), f"there is no voice {name}")

    def speak(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """Do what one request asks; what there is to tell of it."""
        self.choose(request["voice"], request.get("variant", ""))
        pace = request.get("rate", OWN_RATE)
        if not SLOWEST <= pace <= FASTEST:
            raise Refused(f"{pace} words a minute are not {SLOWEST} to {FASTEST}")
        demand(self.espeak.espeak_SetParameter(RATE, pace, 0), "it takes no rate")
        sound, told = self.say(request["text"])
        if request.get("wav") and sound:
            write(request["wav"], self.rate, sound)
        return {**told, "stop": len(sound) * MS_PER_BYTE // self.rate}

    def say(self, text: str) -> tuple[bytes, dict[str, list[list[Any]]]]:
        """The samples of a text, its words and its phones."""
        sound = bytearray()
        words: list[list[Any]] = []
        phones: list[list[Any]] = []

        def take(samples: Any, count: int, events: Any) -> int:  # noqa: ANN401 - pointers
            if samples and count > 0:
                sound.extend(ctypes.string_at(samples, 2 * count))
            at = 0
            while (event := events[at]).type:
                if event.type == WORD:  # positions count from one
                    words.append([event.text_position - 1, event.length, event.audio_position])
                elif event.type == PHONEME:
                    phones.append([event.name.decode(errors="ignore"), event.audio_position])
                at += 1
            return 0

        self.espeak.espeak_ng_SetRandSeed(ctypes.c_long(SEED))
        ctypes.CDLL(None).srand(SEED)
        kept, encoded = Callback(take), text.encode() + b"\0"
        self.espeak.espeak_SetSynthCallback(kept)
        size = ctypes.c_size_t(len(encoded))
        code = self.espeak.espeak_Synth(encoded, size, 0, CHARACTER, 0, UTF8, None, None)
        demand(code, "it does not speak")
        demand(self.espeak.espeak_Synchronize(), "it does not come to an end")
        return bytes(sound), {"words": words, "phones": phones}


def demand(code: int, otherwise: str) -> None:
    """Every call tells by a code whether it did what it was asked for."""
    if code != 0:
        raise Refused(f"{otherwise} (code {code})")


def write(path: str, rate: int, sound: bytes) -> None:
    with wave.open(path, "wb") as file:
        file.setparams((1, 2, rate, 0, "NONE", ""))
        file.writeframes(sound)


def answer(told: Mapping[str, Any]) -> None:
    sys.stdout.buffer.write(json.dumps(told).encode() + b"\n")
    sys.stdout.buffer.flush()


def answered(speaker: Speaker, line: bytes) -> None:
    """What a child does."""
    try:
        told = speaker.speak(json.loads(line))
    except (Refused, ValueError, KeyError, TypeError, OSError) as why:
        told = {"refused": f"{type(why).__name__}: {why}"}
    answer(told)


def speak_lines(library: str, data: str) -> int:
    try:
        speaker = Speaker(library, data)
    except (Refused, OSError) as why:
        sys.stderr.write(f"{why}\n")
        return FAILED
    for line in sys.stdin.buffer:
        child = os.fork()
        if child == 0:
            answered(speaker, line)
            os._exit(0)
        _, status = os.waitpid(child, 0)
        if status:
            answer({"broke": os.waitstatus_to_exitcode(status)})
    return 0


if __name__ == "__main__":
    sys.exit(speak_lines(*sys.argv[1:]))
