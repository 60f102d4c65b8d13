"""Captions for drawing: they fit the picture, say nothing else than the words, and have glyphs."""

from __future__ import annotations

import struct
import unicodedata
from pathlib import Path
from tempfile import NamedTemporaryFile

import pytest
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.ttLib.tables._g_l_y_f import Glyph as TTGlyph
from fontTools.ttLib.tables.TupleVariation import TupleVariation
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import ImageFont

from jobs.settings_file import load_config
from manifests.errors import BadInput, ManifestUnusable
from pipeline.captions.burn import SAFE, SMALLEST, ass_text, cues_in_picture, type_for
from pipeline.captions.cue import RULES, Cue
from pipeline.media.font_files import (
    Font,
    copy_regular,
    font_at,
    height_of,
    letters_of,
    pillow_font,
)
from pipeline.media.fonts import Fonts, Lettering, carried_fonts, is_spoken, lettering_for
from pipeline.media.framing import Size
from pipeline.words import Word, Words

NOTO = next(carried_fonts())
HD = Size(width=1920, height=1080)
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
    letters = type_for((NOTO,), size, "en")
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
    cue = Cue(start_s=1.0, stop_s=3661.24, lines=(r"{\b1}a\Nb, c",))
    event = ass_text([cue], type_for((NOTO,), HD, "en")).splitlines()[-1]
    assert event == r"Dialogue: 0:00:01.00,1:01:01.24,Plain,\{/b1\}a/Nb, c"


def test_the_carried_fonts_have_their_letters() -> None:
    assert {ord(letter) for letter in "aßñЯΩक"} <= letters_of(NOTO)
    assert lettering_for("Größe, 5 €", Fonts()) == Lettering(fonts=(NOTO,))
    for text in ("晚上好。ok", "こんばんは、今", "안녕하세요", "สวัสดี 5", "مُحَمَّد 5%"):
        lettering = lettering_for(text, Fonts())
        (font,) = lettering.fonts
        assert font != NOTO
        assert {ord(letter) for letter in text if not letter.isspace()} <= letters_of(font)


def test_letters_of_two_scripts_are_drawn_with_two_fonts() -> None:
    text = "Привет, مرحبا. La \u266a \U0001f389"
    lettering = lettering_for(text, Fonts())
    assert lettering.fonts[0] == NOTO
    assert lettering.left_out == "\U0001f389"
    letters = type_for(lettering.fonts, HD, "ru")
    runs = [(font.family, run) for font, run in letters.runs("Привет, مرحبا. \u266a")]
    assert runs == [
        ("Noto Sans", "Привет, "),
        ("Noto Sans Arabic", "مرحبا"),
        ("Noto Sans", ". "),
        ("Noto Sans CJK TC Regular", "\u266a"),
    ]
    cue = Cue(start_s=0.0, stop_s=1.0, lines=("Я مر",))
    event = ass_text([cue], letters).splitlines()[-1]
    assert event.endswith(r"Plain,{\fnNoto Sans\fs82}Я {\fnNoto Sans Arabic\fs117}مر")


def test_letters_that_no_font_here_has_are_named_with_the_package_that_brings_them() -> None:
    with pytest.raises(BadInput) as told:
        lettering_for("Grüße ש ܫ", Fonts())
    assert told.value.code == "no_glyphs"
    assert "(HEBREW, SYRIAC); install justmytype-intl-rtl" in told.value.message
    assert "has ש ܫ (" in told.value.message
    assert "or name a font file that has them in `caption_fonts`" in told.value.message


@pytest.mark.parametrize(
    ("text", "left_out"),
    [
        ("Big sale \U0001f389 today only!", "\U0001f389"),
        ("Love \u2764\ufe0f it \U0001f44d\U0001f3fd", "\u2764\ufe0f\U0001f3fd\U0001f44d"),
        ("At 5 \u00b0C \u2013 na\u00efve \u20ac3 \u00a9", ""),
    ],
)
def test_signs_that_nobody_says_are_left_out_where_no_font_has_them(
    text: str, left_out: str
) -> None:
    there = "".join(sign for sign in left_out if ord(sign) not in letters_of(NOTO))
    lettering = lettering_for(text, Fonts())
    assert lettering.fonts[0] == NOTO
    assert lettering.left_out == there


@pytest.mark.parametrize("sign", ["\u338f", "\u2460", "\u4e0a", "\u0e01", "\u0661"])
def test_signs_that_stand_for_letters_or_digits_refuse_the_row(
    sign: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pipeline.media.fonts.carried_fonts", lambda: iter([NOTO]))
    with pytest.raises(BadInput, match="no font here") as told:
        lettering_for(f"Good {sign} \u266a", Fonts())
    assert told.value.code == "no_glyphs"
    assert "\u266a" not in told.value.message


@given(st.text(max_size=40))
def test_fonts_are_chosen_that_have_all_that_is_said(text: str) -> None:
    try:
        lettering = lettering_for(text, Fonts())
    except BadInput:
        known = frozenset[int]().union(*map(letters_of, carried_fonts()))
        assert any(is_spoken(each) and ord(each) not in known for each in text)
        return
    assert not any(map(is_spoken, lettering.left_out))
    kept = set(text) - set(lettering.left_out)
    seen = {each for each in kept if unicodedata.category(each)[0] not in "CZ"}
    assert {ord(each) for each in seen} <= frozenset[int]().union(*map(letters_of, lettering.fonts))


def test_the_first_font_that_has_what_is_said_draws_and_another_its_signs(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    fonts = [Font(path=name, sha256=name, family=name) for name in ("none", "plain", "noted")]
    there = {"none": frozenset[int](), "plain": frozenset(map(ord, "la"))}
    there["noted"] = there["plain"] | {0x266A}
    monkeypatch.setattr("pipeline.media.fonts.letters_of", lambda font: there[font.path])
    monkeypatch.setattr("pipeline.media.fonts.carried_fonts", tuple)
    chosen = [lettering_for(text, Fonts(named=tuple(fonts))) for text in ("la", "la \u266a")]
    assert [[font.path for font in each.fonts] for each in chosen] == [
        ["plain"],
        ["plain", "noted"],
    ]


def test_the_forms_of_letters_are_those_of_the_language() -> None:
    def told(language: str) -> str:
        return ass_text([], type_for((NOTO,), HD, language)).splitlines()[4]

    tags = ("ja", "zh-CN", "zh-TW", "zh-Hant", "yue", "ko-KR")
    forms = ["ja", "zh", "", "", "", "ko"]
    assert [told(tag) for tag in tags] == [f"Language: {each}" for each in forms]


@pytest.mark.parametrize("line", ["iPhone هو!", "12% من (BBC)"])
def test_a_line_of_arabic_runs_from_the_right_whatever_it_begins_and_ends_with(line: str) -> None:
    cue = Cue(start_s=0.0, stop_s=1.0, lines=(line, line))
    events = {
        tag: ass_text([cue], type_for((NOTO,), HD, tag)).splitlines()[-1] for tag in ["ar", "en"]
    }
    directed = f"\u200f{line}\u200f"
    assert events["ar"].endswith(f",{directed}\\N{directed}")
    assert events["en"].endswith(f",{line}\\N{line}")


def test_a_font_with_axes_is_measured_and_drawn_in_its_regular_weight(tmp_path: Path) -> None:
    """Its default is a hairline, and a letter of it is 0.4 em wide, of the regular weight 0.7."""
    built = FontBuilder(1000, isTTF=True)
    built.setupGlyphOrder([".notdef", "a"])
    built.setupCharacterMap({ord("a"): "a"})
    pen = TTGlyphPen(None)
    for place in ((0, 0), (0, 500), (300, 500)):
        (pen.lineTo if place[0] or place[1] else pen.moveTo)(place)
    pen.closePath()
    built.setupGlyf({".notdef": TTGlyph(), "a": pen.glyph()})
    built.setupHorizontalMetrics({".notdef": (500, 0), "a": (400, 0)})
    built.setupHorizontalHeader(ascent=800, descent=-200)
    built.setupNameTable({"familyName": "Made Thin", "styleName": "Regular"})
    built.setupOS2(usWinAscent=900, usWinDescent=300)
    built.setupPost()
    built.setupFvar([("wght", 100, 100, 900, "Weight")], [])
    wider = [(0, 0), (0, 0), (0, 0), (0, 0), (800, 0), (0, 0), (0, 0)]
    built.setupGvar({"a": [TupleVariation({"wght": (0.0, 1.0, 1.0)}, wider)]})
    built.save(tmp_path / "thin.ttf")
    font = font_at(tmp_path / "thin.ttf")
    assert (font.family, height_of(font)) == ("Made Thin", 1.2)
    assert pillow_font(font, 100).getlength("aa") == 140
    copy_regular(font, tmp_path, "copy")
    copied = ImageFont.truetype(tmp_path / "copy.ttf", 100, layout_engine=ImageFont.Layout.BASIC)
    assert copied.getlength("aa") == 140


def test_a_font_is_found_by_the_name_that_libass_knows() -> None:
    (font,) = lettering_for("今日は", Fonts()).fonts
    assert font.family == "Noto Sans CJK TC Regular"
    assert ImageFont.truetype(font.path, 20).getname()[0] == "Noto Sans CJK TC"


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
    whole = bytearray(Path(NOTO.path).read_bytes())
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
