"""A W3C Pronunciation Lexicon (PLS 1.0): graphemes with their phonemes in IPA, or an alias.

Of several, the preferred one counts, else the first. Nothing is ever resolved: a document type or
an entity is refused. `role`, `xml:lang` and examples are not looked at.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, field
from pathlib import Path
from xml.parsers import expat

from pipeline.media.text.ipa import arpabet_of, unknown_in
from pipeline.media.text.lexicon import (
    Entry,
    Lexicon,
    bytes_of,
    check_respelling,
    check_word,
    read_lexicon,
    refuse,
)

NAMESPACE = "http://www.w3.org/2005/01/pronunciation-lexicon"
_BOM = b"\xef\xbb\xbf"
_TOLD = frozenset({"grapheme", "phoneme", "alias"})


def read_any_lexicon(path: Path, *, name: str) -> Lexicon:
    """A lexicon in our own format or in PLS; `BadInput("lexicon_wrong")` names wrong lines."""
    with path.open("rb") as file:
        head = file.read(1024).removeprefix(_BOM).lstrip()
    if not head.startswith(b"<"):
        return read_lexicon(path, name=name)
    return pls_lexicon(bytes_of(path, name=name), name=name)


def pls_lexicon(data: bytes, *, name: str) -> Lexicon:
    """The lexicon of a PLS document."""
    reader = _Reader()
    try:
        reader.parser.Parse(data, True)  # expat takes it by place
    except expat.ExpatError as error:
        told = expat.ErrorString(error.code)
        reader.wrong.append(f"line {error.lineno}: it is not well-formed XML ({told})")
    except ValueError as error:  # what may not be there at all
        reader.wrong.append(f"line {reader.line}: {error}")
    refuse(reader.wrong, name=name)
    return Lexicon(reader.entries)


@dataclass(slots=True)
class _Lexeme:
    line: int
    graphemes: list[str] = field(default_factory=list)
    phonemes: list[str] = field(default_factory=list)
    aliases: list[str] = field(default_factory=list)


class _Reader:
    """Gathers entries and wrong lines while expat reads."""

    def __init__(self) -> None:
        self.entries: dict[str, Entry] = {}
        self.wrong: list[str] = []
        self.parser = expat.ParserCreate(namespace_separator=" ")
        self.parser.buffer_text = True  # else each newline is a call of its own
        self.parser.StartDoctypeDeclHandler = self._doctype
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._text
        self._begun = False
        self._alphabet = "ipa"
        self._lexeme = _Lexeme(line=0)
        self._heard: list[str] = []
        self._own: dict[str, str] = {}

    @property
    def line(self) -> int:
        return self.parser.CurrentLineNumber

    def _doctype(self, *_declared: object) -> None:
        raise ValueError("a document type is not read; take it out")

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        local = tag.rpartition(" ")[2]
        if not self._begun:
            if tag != f"{NAMESPACE} lexicon":
                raise ValueError("the document is no PLS: it does not begin with `lexicon`")
            self._begun = True
            self._alphabet = attributes.get("alphabet", "ipa")
        if local == "lexeme":
            self._lexeme = _Lexeme(line=self.line)
        self._heard, self._own = [], attributes

    def _text(self, text: str) -> None:
        self._heard.append(text)

    def _end(self, tag: str) -> None:
        local = tag.rpartition(" ")[2]
        try:
            if local in _TOLD:
                heard = " ".join("".join(self._heard).split())
                self._tell(local, unicodedata.normalize("NFC", heard))
            elif local == "lexeme":
                self._add(self._lexeme)
        except ValueError as error:
            self.wrong.append(f"line {self.line}: {error}")
        self._heard = []

    def _tell(self, local: str, said: str) -> None:
        lexeme = self._lexeme
        if local == "grapheme":
            check_word(said)
            lexeme.graphemes.append(said)
            return
        told = lexeme.phonemes if local == "phoneme" else lexeme.aliases
        if local == "phoneme":
            check_ipa(said, self._own.get("alphabet", self._alphabet))
        else:
            check_respelling(said)
        if not told or self._own.get("prefer") == "true":
            told[:] = [said]

    def _add(self, lexeme: _Lexeme) -> None:
        if not lexeme.graphemes or not (lexeme.phonemes or lexeme.aliases):
            raise ValueError("a lexeme needs a grapheme, and a phoneme or an alias")
        for word in lexeme.graphemes:
            if word.lower() in self.entries:
                raise ValueError("its word stands on an earlier line too")
            self.entries[word.lower()] = entry_of(word, lexeme.phonemes[:1], lexeme.aliases[:1])


def check_ipa(said: str, alphabet: str) -> None:
    """Raises `ValueError` where a phoneme cannot be read."""
    if alphabet != "ipa":
        raise ValueError("its alphabet is not read; write IPA or an alias")
    unknown = unknown_in(said)
    if unknown:
        place = said.index(unknown) + 1
        raise ValueError(f"no. {place} of its phoneme's signs is none of the IPA known here")
    if not arpabet_of(said):
        raise ValueError("a phoneme is empty")


def entry_of(word: str, phonemes: list[str], aliases: list[str]) -> Entry:
    """Affricates may be written with or without a tie; voices want letters and marks apart."""
    ipa = "".join(phonemes)
    tied = ipa.replace("t\u0283", "t\u0361\u0283").replace("d\u0292", "d\u0361\u0292")
    return Entry(
        word=word,
        respelling="".join(aliases),
        phones=arpabet_of(tied),
        ipa=unicodedata.normalize("NFD", ipa.replace("\u0361", "").replace("g", "\u0261")),
    )
