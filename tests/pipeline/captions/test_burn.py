"""Captions for drawing: they fit the picture, say nothing else than the words, and have glyphs."""

from __future__ import annotations

import struct
import unicodedata
from pathlib import Path
from tempfile import NamedTemporaryFile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jobs.config import load_config
from manifests.errors import BadInput, ManifestUnusable
from pipeline.captions.burn import SAFE, SMALLEST, ass_text, cues_in_picture, type_for
from pipeline.captions.cue import RULES, Cue
from pipeline.media.fonts import (
    Font,
    Fonts,
    Lettering,
    carried_fonts,
    font_at,
    is_spoken,
    lettering_for,
    letters_of,
)
from pipeline.media.framing import Size
from pipeline.words import Word, Words

SIZES = st.sampled_from(
    [Size(width=w, height=h) for w, h in ((1920, 1080), (1080, 1920), (512, 512), (288, 512))]
)


def spoken(text: str) -> Words:
    words = tuple(
        Word(text=word, start_s=index * 0.4, stop_s=index * 0.4 + 0.35, sentence=0)
        for index, word in enumerate(text.split())
    )
    return Words(words=words, language="en")


@given(
    st.lists(st.text("aeiWMß.Я", min_size=1, max_size=12), min_size=1, max_size=30).map(" ".join),
    SIZES,
)
@settings(max_examples=25, deadline=None)
def test_every_word_is_drawn_within_the_safe_area(text: str, size: Size) -> None:
    (font,) = carried_fonts()
    letters = type_for(font, size)
    assert letters.pixels >= SMALLEST
    words = spoken(text)
    cues = cues_in_picture(words, 1000, letters)
    assert "".join("".join(cue.lines) for cue in cues).replace(" ", "") == text.replace(" ", "")
    events = ass_text(cues, letters).split("Format: Start")[1].splitlines()[1:]
    for cue, event in zip(cues, events, strict=True):
        assert len(cue.lines) <= RULES.lines
        smaller = float(event.split("\\fs")[1].split("}")[0]) if "\\fs" in event else None
        scale = smaller / letters.line_height if smaller else 1.0
        assert max(map(letters.width_of, cue.lines)) * scale <= size.width * (1 - 2 * SAFE)


def test_no_text_is_a_command() -> None:
    (font,) = carried_fonts()
    cue = Cue(start_s=1.0, stop_s=3661.24, lines=(r"{\b1}a\Nb, c",))
    event = ass_text([cue], type_for(font, Size(width=1920, height=1080))).splitlines()[-1]
    assert event == r"Dialogue: 0:00:01.00,1:01:01.24,Plain,\{/b1\}a/Nb, c"


def test_the_carried_font_has_its_letters_and_tells_which_it_lacks() -> None:
    (font,) = carried_fonts()
    assert {ord(letter) for letter in "aßñЯΩक"} <= letters_of(font)
    assert lettering_for("Größe", Fonts()) == Lettering(font=font)
    with pytest.raises(BadInput, match=r"no font here \(Noto Sans\) .*such as 上 好; name a font"):
        lettering_for("晚上好。"[1:3] + "ok", Fonts())


@pytest.mark.parametrize(
    ("text", "left_out"),
    [
        ("\u266a La la la \u266a we sing.", "\u266a"),
        ("Big sale \U0001f389 today only!", "\U0001f389"),
        ("\u27a1 Settings", "\u27a1"),
        ("Love \u2764\ufe0f it \U0001f44d\U0001f3fd", "\u2764\ufe0f\U0001f3fd\U0001f44d"),
        ("At 5 \u00b0C \u2013 na\u00efve \u20ac3 \u00a9", ""),
    ],
)
def test_signs_that_nobody_says_are_left_out_where_the_font_lacks_them(
    text: str, left_out: str
) -> None:
    (font,) = carried_fonts()
    there = "".join(sign for sign in left_out if ord(sign) not in letters_of(font))
    assert lettering_for(text, Fonts()) == Lettering(font=font, left_out=there)


@pytest.mark.parametrize("sign", ["\u338f", "\u2460", "\u4e0a", "\u0e01", "\u0661"])
def test_signs_that_stand_for_letters_or_digits_refuse_the_row(sign: str) -> None:
    with pytest.raises(BadInput, match="no font here") as told:
        lettering_for(f"Good {sign} \u266a", Fonts())
    assert told.value.code == "no_glyphs"
    assert "\u266a" not in told.value.message


@given(st.text(max_size=40))
def test_a_font_is_chosen_that_has_all_that_is_said(text: str) -> None:
    try:
        letters = lettering_for(text, Fonts())
    except BadInput:
        letters_missing = {each for each in text if is_spoken(each)}
        assert any(ord(each) not in letters_of(carried_fonts()[0]) for each in letters_missing)
        return
    assert not any(map(is_spoken, letters.left_out))
    kept = set(text) - set(letters.left_out)
    seen = {each for each in kept if unicodedata.category(each)[0] not in "CZ"}
    assert {ord(each) for each in seen} <= letters_of(letters.font)


def test_a_font_with_every_sign_goes_before_one_that_leaves_some_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    fonts = [Font(path=name, sha256=name, family=name) for name in ("plain", "noted")]
    there = {"plain": frozenset(map(ord, "la")), "noted": frozenset(map(ord, "la\u266a"))}
    monkeypatch.setattr("pipeline.media.fonts.letters_of", lambda font: there[font.path])
    monkeypatch.setattr("pipeline.media.fonts.carried_fonts", tuple)
    chosen = [lettering_for(text, Fonts(named=tuple(fonts))) for text in ("la", "la \u266a")]
    assert [(each.font.path, each.left_out) for each in chosen] == [("plain", ""), ("noted", "")]


def test_a_file_that_is_no_font_is_refused_by_name(tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.ttf"
    wrong.write_bytes(b"no font")
    for path in (wrong, tmp_path / "absent.ttf"):
        with pytest.raises(ManifestUnusable, match=f"caption_fonts: {path} is not") as caught:
            load_config(None, caption_fonts=[path])
        assert caught.value.code == "font_wrong"


def _cmap_at(data: bytes) -> int:
    (tables,) = struct.unpack_from(">H", data, 4)
    entries = [struct.unpack_from(">4sIII", data, 12 + 16 * number) for number in range(tables)]
    return next(offset for tag, _, offset, _ in entries if tag == b"cmap")


@given(st.data())
@settings(max_examples=12)
def test_a_damaged_font_is_refused_or_read(data: st.DataObject) -> None:
    """Whatever bytes of its tables' list or of its table of letters are wrong."""
    whole = bytearray(Path(carried_fonts()[0].path).read_bytes())
    begin = data.draw(st.sampled_from([0, _cmap_at(bytes(whole))]))
    for at in data.draw(st.lists(st.integers(begin, begin + 40), min_size=1, max_size=5)):
        whole[at] = data.draw(st.integers(0, 255))
    with NamedTemporaryFile(suffix=".ttf") as file:
        file.write(whole)
        file.flush()
        try:
            assert letters_of(font_at(Path(file.name)))
        except ManifestUnusable as error:
            assert error.code == "font_wrong"  # noqa: PT017 - it may also be read
