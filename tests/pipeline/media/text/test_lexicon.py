# ruff: noqa: RUF001  # phonetic letters are meant
"""A lexicon: what it changes, and how its errors are told."""

from __future__ import annotations

import re
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from manifests.errors import BadInput
from pipeline.media.recognition.align import said_in_script
from pipeline.media.text.lexicon import (
    LARGEST_BYTES,
    Entry,
    Lexicon,
    folded,
    lexicon_of,
    read_lexicon,
)
from pipeline.media.text.pls import NAMESPACE, read_any_lexicon
from pipeline.media.text.spoken_words import aloud, words_of
from pipeline.media.voice.flite import Flite
from pipeline.media.voice.speech import check_lexicon, choose_voice, speak_script

LINES = ["# names", "", "Nguyen\twin", "New York\tnoo york", "read\t/R EH1 D/", "SQL\tsequel"]

PLS = f'<lexicon version="1.0" xmlns="{NAMESPACE}" alphabet="ipa">'
TWICE = "<lexeme><grapheme>FOREIGN</grapheme><alias>x</alias></lexeme>"


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
        "line 3: nothing says how its word is said",
        "line 4: no. 2 of its phones is none of the CMU dictionary",
        "line 5: its word stands on an earlier line too",
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


def test_of_a_file_that_is_too_large_no_more_is_read_than_shows_it(tmp_path: Path) -> None:
    path = tmp_path / "lexicon.in"
    with path.open("wb") as file:
        file.truncate(64 << 20)
    tracemalloc.start()
    try:
        for begins in (b"a\tb\n", b"<lexicon>"):
            with path.open("r+b") as file:
                file.write(begins)
            with pytest.raises(BadInput, match="more than 1 MiB"):
                read_any_lexicon(path, name="names.tsv")
        assert tracemalloc.get_traced_memory()[1] < 2 * LARGEST_BYTES + 100_000
    finally:
        tracemalloc.stop()


FOREIGN = "AKIA7/wJalr"
OF_OTHERS = [
    f"key\t/{FOREIGN}/",
    f"{FOREIGN}\t",
    f"{FOREIGN} {FOREIGN}",
    f"{FOREIGN}\tx\n{FOREIGN}\tx",
    f"!\t{FOREIGN}",
    f"x\t/{FOREIGN}",
    f"x\t[[{FOREIGN}",
    f"<{FOREIGN}/>",
    f"<!DOCTYPE {FOREIGN}>",
    f"<a>{FOREIGN}",
    f"<{FOREIGN} {FOREIGN}>",
    f"{PLS}<lexeme><grapheme>{FOREIGN}</grapheme></lexeme></lexicon>",
    f"{PLS}<lexeme><grapheme>a</grapheme><phoneme>{FOREIGN}</phoneme></lexeme></lexicon>",
    f"{PLS}<lexeme><phoneme alphabet='{FOREIGN}'>a</phoneme></lexeme></lexicon>",
    f"{PLS}<lexeme><alias>[[{FOREIGN}</alias></lexeme></lexicon>",
    f"{PLS}&{FOREIGN};</lexicon>",
    f"{PLS}{TWICE}{TWICE}</lexicon>".replace("FOREIGN", FOREIGN),
]


@pytest.mark.parametrize("content", OF_OTHERS)
def test_no_message_quotes_what_stands_in_the_file(content: str, tmp_path: Path) -> None:
    """A row may name any file that the service can read, and messages go to the studio."""
    path = tmp_path / "lexicon.in"
    path.write_text(content)
    with pytest.raises(BadInput) as told:
        read_any_lexicon(path, name="names")
    assert "line " in told.value.message
    assert not any(FOREIGN[at : at + 4] in told.value.message for at in range(len(FOREIGN) - 3))


class Counted(dict[str, Entry]):
    """Counts how often something is looked for."""

    looked = 0

    def get(self, key: str, default: object = None) -> object:  # type: ignore[override]
        self.looked += 1
        return super().get(key, default)  # type: ignore[arg-type]


def test_what_a_place_of_a_text_costs_does_not_grow_with_the_words() -> None:
    """All words were one pattern: of 100,000 that begin alike a kilobyte of text took 2.6 s."""
    text = "new 7 and new 41, anew: new 9999x or newer, new new 300. " * 10
    costs = []
    for many in (400, 4000):
        words = {f"new {number}": Entry(word="new", respelling="x") for number in range(many)}
        lexicon = Lexicon(words)
        counted = Counted(lexicon._index)
        lexicon.__dict__["_index"] = counted
        assert [found.start for found in lexicon.found(text[:57])] == [0, 10, 48]
        counted.looked = 0
        list(lexicon.found(text))
        costs.append(counted.looked)
    assert costs[1] <= costs[0] * 5 / 3  # one more length of words: "new 1000"
    assert max(costs) < len(text)


WORDS = st.text("aBß.# -\u017f\u212a\u0130\u03a3\u03c2\u03c3", min_size=1, max_size=4)


@given(
    st.sets(WORDS, max_size=6),
    st.text("aAbBß.# -\u017f\u212a\u0130\u03a3\u03c2\u03c3", max_size=30),
)
def test_words_are_found_from_the_left_the_longest_first_and_whole(
    words: set[str], text: str
) -> None:
    lexicon = Lexicon({word: Entry(word=word, respelling="x") for word in words})
    said = [folded(word) for word in words]
    longest_first = sorted(said, key=len, reverse=True)
    pattern = "|".join(map(re.escape, longest_first)) or r"(?!)"
    expected = re.finditer(rf"(?<!\w)(?:{pattern})(?!\w)", folded(text))
    found = [(each.start, each.stop) for each in lexicon.found(text)]
    assert found == [match.span() for match in expected]


def test_a_word_is_found_in_letters_that_are_another_case_of_its_own() -> None:
    """A long s or the sign of the kelvin once ended the row with a KeyError."""
    assert (
        aloud("mi\u017fs 5 \u212ag \u0130", a_lexicon("miss\tmizz", "kg\tkilos"))
        == "mizz five kilos \u0130"
    )


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
