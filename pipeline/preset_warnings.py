"""What is told of a row and its preset: columns without effect, demo weights, unsaid licences."""

from __future__ import annotations

from collections.abc import Iterator

from manifests.job import Job
from pipeline.presets import WITH_WEIGHTS, Preset, reads_prompts
from pipeline.timed_cues import is_timed, may_be_xliff


def preset_warnings(job: Job, preset: Preset) -> tuple[str, ...]:
    """What the row asks for without effect, and what the preset cannot do yet."""
    told = f"demo_weights: preset {preset.name} shows how it works, in small pictures"
    return (
        *(text for _, text in unused(job, preset)),
        *((told,) if preset.demo else ()),
        *licence_warning(preset),
    )


def unused(job: Job, preset: Preset) -> Iterator[tuple[str, str]]:
    """Columns of the row that change nothing, and what is said of each."""
    if job.prompt and not reads_prompts(preset):
        yield "prompt", f"prompt_unused: preset {preset.name} reads no prompt"
    if job.source_script_uri and not may_be_xliff(job.script_uri):
        yield "source_script_uri", "source_script_unused: script_uri is no XLIFF"
    if not is_timed(job.script_uri):
        yield from _unused_untimed(job)
    if job.audio_uri is None:
        if job.transcript:
            yield "transcript", "transcript_unused: the row has a script, which is what is said"
        return
    if job.voice:
        yield "voice", "voice_unused: the row has a recording, so no voice speaks"
    if job.lexicon_uri:
        yield "lexicon_uri", "lexicon_unused: the row has a recording, so nothing is pronounced"


def _unused_untimed(job: Job) -> Iterator[tuple[str, str]]:
    if job.voices:
        yield "voices", "voices_unused: only scripts with times (script_uri) have several voices"
    if job.cue_fit != "refuse":
        yield "cue_fit", "cue_fit_unused: only scripts with times (script_uri) have cues"


def licence_warning(preset: Preset) -> tuple[str, ...]:
    """That nobody said under which licence the official weights are used; a guest's package has a
    licence of its own."""
    if preset.name not in WITH_WEIGHTS or preset.licence:
        return ()
    told = f"licence_unsaid: nothing says under which licence the weights of {preset.name} are used"
    return (f"{told}; say it in the settings, [licences] {preset.name} = ...",)
