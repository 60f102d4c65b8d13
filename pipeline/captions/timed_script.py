"""Scripts in files: plain text, or cues with times out of SRT, WebVTT, TTML and XLIFF."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePosixPath

from manifests.errors import BadInput
from manifests.rules import LONGEST_SLOT_S
from manifests.schema import LONGEST_SCRIPT
from model.shapes import FPS
from pipeline.captions.cue import Cue
from pipeline.captions.read import READERS, decoded, read_captions
from pipeline.captions.xliff import is_xliff, read_xliff
from pipeline.media.text.cleaning.stage_directions import is_name
from pipeline.timed_cues import TEXTS, XLIFFS, ScriptCue, TimedScript, timecode

SHOWN = 20
"""Faults that one message tells."""

LONGEST_CUE = 2000
"""Characters: two minutes of speech, which is held in memory."""

_SAME_S = 0.0005
"""Files round to milliseconds."""

_NAME = re.compile(r"([^\W\d_][\w .'’-]{0,39}):\s+(?=\S)")  # noqa: RUF001  # an apostrophe


@dataclass(frozen=True, slots=True, kw_only=True)
class ScriptFile:
    """The bytes of a file, and the name by which people know it."""

    data: bytes
    name: str

    @property
    def suffix(self) -> str:
        return PurePosixPath(self.name).suffix.lower()


def read_script(script: ScriptFile, source: ScriptFile | None, language: str) -> str | TimedScript:
    """The text of a script, or its cues, whose times may be those of a `source`.

    Raises `BadInput`: `script_unreadable`, `translation_wrong` (XLIFF), `cues_wrong`,
    `script_too_long`.
    """
    if script.suffix in TEXTS:
        return _text(script)
    if script.suffix in XLIFFS or (script.suffix == ".xml" and is_xliff(_decoded(script))):
        found = _translated(script, source, language)
    elif script.suffix in READERS:
        found = _cues(script)
    else:
        known = ", ".join((*TEXTS[:1], *READERS, *XLIFFS))
        raise _unreadable(script, f"{script.suffix or 'no suffix'} is none of {known}")
    timed = tuple(
        ScriptCue(
            number=number,
            start_s=cue.start_s,
            stop_s=cue.stop_s,
            lines=tuple(line for line in map(str.strip, cue.lines) if line),
            speaker=cue.speaker,
        )
        for number, cue in enumerate(found, start=1)
    )
    _refuse_wrong(script.name, timed, found)
    return TimedScript(cues=timed)


def _text(script: ScriptFile) -> str:
    text = _decoded(script)
    if len(text) > LONGEST_SCRIPT:
        raise BadInput(
            "script_too_long",
            f"{script.name} has {len(text):,} characters, at most {LONGEST_SCRIPT:,} are spoken; "
            "split it into several rows.",
        )
    return text


def _decoded(script: ScriptFile) -> str:
    try:
        return decoded(script.data)
    except ValueError as error:
        raise _unreadable(script, error) from error


def _cues(script: ScriptFile) -> tuple[Cue, ...]:
    try:
        found = read_captions(script.data, script.name)
    except BadInput as error:
        why = error.message.partition("cannot be read as captions: ")[2].rstrip(".")
        raise _unreadable(script, why) from error
    if not found:
        raise _unreadable(script, "it has no cues")
    return found


def _unreadable(script: ScriptFile, why: object) -> BadInput:
    return BadInput("script_unreadable", f"{script.name} cannot be read as a script: {why}.")


def _translated(script: ScriptFile, source: ScriptFile | None, language: str) -> tuple[Cue, ...]:
    """The cues of the source, with the texts of a translation."""
    if source is None:
        raise _untranslated(
            script, "it has no times; name the script it translates as source_script_uri"
        )
    try:
        xliff = read_xliff(_decoded(script))
    except ValueError as error:
        raise _unreadable(script, error) from error
    _refuse_language(script, xliff.language, language)
    cues = _cues(source)
    ids = [cue.id or str(number) for number, cue in enumerate(cues, start=1)]
    targets = {unit.id: unit.target for unit in xliff.units}
    faults = [
        *_told(
            "has no target, or one that is not translated yet",
            [unit.id for unit in xliff.units if unit.target is None],
        ),
        *_told("stands there twice", _twice([unit.id for unit in xliff.units])),
        *_told(f"names no cue of {source.name}", [name for name in targets if name not in ids]),
        *(
            f"{label} is in no unit"
            for label in (
                f"cue {number} at {timecode(cue.start_s)} ({name})"
                for number, (cue, name) in enumerate(zip(cues, ids, strict=True), start=1)
                if name not in targets
            )
        ),
        *(f"{source.name} has two cues called {name!r}" for name in _twice(ids)),
    ]
    if faults or not targets:
        raise _untranslated(script, _listed(faults) or "it has no units")
    return tuple(
        replace(cue, lines=tuple(str(targets[name]).split("\n")))
        for cue, name in zip(cues, ids, strict=True)
    )


def _told(what: str, ids: Sequence[str]) -> Iterator[str]:
    return (f"unit {name!r} {what}" for name in ids)


def _twice(names: Sequence[str]) -> list[str]:
    return [name for name, count in Counter(names).items() if count > 1]


def _listed(faults: Sequence[str]) -> str:
    more = f"; and {len(faults) - SHOWN} more" if len(faults) > SHOWN else ""
    return "; ".join(faults[:SHOWN]) + more


def _untranslated(script: ScriptFile, why: str) -> BadInput:
    return BadInput("translation_wrong", f"{script.name} cannot be taken as a translation: {why}.")


def _refuse_language(script: ScriptFile, found: str, language: str) -> None:
    own, asked = (tag.replace("_", "-").partition("-")[0].lower() for tag in (found, language))
    if own and own != asked:
        raise _untranslated(script, f"its targets are in {found!r} and the row is in {language!r}")


def _refuse_wrong(name: str, cues: Sequence[ScriptCue], found: Sequence[Cue]) -> None:
    faults = [
        f"{cue.label} {fault}"
        for at, cue in enumerate(cues)
        for fault in _faults(cue, cues[at - 1] if at else None, found[at])
    ]
    if faults:
        raise BadInput("cues_wrong", f"The cues of {name} cannot be spoken: {_listed(faults)}.")


def _faults(cue: ScriptCue, before: ScriptCue | None, found: Cue) -> Iterator[str]:
    if not cue.lines:
        yield "is empty"
    if cue.stop_s <= cue.start_s:
        yield f"ends at {timecode(cue.stop_s)}, which is not after its beginning"
    if cue.stop_s > LONGEST_SLOT_S:
        yield f"ends beyond the {LONGEST_SLOT_S:g} s that a video may have"
    if len(cue.text) > LONGEST_CUE:
        yield f"has {len(cue.text):,} characters, at most {LONGEST_CUE:,} are spoken; part it"
    if found.others:
        names = ", ".join((found.speaker, *found.others))
        yield f"has several speakers ({names}); give each a cue"
    if before is not None:
        yield from _out_of_order(cue, before)


def _out_of_order(cue: ScriptCue, before: ScriptCue) -> Iterator[str]:
    if cue.start_s < before.start_s:
        yield f"goes back before cue {before.number} at {timecode(before.start_s)}"
    elif cue.start_s < before.stop_s - _SAME_S:
        overlap_s = before.stop_s - cue.start_s
        yield f"overlaps cue {before.number}, which ends {overlap_s:.3f} s later"


def refuse_beyond(script: TimedScript, target_s: float | None) -> None:
    """Raises `BadInput("cues_wrong")` that names the cues which lie beyond the end of the video."""
    if target_s is None:
        return
    late = [cue for cue in script.cues if cue.stop_s > target_s + 1 / FPS]
    if late:
        told = _listed([f"{cue.label} ends at {timecode(cue.stop_s)}" for cue in late])
        raise BadInput(
            "cues_wrong",
            f"Cues lie beyond the end of the video at {timecode(target_s)} (target_duration_s): "
            f"{told}.",
        )


def with_speakers(script: TimedScript, voices: Mapping[str, str]) -> TimedScript:
    """The cues with the speakers that stand at their heads as `NAME:`, in capitals or as one of
    the `voices`; the name is no part of what is said then."""
    known = {name.strip().casefold() for name in voices}
    return TimedScript(cues=tuple(_with_speaker(cue, known) for cue in script.cues))


def _with_speaker(cue: ScriptCue, known: set[str]) -> ScriptCue:
    if cue.speaker or not cue.lines:
        return cue
    first, *others = cue.lines
    head = _NAME.match(first)
    if head is None or not (is_name(head[1]) or head[1].casefold() in known):
        return cue
    return replace(cue, speaker=head[1].strip(), lines=(first[head.end() :], *others))
