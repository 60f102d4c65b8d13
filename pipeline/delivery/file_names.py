"""The names of all files of a row, and rows that would share one."""

from __future__ import annotations

from array import array
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from hashlib import blake2b

import numpy as np

from manifests.job import Job
from pipeline.delivery.naming import file_name, name_key
from pipeline.delivery.profiles import CAPTION_FILES, COMPANIONS, SIDECAR, WEB, profiles_of
from pipeline.delivery.settings import DeliverySettings

FOLDER = "videos"
"""Of an output, where all of these files are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedRow:
    """A row, with the preset and the seed that it is made with."""

    job: Job
    preset: str
    seed: int


def file_names(row: NamedRow, delivery: DeliverySettings) -> dict[str, str]:
    """The name of each file that is delivered of a row, by its profile or kind.

    They depend on the row and the settings alone, so that a check tells what a run does. Raises
    `BadInput` `bad_file_name`.
    """
    job, template = row.job, delivery.template
    endings = {profile.name: profile.ending for profile in profiles_of(job, delivery.table)}
    endings |= {kind: f"{{language}}.{kind}" for kind in CAPTION_FILES if kind in job.deliverables}
    endings |= {kind: COMPANIONS[kind] for kind in COMPANIONS if kind in job.deliverables}
    endings[SIDECAR] = "json"
    return {
        kind: file_name(template, fields_of(row, kind, delivery), ending)
        for kind, ending in endings.items()
    }


def fields_of(row: NamedRow, kind: str, delivery: DeliverySettings) -> Mapping[str, str]:
    """What a template is filled in with; captions and sidecars are of the video `web`."""
    job = row.job
    if delivery.template.is_by_id:
        return {"job_id": job.job_id, "language": job.language}
    profile = delivery.table.get(kind) or delivery.table[WEB]
    height = profile.size[1] if isinstance(profile.size, tuple) else profile.size
    return {
        "job_id": job.job_id,
        "language": job.language,
        "profile": kind,
        "title": job.title or "",
        "speaker": job.speaker or "",
        "preset": row.preset,
        "seed": str(row.seed),
        "aspect": (profile.aspect or job.aspect).replace(":", "x"),
        "rate": f"{float(profile.delivered_rate):.5g}",
        "height": str(height or "source"),
    }


class TakenNames:
    """All names of a manifest's files, to find those that come twice; 8 bytes a name.

    The names are not kept: `shared` tells digests, and whoever reads the rows once more finds by
    `clashes` which rows they are of.
    """

    def __init__(self) -> None:
        self._digests = array("Q")

    def __len__(self) -> int:
        return len(self._digests)

    def add(self, names: Iterable[str]) -> None:
        self._digests.extend(map(name_digest, names))

    def shared(self) -> frozenset[int]:
        """Digests of the names that were added more than once."""
        digests, counts = np.unique(np.frombuffer(self._digests, np.uint64), return_counts=True)
        return frozenset(map(int, digests[counts > 1]))

    def shared_with(self, other: TakenNames) -> frozenset[int]:
        """Digests of the names that were added to both."""
        ours = np.frombuffer(self._digests, np.uint64)
        theirs = np.frombuffer(other._digests, np.uint64)
        return frozenset(map(int, np.intersect1d(ours, theirs)))


def clashes(
    rows: Iterable[tuple[Job, Mapping[str, str]]], shared: frozenset[int]
) -> Iterator[tuple[str, tuple[Job, ...]]]:
    """Names that several files have, with the jobs of these files; upper and lower case and the
    ways to write an accent count as the same."""
    found: defaultdict[str, list[tuple[str, Job]]] = defaultdict(list)
    for job, names in rows:
        for name in names.values():
            if name_digest(name) in shared:
                found[name_key(name)].append((name, job))
    for files in found.values():
        if len(files) > 1:
            yield files[0][0], tuple(job for _, job in files)


def name_digest(name: str) -> int:
    """The same for names that some file system takes for one."""
    return int.from_bytes(blake2b(name_key(name).encode(), digest_size=8).digest())
