"""The captions of a job: which it asks for, whether they can be had, and their finished files."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import get_args

from manifests.errors import BadInput
from manifests.fingerprint import fingerprint
from manifests.job import Job
from pipeline.captions.burn import VERSION as DRAWN
from pipeline.captions.burn import ass_text, cues_in_picture, type_for
from pipeline.captions.check import breaches_of
from pipeline.captions.cue import Cue
from pipeline.captions.house_rules import house_rules
from pipeline.captions.plan import cues_of
from pipeline.captions.script_cues import script_cues
from pipeline.captions.text import holdable, named
from pipeline.captions.write import VERSION as WRITTEN
from pipeline.captions.write import WRITERS, Format
from pipeline.limits import Limits
from pipeline.media.font_files import Font, copy_regular
from pipeline.media.fonts import lettering_for
from pipeline.media.framing import Size
from pipeline.media.text.sentences import split_script
from pipeline.nouns import Captions, Take
from pipeline.words import Word, Words, load_words
from pipeline.workspace.workspace import Workspace

SHOWN = 8
VERSION = 3
"""Of the way in which cues are made; another one makes them anew."""


def formats_of(job: Job) -> tuple[Format, ...]:
    """The kinds of captions that a row asks for, each once."""
    return tuple(format_ for format_ in get_args(Format) if format_ in job.deliverables)


def is_captioned(job: Job, limits: Limits) -> bool:
    """Whether a row asks for a video with captions drawn into it."""
    return not set(limits.captioned).isdisjoint(job.deliverables)


def captions_asked(job: Job, limits: Limits) -> tuple[str, ...]:
    """All captions that a row asks for, drawn ones last."""
    drawn = (name for name in limits.captioned if name in job.deliverables)
    return (*formats_of(job), *drawn)


def require_words(job: Job, take: Take, workspace: Workspace, limits: Limits) -> None:
    """Raises as `refuse_captions` of the take's words, where captions are asked for."""
    if captions_asked(job, limits):
        with workspace.scratch_dir() as desk:
            refuse_captions(job, load_words(workspace.fetch(take.words, desk)), limits)


def refuse_captions(job: Job, words: Words, limits: Limits) -> None:
    """Raises `BadInput` when captions are asked of a take whose words nobody knows (`no_words`), or
    are to be drawn with letters that no font here has (`no_glyphs`)."""
    if is_captioned(job, limits):
        lettering_for(text_of(words), limits.fonts)
    asked = captions_asked(job, limits)
    if asked and not words.words:
        raise BadInput(
            "no_words",
            f"{asked[0]} captions were asked for, and nobody knows the words of this "
            f"recording in {job.language!r}: give the row its transcript, or a script instead of "
            "audio_uri, or leave captions out of its deliverables.",
        )


def caption_files(job: Job, take: Take, workspace: Workspace, desk: Path) -> Iterator[Captions]:
    """The captions that a row asks for, made or found finished."""
    formats = formats_of(job)
    rules = house_rules(job.language)
    words = load_words(workspace.fetch(take.words, desk)) if formats else Words()
    whole = f"{text_of(words)} {job.speaker or ''}"
    left_out = "".join(sorted(set(whole) - set(holdable(whole))))
    words = without(words, left_out)
    for format_ in formats:
        cues = cues_for(words, take.frames, job, format_)
        path = desk / f"captions.{format_}"
        path.write_text(WRITERS[format_](cues, job.language), encoding="utf-8")
        name = fingerprint(
            "captions",
            words=take.words.sha256,
            frames=take.frames,
            language=job.language,
            speaker=job.speaker,
            rules=asdict(rules),
            version=[VERSION, WRITTEN],
        )
        file = workspace.store_derived(path, name, path.name)
        breaches = len(breaches_of(cues, rules))
        yield Captions(format=format_, file=file, breaches=breaches, left_out=left_out)


def cues_for(words: Words, frames: int, job: Job, format_: Format) -> tuple[Cue, ...]:
    """The cues of a file of captions."""
    if words.cues:
        return named_cues(script_cues(words, frames, house_rules(job.language)), job, format_)
    speaker = " ".join(holdable(job.speaker or "").split())
    said = words.words
    if speaker and format_ == "srt":  # which has no other place for a name
        said = with_name(said, speaker)
    return cues_of(
        said,
        frames=frames,
        speaker=speaker,
        spaced=words.spaced,
        rules=house_rules(job.language),
        language=job.language,
    )


def named_cues(cues: Sequence[Cue], job: Job, format_: Format) -> tuple[Cue, ...]:
    """The cues with their speakers; in SRT, which has no other place, a name stands before the
    first words of whoever begins to speak."""
    named: list[Cue] = []
    before = ""
    for cue in cues:
        speaker = " ".join(holdable(cue.speaker or job.speaker or "").split())
        lines = cue.lines
        if format_ == "srt" and speaker and speaker != before and lines:
            lines = (f"{speaker}: {lines[0]}", *lines[1:])
        named.append(replace(cue, speaker=speaker, lines=lines))
        before = speaker or before
    return tuple(named)


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawing:
    """An ASS script in a folder with its fonts; `breaches` of its cues break the house rules."""

    script: Path
    breaches: int


def text_of(words: Words) -> str:
    """What the captions show."""
    if words.cues:
        return " ".join(f"{each.cue.text} {each.cue.speaker}" for each in words.cues)
    return " ".join(word.text for word in words.words)


def text_of_script(script: str) -> str:
    """What will stand in the captions of a script: its sentences that can be spoken."""
    return " ".join(sentence.text for sentence in split_script(script) if sentence.speakable)


def without(words: Words, signs: str) -> Words:
    """The words without these signs. A word of nothing else is left out."""
    if not signs:
        return words
    gone = dict.fromkeys(map(ord, signs))
    kept = (replace(word, text=word.text.translate(gone)) for word in words.words)
    cues = (
        replace(each, cue=replace(each.cue, lines=_without(each.cue.lines, gone)))
        for each in words.cues
    )
    return replace(words, words=tuple(word for word in kept if word.text.strip()), cues=tuple(cues))


def _without(lines: Sequence[str], gone: Mapping[int, None]) -> tuple[str, ...]:
    shown = (line.translate(gone) for line in lines)
    return tuple(line for line in shown if line.strip())


def drawn_name(take: Take, fonts: Sequence[Font], size: Size) -> tuple[str, ...]:
    """All that drawn captions depend on besides the picture under them."""
    digests = (font.sha256 for font in fonts)
    return (take.words.sha256, *digests, str(size), str(DRAWN), str(VERSION))


def drawing_of(
    words: Words, frames: int, fonts: Sequence[Font], size: Size, folder: Path
) -> Drawing:
    """Lay the words out for a picture of this size, and write what draws them."""
    letters = type_for(tuple(fonts), size, words.language)
    cues = cues_in_picture(words, frames, letters)
    folder.mkdir()
    for number, font in enumerate(fonts):
        copy_regular(font, folder, f"font{number}")
    script = folder / "captions.ass"
    script.write_text(ass_text(cues, letters), encoding="utf-8")
    breaches = breaches_of(cues, house_rules(words.language))
    return Drawing(script=script, breaches=len(breaches))


def caption_warnings(captions: Sequence[Captions]) -> tuple[str, ...]:
    """What to say of captions that break rules (speech may be too hurried for any reader), and of
    signs that they cannot show."""
    return (*_told_left_out(captions), *_told_breaches(captions))


def _told_left_out(captions: Sequence[Captions]) -> Iterator[str]:
    for signs in dict.fromkeys(made.left_out for made in captions if made.left_out):
        kinds = ", ".join(made.format for made in captions if made.left_out == signs)
        shown = named(signs[:SHOWN]) + (", ..." if len(signs) > SHOWN else "")
        yield f"signs_left_out: {kinds}: signs that cannot be shown are left out: {shown}"


def _told_breaches(captions: Sequence[Captions]) -> tuple[str, ...]:
    broken = ", ".join(f"{made.breaches} in {made.format}" for made in captions if made.breaches)
    if not broken:
        return ()
    told = f"captions_breach: breaches of the house rules: {broken}"
    return (f"{told}; `rushes captions check` lists them",)


def with_name(words: tuple[Word, ...], speaker: str) -> tuple[Word, ...]:
    """The words with their speaker's name before the first."""
    if not words:
        return ()
    first, *others = words
    return (replace(first, text=f"{speaker}: {first.text}"), *others)
