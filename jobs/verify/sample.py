"""Which finished segments of a run are rendered again, and which files decoded: draws that a seed
decides."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from jobs.verify.said import MEDIA
from manifests.fingerprint import fingerprint
from manifests.results import Result


@dataclass(frozen=True, slots=True, kw_only=True)
class SampledSegment:
    """The `number`-th segment of a finished job."""

    job_id: str
    asked: str
    sidecar: str
    number: int


def sample_segments(results: Iterable[Result], number: int, seed: int) -> list[SampledSegment]:
    """`number` random finished segments of a run; the draw is keyed by each segment's name, so
    that it depends neither on the order of the rows nor on how many there are."""

    def key(sampled: SampledSegment) -> str:
        return fingerprint("sample", seed=seed, asked=sampled.asked, number=sampled.number)

    return heapq.nsmallest(number, _all(results), key=key)


def sample_files(results: Iterable[Result], number: int, seed: int) -> frozenset[str]:
    """The URIs of `number` random sounds and videos of a run, drawn likewise."""

    def key(drawn: tuple[str, str, str]) -> str:
        asked, profile, _ = drawn
        return fingerprint("sampled file", seed=seed, asked=asked, profile=profile)

    media = (
        (result.fingerprint or "", file.profile, file.uri)
        for result in results
        for file in result.deliverables
        if file.uri.rpartition(".")[2] in MEDIA
    )
    return frozenset(uri for _, _, uri in heapq.nsmallest(number, media, key=key))


def _all(results: Iterable[Result]) -> Iterator[SampledSegment]:
    for result in results:
        sidecars = [file.uri for file in result.deliverables if file.profile == "sidecar"]
        for number in range(result.segments if sidecars else 0):
            yield SampledSegment(
                job_id=result.job_id,
                asked=result.fingerprint or "",
                sidecar=sidecars[0],
                number=number,
            )
