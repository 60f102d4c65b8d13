"""Whatever stands in a script or a name, our captions are read by the libraries of others."""

from __future__ import annotations

import io
from xml.etree import ElementTree as ET

import pysubs2
import pytest
import ttconv.imsc.reader as imsc  # type: ignore[import-untyped]  # no types in ttconv
import ttconv.vtt.reader as webvtt  # type: ignore[import-untyped]
from hypothesis import given
from hypothesis import strategies as st

from manifests.artifact import Artifact
from pipeline.captions.cue import Cue
from pipeline.captions.deliverables import caption_warnings, with_name, without
from pipeline.captions.read import read_captions
from pipeline.captions.text import holdable, named
from pipeline.captions.write import WRITERS, Format
from pipeline.nouns import Captions
from pipeline.words import Word, Words

FORMATS: tuple[Format, ...] = ("srt", "vtt", "ttml")
ODD = "\0\x01\x08\x0b\x0c\x1b\x1f\x7f\x85\x9f\u2028\ufffe\uffff\ufdd0\ud800\udfff\ufeff"
TEXTS = st.text(
    st.one_of(st.sampled_from(ODD + "<>&{}\\/-!'\"\n\r\t aN8i1"), st.characters()), max_size=20
)
MARKUP = st.sampled_from(
    ["-->", "--", "00:00:01,000", "</v><script>", "<i>", "{\\an8}", "<v Eve>", "WEBVTT",
     "NOTE", "STYLE", "]]>", "&amp;", "&lt;", "<!--", "<?xml?>", "7", "a", "{b}"]
)  # fmt: skip
LINES = st.lists(st.lists(st.one_of(TEXTS, MARKUP), max_size=3).map("".join), max_size=2)
CUES = st.lists(
    st.builds(
        lambda shown, speaker: (tuple(shown), speaker), LINES, st.one_of(TEXTS, MARKUP)
    ),
    min_size=1,
    max_size=4,
).map(
    lambda drawn: tuple(
        Cue(start_s=2.0 * at, stop_s=2.0 * at + 1.5, lines=shown, speaker=speaker)
        for at, (shown, speaker) in enumerate(drawn)
    )
)  # fmt: skip


def seen(lines: tuple[str, ...]) -> tuple[str, ...]:
    """What may be shown of them."""
    kept = (" ".join(holdable(line).split()) for line in lines)
    return tuple(line for line in kept if line)


def without_marks(text: str) -> str:
    return "".join(letter for letter in text if not 0x200E <= ord(letter) <= 0x2069)


@given(CUES)
def test_ttml_is_xml_and_ttml_to_others_whatever_is_said(cues: tuple[Cue, ...]) -> None:
    data = WRITERS["ttml"](cues, "en").encode()
    tree = ET.ElementTree(ET.fromstring(data))  # noqa: S314  # our own
    document = imsc.to_model(tree)
    (div,) = document.get_body()
    assert len(list(div)) == len(cues)
    read = read_captions(data, "a.ttml")
    expected = [" ".join(" ".join(seen(cue.lines)).split()) for cue in cues]
    assert [" ".join(" ".join(cue.lines).split()) for cue in read] == [
        " ".join(without_marks(each).split()) for each in expected
    ]


@given(CUES.filter(lambda cues: not any("00:00:01,000" in "".join(cue.lines) for cue in cues)))
def test_subrip_has_no_cue_and_no_tag_but_ours_to_others(cues: tuple[Cue, ...]) -> None:
    text = WRITERS["srt"](cues, "en").encode().decode()
    theirs = pysubs2.SSAFile.from_string(text + f"{len(cues) + 1}\n", format_="srt")
    assert [(event.start, event.end) for event in theirs] == [
        (2000 * at, 2000 * at + 1500) for at in range(len(cues))
    ]
    assert "{\\" not in text
    assert not any(f"<{letter}" in text for letter in "abcivuABCIVU/!?")
    read = read_captions(text.encode(), "a.srt")
    assert len(read) == len(cues)


@given(CUES)
def test_webvtt_has_no_cue_but_ours_to_others(cues: tuple[Cue, ...]) -> None:
    text = WRITERS["vtt"](cues, "en").encode().decode()
    shown = [cue for cue in cues if seen(cue.lines) or seen((cue.speaker,))]
    document = webvtt.to_model(io.StringIO(text))
    body = list(document.get_body())
    assert sum(len(list(div)) for div in body) == len(shown)
    read = read_captions(text.encode(), "a.vtt")
    assert [cue.speaker for cue in read if cue.speaker] == [
        without_marks(name) for cue in cues for name in seen((cue.speaker,)) if without_marks(name)
    ]


@pytest.mark.parametrize("kind", FORMATS)
def test_what_xml_cannot_hold_is_left_out_of_all_captions(kind: Format) -> None:
    cue = Cue(start_s=0, stop_s=2, lines=("Go\x01od\ufffe", "\x07"), speaker="A\x1bda\uffff")
    text = WRITERS[kind]([cue], "en")
    assert "Good" in text
    assert ("Ada" in text) == (kind != "srt")
    assert not set(text) & set(ODD)


def test_times_in_a_script_begin_no_cue_of_subrip() -> None:
    cue = Cue(start_s=0, stop_s=2, lines=("7", "00:00:01,000 --> 00:00:02,000"))
    (read,) = read_captions(WRITERS["srt"]([cue], "en").encode(), "a.srt")
    assert read.lines == ("7", "00:00:01,000 → 00:00:02,000")


def test_an_arrow_of_times_in_a_script_is_an_arrow_in_subrip() -> None:
    cue = Cue(start_s=0, stop_s=2, lines=("a --> b",))
    assert WRITERS["srt"]([cue], "en").splitlines()[2] == "a → b"


def test_signs_that_were_left_out_are_told_once_with_the_kinds_of_captions() -> None:
    words = Words(
        words=tuple(
            Word(text=text, start_s=0, stop_s=1, sentence=0) for text in ("♪", "la\x01", "♪la")
        )
    )
    kept = without(words, "\x01♪")
    assert [word.text for word in kept.words] == ["la", "la"]
    assert without(words, "") is words
    assert with_name(without(words, "\x01♪la").words, "Ada") == ()
    assert named("\x01♪é") == "U+0001, ♪ (U+266A), U+00E9"
    files = [a_file("srt", "\x01"), a_file("vtt", "\x01"), a_file("captioned", "♪")]
    assert caption_warnings(files) == (
        "signs_left_out: srt, vtt: signs that cannot be shown are left out: U+0001",
        "signs_left_out: captioned: signs that cannot be shown are left out: ♪ (U+266A)",
    )
    (told,) = caption_warnings([a_file("srt", ODD)])
    assert told.endswith(", ...")


def a_file(kind: str, left_out: str) -> Captions:
    file = Artifact(uri="file:///a", sha256="0" * 64, bytes=1)
    return Captions(format=kind, file=file, breaches=0, left_out=left_out)
