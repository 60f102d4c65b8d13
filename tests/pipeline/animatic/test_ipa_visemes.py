# ruff: noqa: RUF001  # phonetic letters are meant
"""Mouths against what phoneticians say of each sound: its place, and how high, front and round."""

from __future__ import annotations

import unicodedata
from itertools import pairwise

import numpy as np
import pytest

from pipeline.animatic.coarticulation import mouth_of
from pipeline.animatic.controls import Control
from pipeline.animatic.ipa_visemes import VISEME_OF_IPA, visemes_of_ipa
from pipeline.animatic.visemes import DOMINANCE, LABIAL, NEUTRAL, VISEMES, Viseme, targets_of
from pipeline.phones import Phones

PLACES = {
    "lips": "p b m ɓ ʙ",
    "lips, open": "ɸ β",
    "lip and teeth": "f v ɱ ʋ ⱱ",
    "teeth": "θ ð",
    "ridge": "t d n ɗ ɾ l ɫ ɬ ɮ ɺ r s z ts dz ɹ",
    "behind the ridge": "ʃ ʒ tʃ dʒ ɧ ɕ ʑ tɕ dʑ",
    "curled tongue": "ʂ ʐ ʈʂ ʈ ɖ ɳ ɽ ɭ ɻ",
    "palate": "j ʝ ç c ɟ ɲ ʎ ʄ",
    "rounded": "w ʍ ɥ",
    "soft palate": "k g ɡ ŋ ɠ x ɣ ɰ",
    "behind": "q ɢ ɴ χ ʁ ʀ ħ ʕ h ɦ ʔ",
}
"""Consonants, from the lips inwards."""

HEIGHTS = {
    "front": "i ɪ e ɛ æ a",
    "front, rounded": "y ʏ ø œ",
    "middle": "ɨ ə ɜ ɐ",
    "middle, rounded": "ʉ ɵ œ",
    "back": "ɯ ɤ ʌ ɑ",
    "back, rounded": "u ʊ o ɔ ɒ",
}
"""Vowels of one way of the tongue and the lips, from the closest to the most open."""

LIKE_ANOTHER = {"ᵻ": "ɪ", "ɘ": "ə", "ɞ": "œ", "ɶ": "œ", "ɚ": "ɹ", "ɝ": "ɹ", "ɯᵝ": "ɯ"}
NASAL = "\u0303"
ROUNDED = [vowel for name in HEIGHTS if "rounded" in name for vowel in HEIGHTS[name].split()]
SPREAD = [vowel for name in HEIGHTS if "rounded" not in name for vowel in HEIGHTS[name].split()]


def mouth(sound: str) -> Viseme:
    return VISEMES[VISEME_OF_IPA[unicodedata.normalize("NFD", sound)]]


def mouths_at(place: str) -> list[tuple[str, Viseme]]:
    return [(sound, mouth(sound)) for sound in PLACES[place].split()]


def base_of(sound: str) -> str:
    return "".join(each for each in sound if each not in (NASAL, "ʰ", "ʲ", "ˤ"))


def test_every_sound_of_the_table_is_described_here_and_has_a_mouth() -> None:
    told = {each for row in (*PLACES.values(), *HEIGHTS.values()) for each in row.split()}
    told = {unicodedata.normalize("NFD", each) for each in told} | set(LIKE_ANOTHER)
    assert {base_of(sound) for sound in VISEME_OF_IPA} == told
    assert set(VISEME_OF_IPA.values()) <= set(VISEMES)
    assert set(DOMINANCE) <= set(VISEMES)


def test_sounds_of_both_lips_close_them_and_no_others_do() -> None:
    assert all(each == VISEMES[LABIAL] for _, each in mouths_at("lips"))
    closing = {sound for sound, viseme in VISEME_OF_IPA.items() if viseme == LABIAL}
    assert {base_of(sound) for sound in closing} == set(PLACES["lips"].split())
    assert all(0.25 < each.press < 0.8 and each.jaw < 0.12 for _, each in mouths_at("lips, open"))


def test_sounds_of_lip_and_teeth_tuck_the_lip_in_and_no_others_do() -> None:
    tucking = {sound for sound, viseme in VISEME_OF_IPA.items() if VISEMES[viseme].tuck >= 0.5}
    assert {base_of(sound) for sound in tucking} == set(PLACES["lip and teeth"].split())


def test_the_tongue_is_seen_between_the_teeth_and_behind_them_but_not_further_back() -> None:
    assert min(each.tongue for _, each in mouths_at("teeth")) > 0.8
    far = [each.tongue for _, each in (*mouths_at("soft palate"), *mouths_at("behind"))]
    assert max(far) <= 0.2
    curled = [mouth(sound) for sound in ["ʈ", "ɖ", "ɳ", "ɭ"]]
    flat = [mouth(sound) for sound in ["t", "d", "n"]]
    assert min(each.jaw for each in curled) > max(each.jaw for each in flat)
    assert max(each.tongue for each in curled) < min(each.tongue for each in flat)


@pytest.mark.parametrize("row", HEIGHTS.values(), ids=HEIGHTS)
def test_the_more_open_a_vowel_the_wider_the_jaw(row: str) -> None:
    assert all(mouth(high).jaw < mouth(low).jaw for high, low in pairwise(row.split()))


def test_rounded_vowels_round_the_lips_and_others_do_not() -> None:
    assert all(mouth(vowel).pucker >= 0.3 and mouth(vowel).wide < 0.1 for vowel in ROUNDED)
    assert all(mouth(vowel).pucker == 0 for vowel in SPREAD)
    assert all(mouth(each).pucker >= 0.85 for each in ["w", "ʍ", "ɥ", "u", "y"])
    for close, spread in ("yi", "ʏɪ", "øe", "œɛ", "uɯ", "oɤ"):
        assert mouth(close).pucker - mouth(spread).pucker > 0.4
        assert mouth(close).wide < mouth(spread).wide
    assert 0.2 < mouth("ɯᵝ").pucker < mouth("u").pucker  # compressed, not put forward


def test_the_higher_in_front_a_spread_vowel_the_wider_the_lips() -> None:
    assert mouth("i").wide > mouth("e").wide > mouth("ɛ").wide > mouth("a").wide
    assert mouth("i").wide > mouth("ɨ").wide > mouth("ɯ").wide


def test_a_vowel_through_the_nose_has_nearly_the_mouth_of_the_one_without() -> None:
    nasal = [sound for sound in VISEME_OF_IPA if NASAL in sound]
    assert len(nasal) >= 18
    for sound in nasal:
        with_nose, without = mouth(sound), mouth(sound.replace(NASAL, ""))
        away = np.abs(np.subtract(with_nose, without))
        assert away.max() <= 0.2, sound
        assert (with_nose.pucker >= 0.3) == (without.pucker >= 0.3), sound


@pytest.mark.parametrize(
    ("name", "mouths"),
    [
        ("aɪ", ("a", "IH")),
        ("ɔø", ("AO", "ø")),
        ("ɐ̃ʊ", ("ɐ", "UH")),
        ("iou", ("IY", "OW", "UW")),
        ("pf", ("B", "F")),
        ("tʃ", ("SH",)),
        ("ʈʂʰ", ("ʂ",)),
        ("mʲ", ("B",)),
        ("ç", ("ç",)),
        ("m̩", ("B",)),
    ],
)
def test_a_phone_of_several_sounds_asks_for_their_mouths_in_order(
    name: str, mouths: tuple[str, ...]
) -> None:
    targets = list(targets_of(1.0, 2.0, name))
    assert tuple(target.viseme for target in targets) == mouths
    assert (targets[0].start_s, targets[-1].stop_s) == (1.0, 2.0)
    assert all(before.stop_s == after.start_s for before, after in pairwise(targets))
    assert all(target.stop_s > target.start_s for target in targets)


def test_what_is_no_sound_holds_the_mouth_as_it_was() -> None:
    assert tuple(visemes_of_ipa("§")) == ()
    assert [target.viseme for target in targets_of(0.0, 1.0, "§")] == [NEUTRAL]


def test_names_of_arpabet_keep_their_mouths() -> None:
    assert [target.viseme for target in targets_of(0, 1, "B")] == ["B"]
    assert [target.viseme for target in targets_of(0, 1, "AY")] == ["AA", "IY"]
    assert [target.viseme for target in targets_of(0, 1, "CH")] == ["SH"]
    assert [target.viseme for target in targets_of(0, 1, "XYZ")] == [NEUTRAL]


def test_lips_close_on_each_labial_and_round_on_each_front_rounded_vowel() -> None:
    names = ("a", "p", "i", "b", "y", "t", "ø", "m", "ɑ̃")
    start_s = 0.2 * np.arange(len(names))
    phones = Phones(start_s=start_s, stop_s=start_s + 0.2, names=names, source="engine")
    frames = mouth_of(phones, 0, 45, np.zeros((45, 8)))
    middles = {name: frames[round(25 * (0.2 * at + 0.1))] for at, name in enumerate(names)}
    assert all(middles[name][Control.PRESS] > 0.95 for name in ("p", "b", "m"))
    assert all(middles[name][Control.JAW] < 0.05 for name in ("p", "b", "m"))
    assert min(middles[name][Control.PUCKER] for name in "yø") > 0.4
    assert middles["i"][Control.PUCKER] < 0.1
    assert middles["a"][Control.JAW] > 2 * middles["i"][Control.JAW]
