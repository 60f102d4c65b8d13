"""What the lists beside the delivered files say of them: the ASC MHL history and the sums."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from manifests.errors import BadInput
from manifests.storage import join, storage_of
from pipeline.delivery.file_names import FOLDER
from pipeline.delivery.package.mhl import FOLDER as HISTORY
from pipeline.delivery.package.mhl import SUMS, history_of, originals

LARGEST_BYTES = 256 << 20
"""Of a list of sums: two million files."""

_LINE = re.compile(r"([0-9a-f]{64})  (.+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadDigests:
    """Of the bytes of a file as they are now, in hexadecimal digits."""

    sha256: str
    xxh128: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FileLists:
    """Digests by the names of files in `OUT/videos`: `history` has those of the MHL (xxh128),
    `sums` those of the list (SHA-256). `faults` are lists that cannot be read, by their URIs."""

    history: Mapping[str, str] = field(default_factory=dict)
    sums: Mapping[str, str] = field(default_factory=dict)
    faults: Mapping[str, str] = field(default_factory=dict)


def lists_of(out: str) -> FileLists:
    """Both lists, as far as they are there and can be read."""
    faults, history, sums = {}, {}, {}
    try:
        with history_of(out) as found:
            history = originals(found)
    except BadInput as error:
        faults[join(out, FOLDER, HISTORY)] = error.message
    uri = join(out, FOLDER, SUMS)
    try:
        sums = _sums_in(uri)
    except BadInput as error:
        faults[uri] = error.message
    return FileLists(history=history, sums=sums, faults=faults)


def _sums_in(uri: str) -> dict[str, str]:
    """Raises `BadInput` for a list that is none."""
    if storage_of(uri).stat(uri) is None:
        return {}
    content = storage_of(uri).read(uri, 0, LARGEST_BYTES + 1)
    lines = content.decode(errors="replace").removesuffix("\n").split("\n")
    found = [_LINE.fullmatch(line) for line in lines]
    if len(content) > LARGEST_BYTES or not all(found):
        message = f"{uri} is no list of SHA-256 sums; move it away, and the next run writes another"
        raise BadInput("sums_damaged", message)
    return {each[2]: each[1] for each in found if each}


def list_breaches(name: str, found: ReadDigests, lists: FileLists) -> Iterator[str]:
    """Where the lists say otherwise of a file than its bytes do; pure."""
    in_history, in_sums = lists.history.get(name), lists.sums.get(name)
    if in_history not in {None, found.xxh128}:
        yield f"xxh128 {found.xxh128}, not {in_history} as the ASC MHL history says"
    if in_sums not in {None, found.sha256}:
        yield f"sha256 {found.sha256}, not {in_sums} as {SUMS} says"


def unknown_names(names: set[str], lists: FileLists) -> Iterator[tuple[str, str]]:
    """Files that the lists name and no result does, each with what to say of it; pure."""
    for name in sorted(lists.history.keys() - names):
        yield name, "the ASC MHL history lists it, and no result names it"
    for name in sorted(lists.sums.keys() - names):
        yield name, f"{SUMS} lists it, and no result names it"
