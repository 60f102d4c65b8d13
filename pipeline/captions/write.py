"""Cues as SubRip, WebVTT and TTML (the text profile of IMSC 1.1)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Literal
from xml.sax.saxutils import escape, quoteattr

from pipeline.captions.cue import Cue
from pipeline.captions.text import directed, holdable
from pipeline.media.text.language import is_right_to_left

Format = Literal["srt", "vtt", "ttml"]

VERSION = 3
"""Of the way in which files are written; their names hold it."""

_BEGINS_TAG = re.compile(r"<(?=[a-zA-Z/!?])")
_IMSC_TEXT = "http://www.w3.org/ns/ttml/profile/imsc1.1/text"


def srt_text(cues: Sequence[Cue], language: str) -> str:
    """SubRip has no place for speakers: the name stands before a speaker's first words."""
    return "\n".join(_srt_blocks(cues, language))


def _srt_blocks(cues: Sequence[Cue], language: str) -> Iterator[str]:
    for number, cue in enumerate(cues, start=1):
        times = f"{_clock(cue.start_s, ',')} --> {_clock(cue.stop_s, ',')}"
        lines = map(_without_tags, _directed(cue.lines, language))
        yield "\n".join([str(number), times, *lines, ""])


def vtt_text(cues: Sequence[Cue], language: str) -> str:
    """WebVTT with the speaker as a voice span."""
    return "\n".join(["WEBVTT", f"Language: {language}", "", *_vtt_blocks(cues, language)])


def _vtt_blocks(cues: Sequence[Cue], language: str) -> Iterator[str]:
    for number, cue in enumerate(cues, start=1):
        times = f"{_clock(cue.start_s, '.')} --> {_clock(cue.stop_s, '.')}"
        lines = [escape(line) for line in _directed(cue.lines, language)]
        speaker = _one_line(holdable(cue.speaker))
        if speaker:
            name = escape(speaker).replace("--", "-&#45;")  # before the > it would begin times
            lines[:1] = [f"<v {name}>{''.join(lines[:1])}"]
        yield "\n".join([str(number), times, *lines, ""])


def ttml_text(cues: Sequence[Cue], language: str) -> str:
    """IMSC 1.1 text: one region at the bottom, speakers as agents."""
    speakers = list(dict.fromkeys(cue.speaker for cue in cues if cue.speaker))
    agents = {name: f"speaker{number}" for number, name in enumerate(speakers, start=1)}
    return "\n".join(
        [*_ttml_head(language, agents), *_ttml_cues(cues, language, agents), _TTML_END]
    )


def _ttml_head(language: str, agents: Mapping[str, str]) -> Iterator[str]:
    yield '<?xml version="1.0" encoding="UTF-8"?>'
    yield (
        '<tt xmlns="http://www.w3.org/ns/ttml" xmlns:ttp="http://www.w3.org/ns/ttml#parameter" '
        'xmlns:tts="http://www.w3.org/ns/ttml#styling" '
        f'xmlns:ttm="http://www.w3.org/ns/ttml#metadata" xml:lang={quoteattr(language)} '
        f'ttp:timeBase="media" ttp:contentProfiles="{_IMSC_TEXT}">'
    )
    yield "  <head>"
    if agents:
        yield "    <metadata>"
        for name, agent in agents.items():
            told = f'<ttm:name type="full">{escape(holdable(name))}</ttm:name>'
            yield f'      <ttm:agent type="person" xml:id="{agent}">{told}</ttm:agent>'
        yield "    </metadata>"
    yield (
        '    <styling><style xml:id="plain" tts:color="white" tts:backgroundColor="black" '
        'tts:fontFamily="proportionalSansSerif" tts:fontSize="100%" tts:textAlign="center"/>'
        '<style xml:id="rtl" tts:direction="rtl" tts:unicodeBidi="embed"/></styling>'
    )
    yield (
        '    <layout><region xml:id="bottom" tts:origin="10% 80%" tts:extent="80% 15%" '
        'tts:displayAlign="after"/></layout>'
    )
    yield '  </head>\n  <body style="plain" region="bottom"><div>'


def _ttml_cues(cues: Iterable[Cue], language: str, agents: Mapping[str, str]) -> Iterator[str]:
    """Of two directions, `unicodeBidi` is not handed on from the body: each paragraph has it."""
    style = ' style="rtl"' if is_right_to_left(language) else ""
    for cue in cues:
        times = f'begin="{_clock(cue.start_s, ".")}" end="{_clock(cue.stop_s, ".")}"'
        agent = f' ttm:agent="{agents[cue.speaker]}"' if cue.speaker else ""
        yield f"    <p {times}{style}{agent}>{'<br/>'.join(map(escape, _shown(cue.lines)))}</p>"


_TTML_END = "  </div></body>\n</tt>\n"

WRITERS: Mapping[Format, Callable[[Sequence[Cue], str], str]] = {
    "srt": srt_text,
    "vtt": vtt_text,
    "ttml": ttml_text,
}


def _directed(lines: Sequence[str], language: str) -> list[str]:
    return [directed(line, language) for line in _shown(lines)]


def _shown(lines: Sequence[str]) -> list[str]:
    """What can be held of the lines; an empty line would end a cue."""
    return [line for line in (_one_line(holdable(line)) for line in lines) if line]


def _without_tags(line: str) -> str:
    """SubRip cannot escape: what players would take for markup or for times stands in signs that
    look much the same."""
    plain = _BEGINS_TAG.sub("\u2039", line.replace("-->", "→"))
    return plain.replace("{\\", "{/")


def _clock(time_s: float, point: str) -> str:
    milliseconds = round(time_s * 1000)
    seconds, milliseconds = divmod(milliseconds, 1000)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02}:{minutes:02}:{seconds:02}{point}{milliseconds:03}"


def _one_line(text: str) -> str:
    return " ".join(text.split())
