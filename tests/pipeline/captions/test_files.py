from __future__ import annotations

from fractions import Fraction
from xml.etree.ElementTree import ElementTree, fromstring

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ttconv import model
from ttconv.imsc.reader import to_model
from ttconv.isd import ISD
from ttconv.style_properties import StyleProperties

from manifests.errors import BadInput
from pipeline.captions.check import breaches_of
from pipeline.captions.cue import Cue
from pipeline.captions.read import read_captions
from pipeline.captions.write import WRITERS, Format

FORMATS: tuple[Format, ...] = ("srt", "vtt", "ttml")


def a_cue(start_s: float = 0.0, stop_s: float = 2.0, *lines: str, speaker: str = "") -> Cue:
    return Cue(start_s=start_s, stop_s=stop_s, lines=lines or ("Good evening.",), speaker=speaker)


def rules(*cues: Cue) -> list[str]:
    return [breach.rule for breach in breaches_of(cues)]


LINES = st.text(
    st.characters(codec="utf-8", exclude_categories=("C", "Z", "M")), min_size=1, max_size=42
)
CUES = st.lists(
    st.tuples(st.integers(21, 175), st.lists(LINES, min_size=1, max_size=2), st.just("")),
    min_size=1,
    max_size=8,
)


@pytest.mark.parametrize("kind", FORMATS)
@given(drawn=CUES, language=st.sampled_from(["en", "he", "ar-EG", "ja"]))
def test_what_is_written_is_read_again(
    kind: Format, drawn: list[tuple[int, list[str], str]], language: str
) -> None:
    cues, at = [], 0
    for frames, lines, _ in drawn:
        shown = tuple(line.replace("-->", "==>") for line in lines)
        if kind == "srt":  # which cannot hold what begins markup: that has its own test
            shown = tuple(line.replace("<", "(").replace("{", "(") for line in shown)
        cues.append(Cue(start_s=at / 25, stop_s=(at + frames) / 25, lines=shown))
        at += frames + 2
    text = WRITERS[kind](cues, language)
    assert read_captions(text.encode(), f"file.{kind}") == tuple(cues)


@pytest.mark.parametrize("kind", ["vtt", "ttml"])
def test_the_speaker_is_kept(kind: Format) -> None:
    cues = (a_cue(speaker="Ada & Co"), a_cue(3.0, 5.0, "And me.", speaker="<Eve>"))
    text = WRITERS[kind](cues, "en")
    assert [cue.speaker for cue in read_captions(text.encode(), f"a.{kind}")] == [
        "Ada & Co", "<Eve>",
    ]  # fmt: skip


@pytest.mark.parametrize("kind", ["srt", "vtt"])
def test_lines_that_run_from_the_right_say_so_at_both_ends(kind: Format) -> None:
    text = WRITERS[kind]([a_cue(0, 2, "3 ימים.")], "he")
    assert "\u200f3 ימים.\u200f\n" in text


def test_ttml_says_which_way_a_language_runs() -> None:
    for language, direction, bidi in (("he", "rtl", "embed"), ("en", "ltr", "normal")):
        text = WRITERS["ttml"]([a_cue(0, 2, "3 ימים.")], language)
        tree = ElementTree(fromstring(text))  # noqa: S314  # written by ourselves
        (region,) = ISD.from_model(to_model(tree), Fraction(1)).iter_regions()
        (paragraph,) = (each for each in region.dfs_iterator() if isinstance(each, model.P))
        assert paragraph.get_style(StyleProperties.Direction).value == direction
        assert paragraph.get_style(StyleProperties.UnicodeBidi).value == bidi
        assert paragraph.get_style(StyleProperties.TextAlign).value == "center"


def test_markup_in_words_stays_text() -> None:
    cues = (a_cue(0, 2, r"<b>1 < 2</b> &amp; {\an8}{x}", "a --> b"),)
    for kind in FORMATS:
        (read,) = read_captions(WRITERS[kind](cues, "en").encode(), f"a.{kind}")
        assert read.lines == (cues[0].lines if kind != "srt" else IN_SRT)


IN_SRT = ("\u2039b>1 < 2\u2039/b> &amp; {/an8}{x}", "a → b")
"""Which cannot escape: what players take for markup stands in signs that look much the same."""


NOTED = """WEBVTT - made elsewhere

NOTE
hello

00:01.000 --> 00:03.000 align:start
<i>Hi.</i>
"""
WINDOWS = (
    "\ufeff1\r\n00:00:01,000 --> 00:00:03,000\r\nHi.\r\n\r\n"
    "2\r\n00:00:04,000 --> 00:00:06,000\r\nYou."
)
OFFSETS = (
    '<tt xmlns="http://www.w3.org/ns/ttml"><body><div>'
    '<p begin="1s" end="3000ms">Hi.</p></div></body></tt>'
)


def test_files_of_other_makers_are_read() -> None:
    hi = a_cue(1.0, 3.0, "Hi.")
    assert read_captions(NOTED.encode(), "a.vtt") == (hi,)
    assert read_captions(WINDOWS.encode(), "a.srt") == (hi, a_cue(4.0, 6.0, "You."))
    assert read_captions(OFFSETS.encode(), "a.ttml") == (hi,)


@pytest.mark.parametrize(
    ("name", "data", "told"),
    [
        ("a.srt", b"\xff\xfe\x00", "UTF-16"),
        ("a.srt", b"1\n00:00 --> soon\nHi.\n", "no times"),
        ("a.srt", b"Once upon a time\n", "begins no cue"),
        ("a.vtt", b"1\n00:00:01.000 --> 00:00:02.000\nHi.\n", "WEBVTT"),
        ("a.ttml", b"<tt><p>", "XML"),
        ("a.ttml", b'<!DOCTYPE a [<!ENTITY b "c">]><tt/>', "document type"),
        ("a.ttml", b'<tt xmlns="http://www.w3.org/ns/ttml"><p begin="soon"/></tt>', "no time"),
        ("a.txt", b"Hi.", ".srt, .vtt, .ttml"),
    ],
)
def test_a_file_that_holds_no_captions_is_refused_with_a_reason(
    name: str, data: bytes, told: str
) -> None:
    with pytest.raises(BadInput, match=told) as refused:
        read_captions(data, name)
    assert refused.value.code == "captions_unreadable"


def test_each_breach_is_told_with_its_cue() -> None:
    assert rules(a_cue()) == []
    assert rules(a_cue(0, 0.8)) == ["too_short"]
    assert rules(a_cue(0, 7.04)) == ["too_long"]
    assert rules(a_cue(0, 7.0)) == []
    assert rules(a_cue(0, 2, "x" * 43)) == ["line_too_long", "too_fast"]
    assert rules(a_cue(0, 2, "x" * 34)) == []
    assert rules(a_cue(0, 2, "x" * 35)) == ["too_fast"]
    assert rules(a_cue(0, 2, "a", "b", "c")) == ["too_many_lines"]
    assert rules(a_cue(0, 2, " ")) == ["empty"]
    assert rules(a_cue(0, 2), a_cue(2.04, 4)) == ["gap"]
    assert rules(a_cue(0, 2), a_cue(2.08, 4)) == []
    assert rules(a_cue(0, 2), a_cue(1.5, 4)) == ["overlap"]
    assert [breach.cue for breach in breaches_of([a_cue(), a_cue(3, 3.2, "Hi.")])] == [2]
