# ruff: noqa: RUF001  # letters and marks of other languages are meant
"""Words in the delivered sound and lips on drawn frames, in thirteen languages, by two ways.

    python -m benchmarks.lips [--languages de fr] [--sheet FOLDER]

Each language says a short script by espeak-ng, as a run has it said. The new way takes words and
phones from the voice; the way of before finds them in the same sound: phones as if they were
English, words aligned in English and elsewhere spread by their lengths.

Words: behind a pause of 0.1 s or more, how far a word's start is from the first sample above -40 dB
of the word's peak. Lips: the face mesh on frames of the animatic, drawn from the carried portrait.
A p, b or m counts where the lips are closed in a frame of it or beside it; a pair of a and i where
they are further apart at the a. When each is said is what the voice told, for both ways. With
--sheet, frames at p, a, i and u are kept as a picture. Writes benchmarks/results/lips.json.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import pairwise, product
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from numpy.typing import NDArray

from benchmarks.where import where_it_ran
from jobs.examples.portraits import astronaut
from model.shapes import FPS, MIX_RATE
from pipeline.animatic.coarticulation import LEAD_S
from pipeline.animatic.renderer import Animatic
from pipeline.dataset.material import FacePicture, SpokenTake
from pipeline.evaluate.clips import clip_of
from pipeline.evaluate.mouth import lip_gaps
from pipeline.evaluate.takes import known_take, mesh_points
from pipeline.media.face.face import find_faces, landmarks_of
from pipeline.media.picture.image import ImageLimits, open_portrait
from pipeline.media.recognition.align import AlignedSpeech, said_in_script
from pipeline.media.recognition.engine_phones import sounding_phones
from pipeline.media.sound.wav import read_pcm
from pipeline.media.voice.speech import Spoken, choose_voice, speak_script
from pipeline.nouns import Phone
from pipeline.phones import save_phones
from pipeline.presets import TINY
from pipeline.renderer import TakeFiles
from pipeline.words import Word

RESULT = Path(__file__).parent / "results" / "lips.json"

SCRIPTS = {
    "en": "Bobby keeps a happy puppy in the park, but mama needs a big palm tree.",
    "de": "Papa mietet im April ein Boot, aber Mama liebt die Bahn, und Bibi spielt am Abend.",
    "fr": "Papa habite ici, mais ma petite amie part à midi, et Philippe parle à Marie.",
    "es": "Mi papá vive aquí, pero la mamá de Pili pinta una pipa amarilla, y habla así.",
    "it": "Mia mamma abita qui, ma il papà di Bibi parte prima, e la pipa è piccola.",
    "pt": "A minha mamã vive aqui, mas o papá da Bia pinta a pipa, e fala assim.",
    "hi": "मेरे पापा यहाँ आए, मगर बीबी की बिल्ली पानी पीती है, और माँ भी बाज़ार गई।",
    "ja": "ままは みかんを たべます、ぱぱは びわが すきです、いま いきます。",
    "zh": "妈妈爬山，爸爸买票，弟弟比他胖，我们一起吃饭。",
    "ar": "بَابَا فِي بَيْتِي، مَامَا بِنْتُ لَبِيبٍ، وَأَبِي يَمْشِي.",
    "ru": "Папа любит пить, мама купила билет, и Ира пишет письмо.",
    "ko": "아빠가 비빔밥을 먹고, 엄마는 피망을 사고, 미미가 이마를 만집니다.",
    "tr": "Babam bir pide aldı, annem biber pişirdi, ama bizim Ali iki balık yedi.",
}

PAUSE_S, NEAR_S = 0.1, 0.02
QUIET = 10 ** (-40 / 20)
CLOSED = 0.015
"""Of the distance of the eyes' outer corners: lips no further apart than the portrait's own, which
are closed, and this."""

REST_FRAMES = 3
"""At the start of a take, before anybody speaks."""

CLOSING, OPEN, SPREAD, ROUND = ("p", "b", "m"), ("a", "ɑ"), ("i",), ("u", "ɯᵝ", "y", "o")
SIDE = 256

SHOWN_S = 0.06

Series = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A script spoken: what the voice told, and what each way makes of it."""

    spoken: Spoken
    phones: tuple[Phone, ...]
    ways: dict[str, AlignedSpeech]


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--languages", nargs="+", default=list(SCRIPTS))
    parser.add_argument("--sheet", type=Path, default=None)
    asked = parser.parse_args()
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    before = json.loads(RESULT.read_text()) if RESULT.exists() else {}
    found = before.get("languages", {})
    for language in asked.languages:
        with tempfile.TemporaryDirectory() as folder:
            found[language] = measured(language, Path(folder), asked.sheet)
        print(language, json.dumps(found[language], ensure_ascii=False))
    facts = {
        **where_it_ran("one thread"),
        "all": {way: summed([each[way] for each in found.values()]) for way in ("new", "before")},
        "languages": found,
    }
    RESULT.write_text(json.dumps(facts, indent=1, ensure_ascii=False) + "\n")
    print(json.dumps(facts["all"], indent=1))


def measured(language: str, folder: Path, sheet: Path | None) -> dict[str, Any]:
    speech, mix = folder / "speech.wav", folder / "mix.wav"
    told = said(language, speech, mix)
    onsets = dict(onsets_of(told.ways["new"].words.words, mix))
    figures: dict[str, Any] = {"voice": voice_of(language)}
    for way, aligned in told.ways.items():
        save_phones(aligned.phones, folder / f"{way}.npz")
        files = take_of(speech, folder / f"{way}.npz", folder / way, told.spoken.frames)
        frames = clip_of(Animatic(), files)
        gaps = lip_gaps(frames, mesh_points(files.landmarks))
        figures[way] = {
            "words_from": aligned.words.source,
            "phones_from": aligned.phones.source,
            **words_of(aligned.words.words, onsets),
            **lips_of(told.phones, gaps),
        }
        if sheet is not None:
            sheet.mkdir(parents=True, exist_ok=True)
            keep_sheet(sheet / f"{language}-{way}.png", frames, told.phones)
    return figures


def take_of(speech: Path, phones: Path, folder: Path, frames: int) -> TakeFiles:
    take = SpokenTake(name=phones.stem, speech=speech, phones=phones, frames=frames)
    return known_take(face(), take, replace(TINY, canvas=(SIDE, SIDE)), folder)


@cache
def face() -> FacePicture:
    picture = open_portrait(astronaut(), name="astronaut", limits=ImageLimits()).pixels
    landmarks = landmarks_of(picture, find_faces(picture)[0]).points
    return FacePicture(name="astronaut", path=astronaut(), landmarks=landmarks)


def voice_of(language: str) -> str:
    return f"espeak:{language}"


def said(language: str, speech: Path, mix: Path) -> Told:
    voice = choose_voice(language, voice_of(language))
    spoken = speak_script(SCRIPTS[language], voice, speech=speech, mix=mix)
    silent = replace(
        spoken, sentences=tuple(replace(each, words=(), phones=()) for each in spoken.sentences)
    )
    phones = [
        phone for each in spoken.sentences for phone in sounding_phones(each.phones, language)
    ]
    ways = {"new": said_in_script(spoken, speech), "before": said_in_script(silent, speech)}
    return Told(spoken=spoken, phones=tuple(phones), ways=ways)


def onsets_of(words: Sequence[Word], mix: Path) -> Iterator[tuple[int, float]]:
    """Words behind a pause in the sound, and when they are first heard there."""
    sound = np.abs(read_pcm(mix)[:, 0].astype(np.float64))
    middles = [0.0, *((word.start_s + word.stop_s) / 2 for word in words)]
    for index, (word, (since_s, until_s)) in enumerate(zip(words, pairwise(middles), strict=True)):
        start, stop = round(since_s * MIX_RATE), round(until_s * MIX_RATE)
        peak = sound[round(word.start_s * MIX_RATE) : round(word.stop_s * MIX_RATE)].max(initial=0)
        loud = np.flatnonzero(sound[start:stop] > QUIET * peak)
        edges = np.concatenate([[-1], loud])
        waits = np.diff(edges)
        pauses = np.flatnonzero(waits > PAUSE_S * MIX_RATE)
        if len(pauses):
            yield index, (start + int(loud[pauses[-1]])) / MIX_RATE


def words_of(words: Sequence[Word], onsets: dict[int, float]) -> dict[str, Any]:
    late_s = [words[index].start_s - onset_s for index, onset_s in onsets.items()]
    return {"words_behind_pauses": len(late_s), "late_ms": [round(1000 * late) for late in late_s]}


def lips_of(phones: Sequence[Phone], gaps: Series) -> dict[str, Any]:
    """Pairs also without vowels that are shorter than a frame and a half: between two closures
    there is no frame left for them."""
    rest = float(np.nanmedian(gaps[:REST_FRAMES]))
    closing = [narrowest(phone, gaps) - rest for phone in phones if phone.name[0] in CLOSING]
    opened, spread = ([each for each in phones if each.name in row] for row in (OPEN, SPREAD))
    pairs = list(product(opened, spread))
    long = [pair for pair in pairs if min(map(length_s, pair)) >= SHOWN_S]
    wider = {pair: gap_at(pair[0], gaps) > gap_at(pair[1], gaps) for pair in pairs}
    return {
        "closing": len(closing),
        "closed": sum(gap <= CLOSED for gap in closing),
        "pairs": len(pairs),
        "wider": sum(wider.values()),
        "pairs_of_60_ms": len(long),
        "wider_of_60_ms": sum(wider[pair] for pair in long),
        "gap_closed": middle(closing),
        "gap_a": middle([gap_at(each, gaps) - rest for each in opened]),
        "gap_i": middle([gap_at(each, gaps) - rest for each in spread]),
    }


def narrowest(phone: Phone, gaps: Series) -> float:
    """In the frames in which it is said, and one beside them."""
    first = max(0, int(phone.start_s * FPS) - 1)
    return float(np.nanmin(gaps[first : int(np.ceil(phone.stop_s * FPS)) + 1]))


def gap_at(phone: Phone, gaps: Series) -> float:
    return float(gaps[frame_of(phone, len(gaps))])


def frame_of(phone: Phone, frames: int) -> int:
    """That which shows its middle; lips lead the sound."""
    middle_s = (phone.start_s + phone.stop_s) / 2 - LEAD_S
    return min(max(0, int(middle_s * FPS)), frames - 1)


def length_s(phone: Phone) -> float:
    return phone.stop_s - phone.start_s


def middle(values: Sequence[float]) -> float | None:
    return round(float(np.median(values)), 4) if values else None


def summed(ways: Sequence[dict[str, Any]]) -> dict[str, Any]:
    late_ms = np.abs([late for way in ways for late in way["late_ms"]])
    closing, pairs = (sum(way[name] for way in ways) for name in ("closing", "pairs"))
    long = sum(way["pairs_of_60_ms"] for way in ways)
    return {
        "words_behind_pauses": len(late_ms),
        "within_20_ms_percent": percent(int((late_ms <= 1000 * NEAR_S).sum()), len(late_ms)),
        "of_95_percent_ms": round(float(np.percentile(late_ms, 95)), 1),
        "closing_sounds": closing,
        "closed_percent": percent(sum(way["closed"] for way in ways), closing),
        "pairs_of_a_and_i": pairs,
        "wider_at_a_percent": percent(sum(way["wider"] for way in ways), pairs),
        "pairs_of_vowels_of_60_ms": long,
        "wider_at_a_of_60_ms_percent": percent(sum(way["wider_of_60_ms"] for way in ways), long),
    }


def percent(part: int, whole: int) -> float | None:
    return round(100 * part / whole, 1) if whole else None


def keep_sheet(path: Path, frames: NDArray[np.uint8], phones: Sequence[Phone]) -> None:
    """One frame each in the middle of up to four p, a, i and u, a row a sound."""
    rows = []
    for names in (CLOSING, OPEN, SPREAD, ROUND):
        said_so = [phone for phone in phones if phone.name in names][:4]
        at = [frame_of(phone, len(frames)) for phone in said_so]
        shown = [frames[index] for index in at] + [np.zeros_like(frames[0])] * (4 - len(at))
        rows.append(np.concatenate(shown, axis=1))
    whole = np.concatenate(rows)
    cv2.imwrite(str(path), cv2.resize(whole, None, fx=0.6, fy=0.6)[..., ::-1])


if __name__ == "__main__":
    main()
