# ruff: noqa: RUF001  # phonetic letters are meant
"""A lexicon of pronunciations: a UTF-8 text file, one word or phrase a line, a tab, how it is said.

How it is said is either plain words (`Nguyen<TAB>win`) or phones between slashes
(`read<TAB>/R EH1 D/`): those of the CMU dictionary, with or without stress. Empty lines and lines
that begin with `#` are passed over. Upper and lower case count as the same.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache, cached_property
from pathlib import Path

from manifests.errors import BadInput

LARGEST_BYTES = 1 << 20
LONGEST_WORD = 80
SHOWN = 5

_IPA = """
AA:ɑː AE:æ AH:ʌ AO:ɔː AW:aʊ AY:aɪ B:b CH:tʃ D:d DH:ð EH:ɛ ER:ɜː EY:eɪ F:f G:ɡ HH:h IH:ɪ IY:iː JH:dʒ
K:k L:l M:m N:n NG:ŋ OW:oʊ OY:ɔɪ P:p R:ɹ S:s SH:ʃ T:t TH:θ UH:ʊ UW:uː V:v W:w Y:j Z:z ZH:ʒ
"""
IPA: Mapping[str, str] = dict(pair.split(":") for pair in _IPA.split())
"""ARPAbet to the phonemes of Piper's English voices."""

_STRESS = {"1": "ˈ", "2": "ˌ"}
_LETTER = re.compile(r"\w")
_RUN = re.compile(r"\w+|(?<!\w)\W")
"""Where a word may begin: at a run of letters, or at a sign that does not follow one."""


def folded(text: str) -> str:
    """A text of the same length in which upper and lower case are the same."""
    return "".join(map(_folded, text))


@cache
def _folded(letter: str) -> str:
    ways = (letter.casefold(), letter.lower(), letter)
    return next(way for way in ways if len(way) == 1)


def _first_run(word: str) -> str:
    run = _RUN.match(word)
    return run.group() if run else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """`phones` are ARPAbet without stress; a `respelling` beside them is for voices that read
    none."""

    word: str
    respelling: str = ""
    phones: tuple[str, ...] = ()
    ipa: str = ""

    @property
    def voice(self) -> str:
        """The text for a voice; phones stand as Piper reads them."""
        return f"[[{self.ipa}]]" if self.phones else self.respelling


@dataclass(frozen=True, slots=True, kw_only=True)
class LexiconMatch:
    """An entry's word stands at characters `start` to `stop`."""

    start: int
    stop: int
    entry: Entry


@dataclass(frozen=True)
class Lexicon:
    """Entries by their words in lower case; `language` is that of the row, with its region, ""
    where it is the voice's."""

    entries: Mapping[str, Entry] = field(default_factory=dict)
    language: str = ""

    @property
    def has_phones(self) -> bool:
        return any(entry.phones for entry in self.entries.values())

    @cached_property
    def _index(self) -> Mapping[str, Entry]:
        return {folded(word): entry for word, entry in self.entries.items()}

    @cached_property
    def _lengths(self) -> Mapping[str, Sequence[int]]:
        """How long the words are that begin with the same run of letters, the longest first: a
        place in a text is looked up once for each length, however many words there are."""
        lengths: defaultdict[str, set[int]] = defaultdict(set)
        for word in self._index:
            lengths[_first_run(word)].add(len(word))
        return {run: sorted(each, reverse=True) for run, each in lengths.items()}

    def of_language(self, language: str) -> Lexicon:
        """The same for texts of a language."""
        return replace(self, language=language)

    def for_voice(self, *, reads_phones: bool) -> Lexicon:
        """The lexicon with one way to say each word: phones where the voice reads them, else the
        respelling, if there is one."""
        if reads_phones or not self.has_phones:
            return self
        entries = {
            word: replace(entry, phones=(), ipa="") if entry.respelling else entry
            for word, entry in self.entries.items()
        }
        return Lexicon(entries, self.language)

    def found(self, text: str) -> Iterator[LexiconMatch]:
        """Where words of the lexicon stand in a text, in order and apart; of several that begin at
        one place the longest."""
        if not self.entries:
            return
        plain = folded(text)
        at = 0
        for run in _RUN.finditer(plain):
            start = run.start()
            if start < at:
                continue
            for length in self._lengths.get(run.group(), ()):
                stop = start + length
                entry = self._index.get(plain[start:stop])
                if entry is not None and stop <= len(plain) and not _LETTER.match(plain, stop):
                    yield LexiconMatch(start=start, stop=stop, entry=entry)
                    at = stop
                    break


EMPTY = Lexicon()


def read_lexicon(path: Path, *, name: str) -> Lexicon:
    """Read a lexicon; `BadInput("lexicon_wrong")` names every line that is wrong."""
    return lexicon_of(_lines(bytes_of(path, name=name), name=name), name=name)


def bytes_of(path: Path, *, name: str) -> bytes:
    """The content of a lexicon; of a file that is too large no more than that is read."""
    with path.open("rb") as file:
        data = file.read(LARGEST_BYTES + 1)
    if len(data) > LARGEST_BYTES:
        raise BadInput("lexicon_wrong", f"{name} has more than 1 MiB; shorten it.")
    return data


def _lines(data: bytes, *, name: str) -> list[str]:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise BadInput("lexicon_wrong", f"{name}: line {line} is not UTF-8; save it so.") from error
    return text.splitlines()


def lexicon_of(lines: Sequence[str], *, name: str) -> Lexicon:
    """The lexicon of these lines; see `read_lexicon`."""
    entries: dict[str, Entry] = {}
    wrong: list[str] = []
    for number, line in enumerate(lines, start=1):
        if not line.strip() or line.startswith("#"):
            continue
        try:
            entry = _entry(line)
            if entry.word.lower() in entries:
                raise ValueError("its word stands on an earlier line too")  # noqa: TRY301
            entries[entry.word.lower()] = entry
        except ValueError as error:
            wrong.append(f"line {number}: {error}")
    refuse(wrong, name=name)
    return Lexicon(entries)


def refuse(wrong: Sequence[str], *, name: str) -> None:
    """`BadInput("lexicon_wrong")` that tells the wrong lines, if there are any: by number and kind,
    never by what stands in them, for a row may name a file that is none of its owner's."""
    if wrong:
        more = f"; and {len(wrong) - SHOWN} more" if len(wrong) > SHOWN else ""
        message = f"{name} cannot be used as a lexicon: {'; '.join(wrong[:SHOWN])}{more}."
        raise BadInput("lexicon_wrong", message)


def _entry(line: str) -> Entry:
    word, tab, said = (part.strip() for part in line.partition("\t"))
    if not tab and "\t" not in line:
        raise ValueError("there is no tab between the word and how it is said")
    check_word(word)
    if said.startswith("/"):
        return _with_phones(word, said)
    check_respelling(said)
    return Entry(word=word, respelling=said)


def check_word(word: str) -> None:
    if not any(letter.isalnum() for letter in word) or len(word) > LONGEST_WORD:
        raise ValueError(f"a word must have 1 to {LONGEST_WORD} characters, letters among them")


def check_respelling(said: str) -> None:
    if not any(letter.isalnum() for letter in said) or not said.isprintable():
        raise ValueError("nothing says how its word is said")
    if "[[" in said:
        raise ValueError("phones do not stand in brackets")


def _with_phones(word: str, said: str) -> Entry:
    inside = said.removeprefix("/").removesuffix("/").split()
    if not said.endswith("/") or not inside:
        raise ValueError("phones stand between two slashes, such as /R EH1 D/")
    names = [phone.rstrip("012") for phone in inside]
    unknown = [place for place, plain in enumerate(names, start=1) if plain not in IPA]
    if unknown:
        raise ValueError(f"no. {unknown[0]} of its phones is none of the CMU dictionary")
    stresses = [_STRESS.get(phone[-1], "") for phone in inside]
    ipa = "".join(stress + IPA[plain] for stress, plain in zip(stresses, names, strict=True))
    return Entry(word=word, phones=tuple(names), ipa=ipa)
