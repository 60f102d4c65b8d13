"""Scripts in files: text, cues with their speakers, translations; and what is wrong with them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from manifests.errors import BadInput
from pipeline.captions.cue import RULES
from pipeline.captions.script_cues import in_lines
from pipeline.captions.timed_script import (
    LONGEST_CUE,
    ScriptFile,
    read_script,
    refuse_beyond,
    with_speakers,
)
from pipeline.captions.xliff import _OLD
from pipeline.timed_cues import TimedScript, is_timed

SRT = "1\n00:00:01,000 --> 00:00:02,000\nGood evening.\n\n2\n00:00:03,000 --> 00:00:04,000\nBye.\n"
VTT = "WEBVTT\n\nhello\n00:01.000 --> 00:02.000\n<v Ada>Good\nevening.\n"
TTML = (
    '<tt xmlns="http://www.w3.org/ns/ttml" xmlns:ttm="http://www.w3.org/ns/ttml#metadata">'
    '<head><metadata><ttm:agent xml:id="a"><ttm:name>Ada</ttm:name></ttm:agent></metadata></head>'
    '<body><div><p xml:id="hello" begin="1s" end="2s" ttm:agent="a">Good<br/>evening.</p></div>'
    "</body></tt>"
)


def file(text: str | bytes, name: str) -> ScriptFile:
    return ScriptFile(data=text.encode() if isinstance(text, str) else text, name=name)


def cues(text: str | bytes, name: str = "a.srt", source: ScriptFile | None = None) -> TimedScript:
    found = read_script(file(text, name), source, "de")
    assert isinstance(found, TimedScript)
    return found


def refused(
    text: str | bytes, name: str = "a.srt", source: ScriptFile | None = None
) -> tuple[str, str]:
    with pytest.raises(BadInput) as error:
        read_script(file(text, name), source, "de")
    assert name in error.value.message
    return error.value.code, error.value.message


def srt(*times: str) -> str:
    return "\n".join(f"{at}\n{each}\nHi.\n" for at, each in enumerate(times, start=1))


@pytest.mark.parametrize(("text", "name"), [(VTT, "a.vtt"), (TTML, "a.ttml"), (TTML, "b.XML")])
def test_cues_have_their_times_lines_and_speakers(text: str, name: str) -> None:
    (cue,) = cues(text, name).cues
    assert (cue.start_s, cue.stop_s, cue.lines, cue.speaker) == (1, 2, ("Good", "evening."), "Ada")
    assert cue.label == "cue 1 at 00:00:01.000"
    assert cue.said == "Good evening."


def test_a_text_is_text() -> None:
    assert read_script(file("Good evening.\r\n", "a.txt"), None, "en") == "Good evening.\n"
    assert not is_timed("/in/a.TXT")
    assert is_timed("/in/a.vtt")


def test_the_head_of_a_cue_names_its_speaker_in_capitals_or_as_one_of_the_voices() -> None:
    heads = {
        "ADA: Hi.": "ADA",
        "Ben: Hi.": "Ben",
        "Note: Hi.": "",
        "At 10:30 we go.": "",
        "A: b": "",
    }
    for text, speaker in heads.items():
        script = cues(f"1\n00:00:01,000 --> 00:00:02,000\n{text}\n")
        (cue,) = with_speakers(script, {"BEN": "piper:joe"}).cues
        assert cue.speaker == speaker
        assert cue.said == ("Hi." if speaker else text)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (srt("00:00:01,000 --> 00:00:03,000", "00:00:02,500 --> 00:00:04,000"),
         "cue 2 at 00:00:02.500 overlaps cue 1, which ends 0.500 s later"),
        (srt("00:00:05,000 --> 00:00:06,000", "00:00:01,000 --> 00:00:02,000"),
         "cue 2 at 00:00:01.000 goes back before cue 1 at 00:00:05.000"),
        (srt("00:00:01,000 --> 00:00:01,000"), "cue 1 at 00:00:01.000 ends at 00:00:01.000, which"),
        (srt("99:00:01,000 --> 99:00:02,000"), "ends beyond the 7200 s"),
        ("1\n00:00:01,000 --> 00:00:02,000\n\n", "cue 1 at 00:00:01.000 is empty"),
        (f"1\n00:00:01,000 --> 00:00:02,000\n{'a ' * LONGEST_CUE}", "characters, at most"),
    ],
)  # fmt: skip
def test_cues_that_cannot_be_spoken_are_told_with_number_and_time(text: str, told: str) -> None:
    code, message = refused(text)
    assert code == "cues_wrong"
    assert told in message


def test_all_wrong_cues_are_told_at_once() -> None:
    times = ["00:00:02,000 --> 00:00:03,000", "00:00:01,000 --> 00:00:01,500"]
    _, message = refused(srt(*times, "00:00:01,200 --> 00:00:01,100"))
    assert message.count("cue 2 at") + message.count("cue 3 at") == 3


def test_a_cue_of_two_speakers_is_refused_by_their_names() -> None:
    text = "WEBVTT\n\n00:01.000 --> 00:02.000\n<v Ada>Hi.\n<v Ben>Hello.\n"
    assert "several speakers (Ada, Ben)" in refused(text, "a.vtt")[1]


def test_cues_beyond_the_end_of_the_video_are_told() -> None:
    script = cues(SRT)
    refuse_beyond(script, None)
    refuse_beyond(script, 4.0)
    with pytest.raises(BadInput, match=r"cue 2 at 00:00:03.000 ends at 00:00:04.000"):
        refuse_beyond(script, 3.5)


@pytest.mark.parametrize(
    ("text", "name", "told"),
    [
        ("Schöner Abend".encode("latin-1"), "a.srt", "Windows-1252"),
        ("", "a.srt", "has no cues"),
        ("Hello", "a.vtt", "WEBVTT"),
        ("Hello", "a.docx", "none of .txt, .srt"),
        ("Hello", "script", "no suffix"),
        (b"\xff\xfe\xd8", "a.txt", "is not UTF-16"),
    ],
)
def test_what_cannot_be_read_is_refused_with_a_reason(
    text: str | bytes, name: str, told: str
) -> None:
    code, message = refused(text, name)
    assert code == "script_unreadable"
    assert told in message


def xliff(units: dict[str, str], language: str = "de-DE") -> str:
    body = "".join(
        f'<trans-unit id="{name}"><source>x</source>'
        f"{f'<target>{text}</target>' if text else ''}</trans-unit>"
        for name, text in units.items()
    )
    return (
        f'<xliff xmlns="{_OLD}" version="1.2"><file target-language="{language}"><body>{body}'
        "</body></file></xliff>"
    )


@pytest.mark.parametrize(
    ("source", "name", "ids"),
    [(SRT, "a.srt", ["1", "2"]), (VTT, "a.vtt", ["hello"]), (TTML, "a.ttml", ["hello"]),
     (SRT.replace("1\n", "17\n").replace("2\n", "5\n"), "a.srt", ["17", "5"]),
     (VTT.replace("hello\n", ""), "a.vtt", ["1"])],
)  # fmt: skip
def test_a_translation_has_the_times_of_the_cues_that_its_ids_name(
    source: str, name: str, ids: list[str]
) -> None:
    units = {each: f"Satz {each}." for each in reversed(ids)}
    found = cues(xliff(units), "a.xlf", file(source, name)).cues
    assert [cue.said for cue in found] == [f"Satz {each}." for each in ids]
    assert [cue.start_s for cue in found] == [1.0, 3.0][: len(ids)]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (xliff({"1": "", "2": "Ja."}), "unit '1' has no target, or one that is not translated yet"),
        (xliff({"1": "Ja.", "2": "Ja.", "9": "Ja."}), "unit '9' names no cue of a.srt"),
        (xliff({"1": "Ja."}), "cue 2 at 00:00:03.000 (2) is in no unit"),
        (
            xliff({"1": "Ja.", "2": "Ja."}).replace('id="2"', 'id="1"'),
            "unit '1' stands there twice",
        ),
        (xliff({"1": "Oui.", "2": "Non."}, "fr"), "in 'fr' and the row is in 'de'"),
        (xliff({}), "in no unit"),
    ],
)
def test_a_translation_that_does_not_go_with_its_source_is_refused(text: str, told: str) -> None:
    code, message = refused(text, "a.xliff", file(SRT, "a.srt"))
    assert code == "translation_wrong"
    assert told in message


def test_a_translation_needs_a_source_with_times() -> None:
    assert "source_script_uri" in refused(xliff({"1": "Ja."}), "a.xlf")[1]
    assert refused(xliff({"1": "Ja."}), "a.xml")[0] == "translation_wrong"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("-5 degrees", "-5 degrees"),
        ("\u20133 \u00b0C", "\u20133 \u00b0C"),
        ("- 5 degrees", "5 degrees"),
        ("-Hello.", "Hello."),
    ],
)
def test_a_minus_before_a_figure_is_no_dash_of_a_dialogue(text: str, said: str) -> None:
    (cue,) = cues(f"WEBVTT\n\n00:01.000 --> 00:02.000\n{text}\n", "a.vtt").cues
    assert cue.said == said


@pytest.mark.parametrize("text", ["ACHTUNG: Stufe!", "NOTE: do not open.", "TEL: 555 0199"])
def test_a_word_in_capitals_that_names_nobody_is_said_and_shown(text: str) -> None:
    script = cues(f"WEBVTT\n\n00:01.000 --> 00:02.000\n{text}\n", "a.vtt")
    (cue,) = with_speakers(script, {}).cues
    assert (cue.speaker, cue.said) == ("", text)


def test_a_speaker_of_the_row_is_known_whatever_blanks_are_around_the_name() -> None:
    script = cues("WEBVTT\n\n00:01.000 --> 00:02.000\nBen: hello\n", "a.vtt")
    (cue,) = with_speakers(script, {" Ben ": "test:low"}).cues
    assert (cue.speaker, cue.said) == ("Ben", "hello")


def test_a_line_too_wide_for_the_picture_is_broken_in_two_as_short_as_can_be() -> None:
    rules = replace(RULES, line_characters=26)
    line = "Die Reparatur kostete 2,5 Mio. € und dauerte vier Jahre."
    lines = in_lines((line,), rules, spaced=True, language="de")
    assert lines == ("Die Reparatur kostete 2,5 Mio. €", "und dauerte vier Jahre.")
    unbroken = "x" * 60
    assert "".join(in_lines((unbroken,), rules, spaced=True)) == unbroken
