# ruff: noqa: RUF001  # phonetic letters are meant
"""A lexicon: what it changes, and how its errors are told."""

from __future__ import annotations

from pathlib import Path

import pytest

from manifests.errors import BadInput
from pipeline.media.align import said_in_script
from pipeline.media.flite import Flite
from pipeline.media.lexicon import aloud, words_of
from pipeline.media.pronunciations import Lexicon, lexicon_of, read_lexicon
from pipeline.media.speech import check_lexicon, choose_voice, speak_script

LINES = ["# names", "", "Nguyen\twin", "New York\tnoo york", "read\t/R EH1 D/", "SQL\tsequel"]


def a_lexicon(*lines: str) -> Lexicon:
    return lexicon_of(lines, name="names.tsv")


def test_words_and_phrases_are_said_as_the_lexicon_says() -> None:
    lexicon = a_lexicon(*LINES)
    assert aloud("NGUYEN, of New York, likes SQLite.", lexicon) == (
        "win, of noo york, likes SQLite."
    )
    assert words_of("Nguyen likes SQL", lexicon) == ("win", "likes", "sequel")


def test_phones_go_to_the_voice_as_ipa_and_to_the_aligner_as_they_are() -> None:
    lexicon = a_lexicon(*LINES)
    assert aloud("I read it.", lexicon) == "I [[ɹˈɛd]] it."
    assert words_of("I read it.", lexicon) == ("i", "read/R EH D", "it")


def test_the_lexicon_has_the_word_before_the_rules() -> None:
    assert aloud("It was 1984.", a_lexicon("1984\tone nine eight four")) == (
        "It was one nine eight four."
    )


def test_every_wrong_line_is_told_by_its_number(tmp_path: Path) -> None:
    path = tmp_path / "lexicon.in"
    path.write_text("good\tgood\nno tab here\nempty\t\nx\t/R EE D/\nGood\tagain\ny\t/R EH D\n")
    with pytest.raises(BadInput) as told:
        read_lexicon(path, name="s3://b/names.tsv")
    assert told.value.code == "lexicon_wrong"
    for part in (
        "s3://b/names.tsv cannot be used as a lexicon",
        "line 2: there is no tab",
        "line 3: nothing says how 'empty' is said",
        "line 4: 'EE' is no phone of the CMU dictionary",
        "line 5: 'Good' stands on an earlier line too",
        "line 6: phones stand between two slashes",
    ):
        assert part in told.value.message


def test_a_lexicon_that_is_not_utf8_or_too_large_is_told(tmp_path: Path) -> None:
    path = tmp_path / "lexicon.in"
    path.write_bytes(b"a\tb\nc\t\xff\n")
    with pytest.raises(BadInput, match="line 2 is not UTF-8"):
        read_lexicon(path, name="names.tsv")
    path.write_bytes(b"a\tb\n" * 300_000)
    with pytest.raises(BadInput, match="more than 1 MiB"):
        read_lexicon(path, name="names.tsv")


def test_phones_for_a_voice_that_reads_none_are_refused_by_its_name() -> None:
    flite = Flite(voice="slt", program="flite", digest="")
    check_lexicon(a_lexicon("SQL\tsequel"), flite)
    with pytest.raises(BadInput, match="flite:slt cannot read the phones"):
        check_lexicon(a_lexicon("read\t/R EH D/"), flite)


def test_a_script_is_spoken_and_aligned_by_its_lexicon(tmp_path: Path) -> None:
    lexicon = a_lexicon("zq\t/B AA1 B/", "Nguyen\twin")
    speech = tmp_path / "speech.wav"
    voice = choose_voice("en", "piper:joe")
    spoken = speak_script(
        "Zq met Nguyen.", voice, speech=speech, mix=tmp_path / "mix.wav", lexicon=lexicon
    )
    said = said_in_script(spoken, speech)
    names = [name for name in said.phones.names if name != "SIL"]
    assert " ".join(names) == "B AA B M EH T W IH N"
    assert [word.text for word in said.words.words] == ["Zq", "met", "Nguyen."]
