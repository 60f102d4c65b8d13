"""Captions for drawing: they fit the picture, say nothing else than the words, and have glyphs."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jobs.config import load_config
from manifests.errors import BadInput, ManifestUnusable
from pipeline.captions.burn import SAFE, SMALLEST, ass_text, cues_in_picture, type_for
from pipeline.captions.cue import RULES, Cue
from pipeline.media.fonts import Fonts, carried_fonts, font_for, letters_of
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
    assert font_for("Größe", Fonts()) == font
    with pytest.raises(BadInput, match=r"no font here \(Noto Sans\) .*such as 上 好; name a font"):
        font_for("晚上好。"[1:3] + "ok", Fonts())


def test_a_file_that_is_no_font_is_refused_by_name(tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.ttf"
    wrong.write_bytes(b"no font")
    for path in (wrong, tmp_path / "absent.ttf"):
        with pytest.raises(ManifestUnusable, match=f"caption_fonts: {path} is not") as caught:
            load_config(None, caption_fonts=[path])
        assert caught.value.code == "font_wrong"
