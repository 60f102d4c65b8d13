"""Caption files of others that nest, repeat or count without an end."""

from __future__ import annotations

from benchmarks.hostile_cases.case import Case, Make, cases_of
from benchmarks.hostile_cases.images import LAUGHS


def captions(name: str, content: bytes | str) -> Make:
    return lambda ground: ["captions", "check", ground.file(name, content)]


def ttml(body: str, before: str = "", **attributes: str) -> str:
    more = "".join(f' {name}="{value}"' for name, value in attributes.items())
    head = f'<tt xmlns="http://www.w3.org/ns/ttml" xml:lang="en"{more}>'
    return f'<?xml version="1.0"?>{before}{head}<body><div>{body}</div></body></tt>'


def spans(count: int) -> str:
    return f'<p begin="0s" end="1s">{"<span>" * count}Hi{"</span>" * count}</p>'


XXE = '<!DOCTYPE tt [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
VTT = "WEBVTT\n\n00:00.000 --> 00:01.000\n"
SRT = "1\n00:00:00,000 --> 00:00:01,000\n"
READ = "fine gap too_short too_fast line_too_long too_many_lines overlap short long pace lines line"
REFUSED = "captions_unreadable"
ODD = f"{REFUSED} {READ}"

CASES: tuple[Case, ...] = cases_of(
    "captions",
    [
        ("ttml-5000-spans-deep", captions("a.ttml", ttml(spans(5000))), REFUSED, "L1"),
        ("ttml-90000-spans-beside", captions("a.ttml", ttml('<p begin="0s" end="1s">' + "<span>a</span>" * 90_000 + "</p>")), ODD, "L1"),
        ("ttml-time-of-5000-digits", captions("a.ttml", ttml(f'<p begin="{"9" * 5000}s" end="1s">Hi</p>')), REFUSED, "L1"),
        ("ttml-rate-of-0", captions("a.ttml", ttml('<p begin="1t" end="2t">Hi</p>', **{"xmlns:ttp": "http://www.w3.org/ns/ttml#parameter", "ttp:tickRate": "0"})), ODD),
        ("ttml-entities", captions("a.ttml", ttml('<p begin="0s" end="1s">&j;</p>', LAUGHS + "]>")), REFUSED),
        ("ttml-of-another-file", captions("a.ttml", ttml('<p begin="0s" end="1s">&x;</p>', XXE)), REFUSED),
        ("ttml-of-no-xml", captions("a.ttml", "\x01\uffff<"), REFUSED, "M3"),
        ("vtt-voices-of-100-kb", captions("a.vtt", VTT + "<v " * 33_000), ODD, "L1"),
        ("vtt-voice-of-blanks", captions("a.vtt", VTT + "<v" + " " * 100_000), ODD, "L1"),
        ("vtt-tags-of-100-kb", captions("a.vtt", VTT + "<a" * 50_000), ODD, "L1"),
        ("vtt-of-7-mb", captions("a.vtt", "WEBVTT\n\n" + "00:00.000 --> 00:01.000\nHi\n\n" * 250_000), ODD, "L1"),
        ("vtt-number-of-5000-digits", captions("a.vtt", VTT + "&#" + "9" * 5000 + ";"), ODD, "L1"),
        ("vtt-hours-of-5000-digits", captions("a.vtt", f"WEBVTT\n\n{'9' * 5000}:00:00.000 --> 00:01.000\nHi\n"), ODD, "L1"),
        ("srt-of-escapes", captions("a.srt", SRT + "\x1b]0;evil\x07{\\an8}<script>\n"), ODD, "M7"),
        ("srt-of-noise", captions("a.srt", bytes(range(256)) * 4000), REFUSED),
        ("srt-of-nul", captions("a.srt", bytes(1 << 20)), ODD),
        ("srt-of-arrows", captions("a.srt", "-->\n" * 400_000), ODD, "L1"),
        ("srt-of-newlines", captions("a.srt", "\n" * 8_000_000), ODD, "L1"),
        ("srt-line-of-8-mb", captions("a.srt", SRT + "x" * 8_000_000), ODD, "L1"),
        ("of-1-gb", lambda g: ["captions", "check", g.sparse("a.srt", 1 << 30)], REFUSED, "L1"),
        ("device", lambda _: ["captions", "check", "/dev/zero"], f"{REFUSED} bad_uri manifest_missing"),
        ("of-no-known-kind", captions("a.exe", "MZ"), REFUSED),
    ],
)  # fmt: skip
