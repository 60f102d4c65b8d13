"""What each finished video was made from, read from the output folder alone."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

from pydantic import TypeAdapter, ValidationError

from manifests.errors import BadInput, Transient
from manifests.storage import join, storage_of
from model.shapes import FPS
from pipeline.nouns import Chunk, Retake, Segment
from pipeline.workspace.workspace import artifacts_of, record_name

Noun = TypeVar("Noun")

NAME = re.compile("[0-9a-f]{40}")
"""Of finished work: its fingerprint."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PresetUsed:
    name: str
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """Of the take, of the request and of what its row says."""

    take: str
    asked: str = ""
    row: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sidecar:
    """What a sidecar says of how a video was rendered; `segments` are names of finished work."""

    preset: PresetUsed
    seed: int
    cuts_s: tuple[float, ...]
    segments: tuple[str, ...]
    fingerprints: Names
    prompt: str | None = None
    retakes: tuple[Retake, ...] = ()


def read_record(uri: str, noun: type[Noun]) -> Noun:
    """A noun as it was written down, read without touching it; raises `BadInput` or `Transient`."""
    try:
        found: Noun = TypeAdapter(noun).validate_json(storage_of(uri).read(uri))
    except ValidationError as error:
        raise Transient("work_damaged", f"{uri} is damaged or of another version") from error
    return found


def read_work_record(out: str, name: str, noun: type[Noun]) -> Noun:
    """The record of finished work; raises `BadInput` `work_missing` when there is none any more,
    and `Transient` when it names files elsewhere: whoever may write here names nothing there."""
    if not NAME.fullmatch(name):
        raise Transient("work_damaged", f"{name} is no name of finished work")
    uri = join(out, "_run", "work", name, record_name(noun))
    if storage_of(uri).stat(uri) is None:
        raise BadInput("work_missing", f"{uri} is gone")
    found = read_record(uri, noun)
    if not all(is_below(out, artifact.uri) for artifact in artifacts_of(found)):
        raise Transient("work_damaged", f"{uri} names files that are not in {out}")
    return found


def is_below(out: str, uri: str) -> bool:
    """Whether a file is in the folder `out`."""
    return uri.startswith(join(out, "")) and ".." not in uri.split("/")


def chunks_from_cuts(cuts_s: Sequence[float], frames: int) -> tuple[Chunk, ...]:
    """The chunks of a take of `frames` frames that begin at these seconds."""
    starts = [round(cut * FPS) for cut in cuts_s]
    return tuple(
        Chunk(index=index, start=start, stop=stop)
        for index, (start, stop) in enumerate(zip(starts, [*starts[1:], frames], strict=True))
    )


def located(number: int, chunks: Sequence[Chunk]) -> tuple[Chunk, Segment]:
    """Where the `number`-th segment of a take is; raises `Transient` when the take has fewer."""
    for chunk in chunks:
        if number < chunk.cost:
            return chunk, chunk.segments[number]
        number -= chunk.cost
    raise Transient("work_damaged", "the cuts of the sidecar give fewer segments than were made")
