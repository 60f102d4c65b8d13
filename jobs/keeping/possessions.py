"""What the records of stored work say of whose it is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from jobs.keeping.erasure_plan import Holdings, Kind, WorkTold
from jobs.output.work_of_jobs import StoredWork
from manifests.errors import RushesError
from pipeline.nouns import FinishedSegment, PreparedPortrait, Reel, SegmentFile, Take
from pipeline.split import CutList
from pipeline.workspace.workspace import artifacts_of, read_record, record_name, work_name

_READERS = 16
"""Records are read in parallel: on S3 each is one round trip."""

_NOUNS: Mapping[Kind, type[object]] = {
    "take": Take,
    "looks": PreparedPortrait,
    "reel": Reel,
    "segment": SegmentFile,
    "finished": FinishedSegment,
    "cuts": CutList,
}
OWNED = ("segment", "finished")
"""Kinds whose records name the take that they were made for."""

_KINDS: Mapping[str, Kind] = {record_name(noun): kind for kind, noun in _NOUNS.items()}


def holdings_of(works: Mapping[str, StoredWork], rows: Mapping[str, frozenset[str]]) -> Holdings:
    """Read the records of all takes and reels, and of segments that no finished row has."""
    had = frozenset().union(*rows.values())
    with ThreadPoolExecutor(_READERS) as readers:
        told = readers.map(partial(_told_by, had=had), works.items())
        return Holdings(told={each.name: each for each in told}, rows=rows)


def _told_by(work: tuple[str, StoredWork], had: frozenset[str]) -> WorkTold:
    name, stored = work
    for uri in stored.files:
        kind = _KINDS.get(uri.rpartition("/")[2])
        if kind is None:
            continue
        if kind not in ("take", "reel") and (kind not in OWNED or name in had):
            return WorkTold(name=name, kind=kind)
        try:
            return _told_of(name, read_record(uri, _NOUNS[kind]))
        except RushesError:  # damaged, of another version, or gone: nobody can say whose it is
            break
    return WorkTold(name=name, kind="other")


def _told_of(name: str, noun: object) -> WorkTold:
    uses = frozenset(work_name(each.uri) for each in artifacts_of(noun)) - {name, ""}
    match noun:
        case Take():
            mine = personal(noun.inputs, noun.voices)
            return WorkTold(name=name, kind="take", take=name, uses=uses, digests=mine)
        case Reel():
            return WorkTold(name=name, kind="reel", take=noun.take.fingerprint, uses=uses)
        case SegmentFile():
            return WorkTold(name=name, kind="segment", take=noun.take)
        case FinishedSegment():
            return WorkTold(name=name, kind="finished", take=noun.take)
    return WorkTold(name=name, kind="other")


def personal(digests: Iterable[str], voices: Iterable[str]) -> frozenset[str]:
    """Of the files that a take was made from, those that show or sound like a person: the portrait,
    and behind it the recording where no voice spoke."""
    first = list(digests)[: 1 if list(voices) else 2]
    return frozenset(first)
