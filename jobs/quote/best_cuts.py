"""Opens the few takes that decide when a night ends, and finds where each is best cut."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress

from jobs.config import RunConfig
from jobs.quote.advice import Cut
from jobs.quote.quote import Quote
from manifests.errors import RushesError
from manifests.job import Job
from manifests.validate import examine
from model.shapes import FPS
from pipeline.cutting.cuts import Pause, pauses_of
from pipeline.media.sound.vad import speech_spans
from pipeline.media.text.lexicon import EMPTY
from pipeline.media.voice.speech import speak_script
from pipeline.take_sound import fetched_script, ready_narration, ready_sound, voice_of_row
from pipeline.workspace.inputs import fetch_column
from pipeline.workspace.workspace import Workspace


def cuts_for(quote: Quote, manifests: Sequence[str], config: RunConfig) -> dict[str, Cut]:
    """Where each critical take that is one chain can be cut, by job."""
    chains = [chain for chain in quote.advice.chains if chain.critical and chain.chunk == 0]
    wanted = {chain.job_id for chain in chains}
    if not wanted:
        return {}
    rows = examine(manifests, config.known_names)
    jobs = [row for row in rows if isinstance(row, Job) and row.job_id in wanted]
    workspace = Workspace(out="", scratch=config.scratch)
    workspace.open()
    found = {job.job_id: cut_of(job, workspace, config) for job in jobs}
    return {job_id: cut for job_id, cut in found.items() if cut is not None}


def cut_of(job: Job, workspace: Workspace, config: RunConfig) -> Cut | None:
    """The pause nearest to the middle of the take; None when there is none, or the take cannot be
    opened: `rushes check --media` says why."""
    with suppress(RushesError), workspace.scratch_dir() as folder:
        speech, mix = folder / "speech.wav", folder / "mix.wav"
        if job.script is not None:
            voice = voice_of_row(job, config.limits)
            frames = speak_script(job.script, voice, speech=speech, mix=mix).frames
        elif job.is_spoken:
            script = fetched_script(job, folder, config.limits.admission)
            frames = ready_sound(None, EMPTY, job, config.limits, folder, script).frames
        else:
            source = fetch_column(job, "audio_uri", folder, config.limits.admission)
            frames = ready_narration(source, job, config.limits, folder).frames
        return middle_cut(pauses_of(speech_spans(speech), frames, config.split.silence_s), frames)
    return None


def middle_cut(pauses: Iterable[Pause], frames: int) -> Cut | None:
    """The cut in the pause nearest to the middle of a take."""
    nearest = min(pauses, key=lambda pause: abs(2 * pause.middle - frames), default=None)
    if nearest is None:
        return None
    return Cut(at_s=nearest.middle / FPS, share=nearest.middle / frames)
