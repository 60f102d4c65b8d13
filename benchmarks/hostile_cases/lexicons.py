"""Lexicons that are endless, name other files, or hold what no message may quote."""

from __future__ import annotations

import os

from benchmarks.hostile_cases.case import CANARY, Case, Ground, Make, cases_of, row
from benchmarks.hostile_cases.images import LAUGHS


def lexicon(content: bytes | str, name: str = "names.tsv") -> Make:
    return lambda ground: row(
        ground, script="Good morning.", lexicon_uri=ground.file(name, content)
    )


def large(size: int) -> Make:
    return lambda ground: row(
        ground, script="Good morning.", lexicon_uri=ground.sparse("names.tsv", size)
    )


def fifo(ground: Ground) -> dict[str, object]:
    os.mkfifo(ground.folder / "names.tsv")
    return row(ground, script="Good morning.", lexicon_uri=str(ground.folder / "names.tsv"))


def pls(body: str, before: str = "") -> str:
    head = 'version="1.0" xmlns="http://www.w3.org/2005/01/pronunciation-lexicon"'
    return f'<?xml version="1.0"?>{before}<lexicon {head} alphabet="ipa">{body}</lexicon>'


def lexeme(alias: str) -> str:
    return f"<lexeme><grapheme>Good</grapheme><alias>{alias}</alias></lexeme>"


XXE = f'<!DOCTYPE lexicon [<!ENTITY x SYSTEM "file:///etc/passwd"><!ENTITY y "{CANARY}">]>'
WRONG = "lexicon_wrong"
TAKEN = "fine unspeakable_text lexicon_phones"

CASES: tuple[Case, ...] = cases_of(
    "lexicon",
    [
        ("no-tab", lexicon("no tab here"), WRONG),
        ("secret", lexicon(f"aws_key\t/{CANARY}... /\n"), f"{WRONG} lexicon_phones", "M4"),
        ("secret-without-slashes", lexicon(f"{CANARY}\n"), WRONG, "M4"),
        ("of-1-mib-and-a-byte", lexicon("a\tb\n" * (1 << 18) + "\n"), f"{WRONG} file_too_large", "M1"),
        ("of-3-gb", large(3 << 30), "file_too_large", "M1"),
        ("nul", lexicon("a\tb\0c\n"), f"{WRONG} {TAKEN}"),
        ("noise", lexicon(os.urandom(9000)), WRONG),
        ("utf-16", lexicon("Good\tgut\n".encode("utf-16")), f"{WRONG} {TAKEN}"),
        ("empty", lexicon(""), f"{WRONG} {TAKEN}"),
        ("pattern", lexicon("(a+)+$\tb\n.*\tevil\n"), f"{WRONG} {TAKEN}"),
        ("words-alike", lexicon("".join(f"good{n}\tx\n" for n in range(60_000))), f"{WRONG} {TAKEN}", "L9"),
        ("alias-of-100-kb", lexicon("Good\t" + "very " * 200 + "good\n"), f"{WRONG} {TAKEN}"),
        ("markup", lexicon("Good\t<audio src='/etc/passwd'/>\n"), f"{WRONG} {TAKEN} script_markup"),
        ("escapes", lexicon("Good\t\x1b]0;evil\x07\n"), f"{WRONG} {TAKEN}"),
        ("pls-of-newlines", lexicon(pls(lexeme("\n" * 1_000_000)), "n.pls"), f"{WRONG} {TAKEN}", "L9"),
        ("pls-of-entities", lexicon(pls(lexeme("&j;"), LAUGHS + "]>"), "n.pls"), WRONG),
        ("pls-of-another-file", lexicon(pls(lexeme("&x;&y;"), XXE), "n.pls"), WRONG, "M4"),
        ("pls-deep", lexicon(pls("<lexeme>" * 90_000), "n.pls"), WRONG),
        ("pls-cut", lexicon(pls(lexeme("gut"))[:-20], "n.pls"), WRONG),
        ("fifo", fifo, "bad_uri", "L8"),
    ],
)  # fmt: skip
