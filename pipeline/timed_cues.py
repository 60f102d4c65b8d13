"""The cues of a timed script: what is to be said when, and how its speech was fitted."""

from __future__ import annotations

import re
from dataclasses import dataclass

TEXTS = (".txt", ".text", ".md")
"""How files of plain text are called; all other scripts in files have times."""

XLIFFS = (".xlf", ".xliff")

_DASH = re.compile(r"^\s*[-–—](?:\s+(?=\w)|(?=[^\W\d]))")  # noqa: RUF001  # as they are written
"""Of a dialogue; right before a figure it is a minus."""


def timecode(time_s: float) -> str:
    """Hours, minutes, seconds and milliseconds, as files of captions write them."""
    minutes, milliseconds = divmod(round(time_s * 1000), 60_000)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02}:{minutes:02}:{milliseconds // 1000:02}.{milliseconds % 1000:03}"


def is_timed(script_uri: str | None) -> bool:
    """Whether a row's script is a file of cues with times."""
    return script_uri is not None and not script_uri.lower().endswith(TEXTS)


def may_be_xliff(script_uri: str | None) -> bool:
    """Whether a row's script may be a translation, which takes its times from another file."""
    return script_uri is not None and script_uri.lower().endswith((*XLIFFS, ".xml"))


@dataclass(frozen=True, slots=True, kw_only=True)
class ScriptCue:
    """The `number`-th cue of a script, from 1; `speaker` is "" where nobody is named."""

    number: int
    start_s: float
    stop_s: float
    lines: tuple[str, ...]
    speaker: str = ""

    @property
    def text(self) -> str:
        return " ".join(self.lines)

    @property
    def said(self) -> str:
        """The text for a voice: without the dashes of a dialogue."""
        return " ".join(_DASH.sub("", line) for line in self.lines)

    @property
    def label(self) -> str:
        """For people: which cue it is."""
        return f"cue {self.number} at {timecode(self.start_s)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class FittedCue:
    """A cue and what was done so that it is said in its room: from `begins_s` to `ends_s`, by
    `voice`, without `trimmed_s` of silence, `rate` times as fast as the voice speaks by itself,
    then drawn out by `factor`. A cue in which nothing is said begins and ends on its time."""

    cue: ScriptCue
    voice: str
    begins_s: float
    ends_s: float
    trimmed_s: float = 0.0
    rate: float = 1.0
    factor: float = 1.0

    @property
    def told(self) -> str:
        """For people: what was done, "" where nothing was."""
        done = [
            f"{self.trimmed_s:.2f} s of silence trimmed" if self.trimmed_s else "",
            f"the voice {self.rate - 1:.0%} faster" if self.rate != 1 else "",
            f"stretched by {self.factor - 1:+.1%}" if self.factor != 1 else "",
        ]
        return ", ".join(each for each in done if each)


@dataclass(frozen=True, slots=True, kw_only=True)
class TimedScript:
    """Cues in the order of their times, none within another."""

    cues: tuple[ScriptCue, ...]
