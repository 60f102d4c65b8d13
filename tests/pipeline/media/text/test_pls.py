# ruff: noqa: RUF001  # phonetic letters are meant
"""W3C pronunciation lexicons: aliases for every voice, IPA for those that read it."""

from __future__ import annotations

from pathlib import Path

import pytest

from manifests.errors import BadInput
from pipeline.media.text.lexicon import Lexicon
from pipeline.media.text.pls import NAMESPACE, _Reader, pls_lexicon, read_any_lexicon
from pipeline.media.text.spoken_words import aloud, words_of
from pipeline.media.voice.flite import Flite
from pipeline.media.voice.speech import check_lexicon, choose_voice

HEAD = f'<lexicon version="1.0" xmlns="{NAMESPACE}" alphabet="ipa" xml:lang="en">'
FLITE = Flite(voice="slt", program="flite", digest="0")


def a_lexicon(*lexemes: str) -> Lexicon:
    lines = [HEAD, *(f"<lexeme>{lexeme}</lexeme>" for lexeme in lexemes), "</lexicon>"]
    return pls_lexicon("\n".join(lines).encode(), name="names.pls")


CHEN = "<grapheme>Chen</grapheme><grapheme>Chén</grapheme><phoneme>tʃˈɛn</phoneme>"
BOTH = "<grapheme>SQL</grapheme><phoneme>ˈsiːkwəl</phoneme><alias>sequel</alias>"


def test_ipa_goes_to_the_voice_as_it_is_and_to_the_aligner_as_phones() -> None:
    assert aloud("Ask Chen.", a_lexicon(CHEN)) == "Ask [[tʃˈɛn]]."
    assert words_of("Ask Chén.", a_lexicon(CHEN)) == ("ask", "chén/CH EH N")


def test_an_alias_serves_a_voice_that_reads_no_phones() -> None:
    lexicon = a_lexicon(BOTH)
    check_lexicon(lexicon, FLITE)
    assert aloud("SQL", lexicon.for_voice(reads_phones=False)) == "sequel"
    assert aloud("SQL", lexicon.for_voice(reads_phones=True)) == "[[ˈsiːkwəl]]"
    with pytest.raises(BadInput, match="flite:slt cannot read the phones"):
        check_lexicon(a_lexicon(CHEN), FLITE)
    check_lexicon(a_lexicon(CHEN), choose_voice("en", None))


def test_the_preferred_one_of_several_counts() -> None:
    said = "<phoneme>ˈdeɪtə</phoneme><phoneme prefer='true'>ˈdɑːtə</phoneme>"
    assert aloud("data", a_lexicon(f"<grapheme>data</grapheme>{said}")) == "[[ˈdɑːtə]]"


@pytest.mark.parametrize(
    ("lexeme", "told"),
    [
        ("<grapheme>a</grapheme>", "line 2: a lexeme needs"),
        ("<grapheme>!</grapheme><alias>x</alias>", "line 2: a word must have"),
        ("<grapheme>a</grapheme><phoneme>b4d</phoneme>", "line 2: no. 2 of its phoneme's signs"),
        (
            "<grapheme>a</grapheme><phoneme alphabet='x-sampa'>a</phoneme>",
            "line 2: its alphabet is not read",
        ),
        (
            "<grapheme>a</grapheme><phoneme>a]] [[b</phoneme>",
            "line 2: no. 2 of its phoneme's signs",
        ),
        ("<grapheme>a</grapheme><alias>&who;</alias>", "line 2: it is not well-formed XML"),
        ("<grapheme>a</grapheme><alias>[[b]]</alias>", "line 2: phones do not stand in brackets"),
        (f"{CHEN}</lexeme>\n<lexeme>{CHEN}", "line 3: its word stands on an earlier line too"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(lexeme: str, told: str) -> None:
    with pytest.raises(BadInput) as caught:
        a_lexicon(lexeme)
    assert caught.value.code == "lexicon_wrong"
    assert told in caught.value.message


@pytest.mark.parametrize(
    ("document", "told"),
    [
        ('<!DOCTYPE x [<!ENTITY a "b">]>\n<x>&a;</x>', "line 1: a document type is not read"),
        ('<!DOCTYPE x SYSTEM "file:///etc/passwd">\n<x/>', "line 1: a document type is not read"),
        ("<speak/>", "the document is no PLS"),
        (f"{HEAD}\n<lexeme>", "line 2: it is not well-formed XML"),
    ],
)
def test_a_document_that_is_no_lexicon_is_refused(document: str, told: str, tmp_path: Path) -> None:
    path = tmp_path / "names.xml"
    path.write_text(document)
    with pytest.raises(BadInput) as caught:
        read_any_lexicon(path, name="s3://b/names.xml")
    assert caught.value.message.startswith("s3://b/names.xml cannot be used as a lexicon: ")
    assert told in caught.value.message


def test_a_megabyte_of_newlines_comes_in_few_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each newline was a call that copied all before it: 27 s."""
    pieces: list[str] = []
    monkeypatch.setattr(_Reader, "_text", lambda _self, text: pieces.append(text))
    alias = "<grapheme>a</grapheme><alias>" + "\n" * 1_000_000 + "b</alias>"
    with pytest.raises(BadInput):  # which hears nothing now
        a_lexicon(alias)
    assert sum(map(len, pieces)) > 1_000_000
    assert len(pieces) < 1_000


def test_pieces_of_an_alias_are_put_together_at_its_end() -> None:
    reader = _Reader()
    for piece in ("no", "o ", "york"):
        reader._text(piece)
    assert reader._heard == ["no", "o ", "york"]
    assert aloud(
        "NY", a_lexicon("<grapheme>NY</grapheme><alias>noo" + "\n" * 50_000 + "york</alias>")
    ) == ("noo york")


def test_either_format_is_known_by_how_it_begins(tmp_path: Path) -> None:
    own, pls = tmp_path / "own", tmp_path / "pls"
    own.write_text("Nguyen\twin\n", encoding="utf-8")
    lexeme = "<lexeme><grapheme>Nguyen</grapheme><alias>win</alias></lexeme>"
    pls.write_bytes(b"\xef\xbb\xbf" + f"{HEAD}{lexeme}</lexicon>".encode())
    assert read_any_lexicon(own, name="own") == read_any_lexicon(pls, name="pls")
