"""The files that a row names, on this machine, with the digests of their bytes."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from manifests.artifact import sha256_of
from manifests.job import Job
from manifests.storage import storage_of


def input_uris(job: Job) -> tuple[str, ...]:
    """The files that a row names: the portrait, and the narration, the bed and the lexicon if
    there are any."""
    named = (job.portrait_uri, job.audio_uri, job.bed_uri, job.lexicon_uri)
    return tuple(uri for uri in named if uri is not None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Inputs:
    """Local files of a row, and the SHA-256 of each in the order of `input_uris`."""

    portrait: Path
    narration: Path | None
    bed: Path | None
    lexicon: Path | None
    digests: tuple[str, ...]


def fetch_inputs(job: Job, desk: Path) -> Inputs:
    """Bring the row's files to `desk`; `Missing` or `Forbidden` name the one that cannot be had."""
    portrait = fetch_input(job.portrait_uri, desk / "portrait.in")
    digests = [sha256_of(portrait)]
    narration = _fetched(job.audio_uri, desk / "narration.in", digests)
    bed = _fetched(job.bed_uri, desk / "bed.in", digests)
    lexicon = _fetched(job.lexicon_uri, desk / "lexicon.in", digests)
    return Inputs(
        portrait=portrait, narration=narration, bed=bed, lexicon=lexicon, digests=tuple(digests)
    )


def _fetched(uri: str | None, path: Path, digests: list[str]) -> Path | None:
    if uri is None:
        return None
    digests.append(sha256_of(fetch_input(uri, path)))
    return path


def fetch_input(uri: str, path: Path) -> Path:
    """Download one input, as it is: a local file is copied too, so that it cannot change under our
    hands."""
    storage_of(uri).download(uri, path)
    return path
