"""Caption files as other programs write them: read by their meaning, or refused with a reason."""

from __future__ import annotations

import re

import pysubs2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from manifests.errors import BadInput
from pipeline.captions.bounded_xml import DEEPEST, MOST_ELEMENTS
from pipeline.captions.check import breaches_of
from pipeline.captions.cue import Cue
from pipeline.captions.read import LARGEST_BYTES, MOST_CUES, read_captions

TIMES = "00:00:01,000 --> 00:00:03,000"


def srt(text: str) -> tuple[Cue, ...]:
    return read_captions(text.encode(), "a.srt")


def vtt(text: str) -> tuple[Cue, ...]:
    return read_captions(f"WEBVTT\n{text}".encode(), "a.vtt")


def ttml(body: str, head: str = "", space: str = "http://www.w3.org/ns/ttml") -> tuple[Cue, ...]:
    names = f'xmlns="{space}" xmlns:ttp="{space}#parameter" xmlns:tts="{space}#styling"'
    text = f"<tt {names} {head}><body><div>{body}</div></body></tt>"
    return read_captions(text.encode(), "a.ttml")


def times(cues: tuple[Cue, ...]) -> list[tuple[float, float]]:
    return [(cue.start_s, cue.stop_s) for cue in cues]


def lines(cues: tuple[Cue, ...]) -> list[tuple[str, ...]]:
    return [cue.lines for cue in cues]


def test_a_blank_line_in_a_cue_of_subrip_is_part_of_it() -> None:
    cues = srt(f"1\n{TIMES}\nGood evening,\n\neveryone.\n\n2\n00:00:04,500 --> 00:00:06,500\nHi.\n")
    assert lines(cues) == [("Good evening,", "", "everyone."), ("Hi.",)]


def test_a_cue_of_subrip_ends_at_the_next_times_without_a_blank_line_too() -> None:
    cues = srt(f"1\n{TIMES}\nGood evening.\n2\n00:00:03,500 --> 00:00:06,000\nWe open at six.\n")
    assert lines(cues) == [("Good evening.",), ("We open at six.",)]


def test_a_number_that_is_said_stays_text() -> None:
    cues = srt(f"1\n{TIMES}\nThe answer is\n42\n\n2\n00:00:04,000 --> 00:00:06,000\n42")
    assert lines(cues) == [("The answer is", "42"), ("42",)]


@pytest.mark.parametrize(
    "written",
    [
        "\ufeff1\r\n00:00:01,000 --> 00:00:03,000\r\nHi.",
        "1.\n00:00:01,000 --> 00:00:03,000\nHi.",
        "00:00:01,000 --> 00:00:03,000\nHi.",
        "1\n00:01,000 --> 00:03,000\nHi.",
        "1\n00:00:01.000 --> 00:00:03,000\nHi.",
        "1\n0:0:1,0 --> 0:0:3,0\nHi.",
        "1\n00:00:01 --> 00:00:03\nHi.",
        "1\n00:00:01:000 --> 00:00:03:000\nHi.",
        "1\n00:00:01,000-->00:00:03,000 X1:100 X2:200\n\n  \nHi.\n\n\n",
        "1\n00:00:01,000 --> 00:00:03,000\n\u200fHi.\u200e",
    ],
)
def test_times_and_numbers_of_subrip_are_read_as_players_read_them(written: str) -> None:
    assert srt(written) == (Cue(start_s=1.0, stop_s=3.0, lines=("Hi.",)),)


TAGGED = st.lists(
    st.sampled_from(
        ["<i>", "</i>", '<font color="#ffff00">', "</font>", "{\\an8}", "{\\i1}", "a", "3", " b "]
    ),
    max_size=12,
).map("".join)


@given(TAGGED)
def test_tags_of_subrip_take_no_place_as_pysubs2_reads_them(text: str) -> None:
    cues = srt(f"1\n{TIMES}\nx{text}x")
    theirs = pysubs2.SSAFile.from_string(f"1\n{TIMES}\nx{text}x\n\n2", format_="srt")
    assert lines(cues) == [(theirs[0].plaintext,)]


def test_what_is_no_tag_of_subrip_is_counted() -> None:
    text = r"1 < 2 <3 C:\new {so} <"
    assert lines(srt(f"1\n{TIMES}\n{text}")) == [(text,)]


def test_a_line_of_one_blank_is_text_in_webvtt() -> None:
    rolling = (
        "Kind: captions\nLanguage: en\n\n00:00:00.800 --> 00:00:02.800 align:start position:0%\n \n"
        "good<00:00:01.040><c> evening</c><00:00:01.900><c> everyone</c>\n"
    )
    (cue,) = vtt(rolling)
    assert cue.lines == (" ", "good evening everyone")
    assert breaches_of([cue]) == []


def test_styles_regions_notes_and_ids_of_webvtt_are_no_cues() -> None:
    cues = vtt(
        "X-TIMESTAMP-MAP=LOCAL:00:00:00.000,MPEGTS:0\n\nSTYLE\n::cue { color: red }\n\n"
        "REGION\nid:a\n\n"
        "NOTE\n\nNOTE one\ntwo\n\nintro\n00:01.000 --> 00:03.000 region:a line:-1\n"
        "<v.loud Ada &amp; Co>R&D &lt;is&gt; &nbsp;here</v>\n00:04.000 --> 00:05.000\nHi."
    )
    assert [cue.speaker for cue in cues] == ["Ada & Co", ""]
    assert lines(cues) == [("R&D <is> \xa0here",), ("Hi.",)]
    assert times(cues) == [(1.0, 3.0), (4.0, 5.0)]


def test_a_webvtt_file_of_nothing_has_no_cues() -> None:
    assert vtt("") == ()
    assert vtt("\n\nNOTE\n") == ()


NTSC = 'ttp:frameRate="30" ttp:frameRateMultiplier="1000 1001"'
DROPPED = f'{NTSC} ttp:timeBase="smpte" ttp:dropMode="dropNTSC"'


@pytest.mark.parametrize(
    ("head", "begin", "end", "expected"),
    [
        ('ttp:frameRate="25"', "00:00:01:00", "00:00:03:12", (1.0, 3.48)),
        ('ttp:frameRate="25"', "88f", "150f", (3.52, 6.0)),
        ("", "15f", "60f", (0.5, 2.0)),
        (NTSC, "300f", "3000f", (10.01, 100.1)),
        (NTSC.replace("0 1", "0:1"), "300f", "3000f", (10.01, 100.1)),
        (DROPPED, "00:01:00:02", "00:10:00:00", (60.06, 600.0)),
        ('ttp:tickRate="10000000"', "10000000t", "30000000t", (1.0, 3.0)),
        ('ttp:frameRate="25"', "25t", "50t", (1.0, 2.0)),  # a tick is a frame unless it is told
        ("", "1t", "2t", (1.0, 2.0)),
        ("", "1:00:00.5", "100:00:00", (3600.5, 360000.0)),
        ("", "0.5m", "0.01h", (30.0, 36.0)),
    ],
)  # fmt: skip
def test_every_kind_of_time_of_ttml_is_read(
    head: str, begin: str, end: str, expected: tuple[float, float]
) -> None:
    (cue,) = ttml(f'<p begin="{begin}" end="{end}">Hi.</p>', head)
    assert (cue.start_s, cue.stop_s) == pytest.approx(expected, abs=0.001)


def test_times_of_ttml_are_told_from_the_beginning_of_what_they_stand_in() -> None:
    cues = ttml(
        '<div begin="10s" end="20s"><p begin="1s" dur="2s">a</p><p begin="5s">b</p>'
        '<div begin="2s"><p begin="1s" end="60s">c</p></div></div>'
        '<div timeContainer="seq"><p dur="2s">d</p><p dur="3s">e</p></div>'
    )
    assert times(cues) == [(11, 13), (15, 20), (13, 20), (0, 2), (2, 5)]


def test_spans_that_alone_have_times_are_cues_of_their_own() -> None:
    cues = ttml('<p> <span begin="1s" end="2s">a</span>\n<span begin="3s" dur="1s">b</span> </p>')
    assert (times(cues), lines(cues)) == ([(1, 2), (3, 4)], [("a",), ("b",)])
    rolling = ttml('<p begin="1s" end="5s"><span begin="0s">a </span><span begin="1s">b</span></p>')
    assert (times(rolling), lines(rolling)) == ([(1, 5)], [("a b",)])


def test_text_of_ttml_is_what_is_seen_of_it() -> None:
    (cue,) = ttml(
        '<p begin="1s" end="2s">\n  a<metadata>no</metadata> b<br/>\n <span tts:ruby="container">'
        '<span tts:ruby="base">c</span><span tts:ruby="text">no</span></span>\n  d </p>'
    )
    assert cue.lines == ("a b", "c d")


@pytest.mark.parametrize("year", ["2006/10", "2006/04"])
def test_the_older_names_of_ttml_are_read(year: str) -> None:
    space = f"http://www.w3.org/{year}/ttaf1"
    (cue,) = ttml('<p begin="50f" end="75f">Hi.</p>', 'ttp:frameRate="25"', space)
    assert (cue.start_s, cue.stop_s, cue.lines) == (2.0, 3.0, ("Hi.",))


@pytest.mark.parametrize("coding", ["utf-16", "utf-8-sig", "utf-8"])
def test_text_that_says_how_it_is_encoded_is_read(coding: str) -> None:
    cue = Cue(start_s=1.0, stop_s=3.0, lines=("Un café.",))
    assert read_captions(f"1\n{TIMES}\nUn café.\n".encode(coding), "a.srt") == (cue,)


@pytest.mark.parametrize(
    ("coding", "told"),
    [
        ("cp1252", "byte 38 is not UTF-8, and looks like Windows-1252 (cp1252)"),
        ("utf-16-le", "looks like UTF-16 without its mark; save it as UTF-8"),
    ],
)
def test_text_in_another_encoding_is_refused_with_what_it_looks_like(
    coding: str, told: str
) -> None:
    with pytest.raises(BadInput, match=re.escape(told)):
        read_captions(f"1\n{TIMES}\nUn café.\n".encode(coding), "a.srt")


P = '<p begin="{}" end="2s">a</p>'
WRONG_TTML = {
    "a time of 5,000 digits": (P.format("9" * 5000 + "s"), "", "is no time"),
    "hours of 5,000 digits": (P.format("9" * 5000 + ":00:00"), "", "is no time"),
    "a minute of 60 s": (P.format("00:00:60"), "", "is no time"),
    "frame 25 of 25": (P.format("00:00:00:25"), 'ttp:frameRate="25"', "is no time"),
    "a clock's time": (P.format("wallclock(2026-01-01)"), "", "is no time"),
    "a rate of nothing": (P.format("1f"), 'ttp:frameRate="0"', "its frameRate '0'"),
    "no ticks": (P.format("1t"), 'ttp:tickRate="0"', "its tickRate '0'"),
    "times of a clock": (P.format("1s"), 'ttp:timeBase="clock"', "its timeBase 'clock'"),
    "no end": ("<p>a</p>", "", "'a' is shown without an end"),
    "no time": (P.format("2s"), "", "its paragraph 1 is shown for no time"),
    "no body": ("</div></body><p begin='1s' end='2s'>a</p><body><div>", "", None),
    "spans in spans": ("<p>" + "<span>" * 5000 + "</span>" * 5000 + "</p>", "", "nest deeper"),
    "divs in divs": ("<div>" * DEEPEST + "</div>" * DEEPEST, "", "nest deeper"),
    "too many": ("<p/>" * MOST_ELEMENTS, "", "are more than"),
}


@pytest.mark.parametrize(("body", "head", "told"), WRONG_TTML.values(), ids=WRONG_TTML.keys())
def test_ttml_that_has_no_meaning_is_refused_with_a_reason(
    body: str, head: str, told: str | None
) -> None:
    if told is None:
        assert ttml(body, head) == ()
        return
    with pytest.raises(BadInput, match=re.escape(told)) as refused:
        ttml(body, head)
    assert len(refused.value.message) < 200


def test_what_stands_before_the_first_cue_or_is_of_another_kind_is_refused() -> None:
    for text, told in (
        ("Hello\n1\n00:00:01,000 --> 00:00:02,000\nHi.", "'Hello' begins no cue"),
        ("1\n2\n00:00:01,000 --> 00:00:02,000\nHi.", "'1' begins no cue"),
        ("1\n1000:00:01,000 --> 1000:00:02,000\nHi.", "are no times"),
        ("1\n00:00:01,000 --> soon\nHi.", "are no times"),
    ):
        with pytest.raises(BadInput, match=re.escape(told)):
            srt(text)
    with pytest.raises(BadInput, match="the `tt` of TTML"):
        read_captions(b"<smil/>", "a.ttml")


def test_what_is_too_large_is_refused_before_it_is_read() -> None:
    with pytest.raises(BadInput, match="larger than 8 MiB"):
        read_captions(b"\n" * (LARGEST_BYTES + 1), "a.srt")
    with pytest.raises(BadInput, match="more than 20,000 cues"):
        srt(f"{TIMES}\na\n" * (MOST_CUES + 1))


UNREADABLE = "captions_unreadable"


def outcome(data: bytes, name: str) -> tuple[Cue, ...] | BadInput:
    try:
        return read_captions(data, name)
    except BadInput as error:
        return error


HOSTILE = ["<v ", "<a", "<", "{\\", "&", "&#9", "\n", " \n", "a\n", "1\n", "-->", "<a>", "\u200f"]


@pytest.mark.parametrize("name", ["a.srt", "a.vtt"])
@pytest.mark.parametrize("unit", HOSTILE)
@pytest.mark.parametrize("begin", ["", "<v", "&#", "<v.", "{\\", "</a"])
def test_a_hostile_text_ends_in_cues_or_in_a_sentence(unit: str, begin: str, name: str) -> None:
    """Patterns that tried each beginning to the end took minutes for so much."""
    text = f"WEBVTT\n\n{TIMES}\n{begin}{unit * (200_000 // len(unit))}"
    text = text if name == "a.vtt" else text.removeprefix("WEBVTT\n\n")
    ended = outcome(text.encode(), name)
    assert isinstance(ended, tuple) or (ended.code, len(ended.message) < 200) == (UNREADABLE, True)


@given(st.sampled_from([".srt", ".vtt", ".ttml"]), st.binary(max_size=300))
def test_any_bytes_end_in_cues_or_in_a_sentence(suffix: str, data: bytes) -> None:
    for begun in (b"", b"WEBVTT\n\n00:01.000 --> 00:02.000\n", b"1\n00:01,000 --> 00:02,000\n"):
        ended = outcome(begun + data, f"a{suffix}")
        assert isinstance(ended, tuple) or ended.code == UNREADABLE
