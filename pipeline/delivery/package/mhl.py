"""The ASC MHL history of `OUT/videos`: which files were delivered, with their xxh128, generation by
generation, written and read by the `ascmhl` package.

A history says that its files never change. So one that knows a file which is about to be replaced
is set aside first, and another one begins; at no time does one stand there that is not true.
"""

from __future__ import annotations

import hashlib
import socket
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from secrets import token_hex
from tempfile import TemporaryDirectory

import click
import xxhash
from ascmhl.chain_xml_parser import parse  # type: ignore[import-untyped]  # it ships no types
from ascmhl.generator import MHLGenerationCreationSession  # type: ignore[import-untyped]
from ascmhl.hashlist import (  # type: ignore[import-untyped]
    MHLCreatorInfo,
    MHLProcess,
    MHLProcessInfo,
    MHLTool,
)
from ascmhl.history import MHLHistory  # type: ignore[import-untyped]
from ascmhl.ignore import MHLIgnoreSpec  # type: ignore[import-untyped]
from lxml import etree  # type: ignore[import-untyped]  # it ships no types

from manifests.artifact import C2PA, Artifact, sha256_of
from manifests.errors import BadInput, RushesError
from manifests.lease import UNFENCED, name_under
from manifests.storage import join, storage_of
from manifests.storage.uri import S3, local_path
from pipeline.workspace.workspace import Workspace

FOLDER = "ascmhl"
CHAIN = "ascmhl_chain.xml"
SUMS = "SHA256SUMS"

NOT_LISTED = (".rushes-*", SUMS, SUMS + C2PA)
"""What stands among the videos and is no delivery; readers of the history pass over it."""

BLOCK_BYTES = 8 * 2**20

_UNREADABLE = (
    click.ClickException,
    etree.LxmlError,
    OSError,
    ValueError,
    AttributeError,
    TypeError,
)
"""What the package raises of a history that somebody changed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedFile:
    """A delivered file by its name in `OUT/videos`; `xxh128` is "" where it is not known yet."""

    name: str
    bytes: int
    sha256: str
    xxh128: str = ""


def is_of_package(out: str, uri: str) -> bool:
    """Whether a file among the videos is no job's, but tells of all."""
    videos = join(out, "videos", "")
    return uri.removesuffix(C2PA) == videos + SUMS or uri.startswith(f"{videos}{FOLDER}/")


def drop_sums(out: str) -> None:
    """The sums and their credentials: they are not true any more."""
    for name in (SUMS, SUMS + C2PA):
        storage_of(out).delete(join(out, "videos", name))


def signable_lists(out: str) -> Iterator[str]:
    """The files that tell of all: the sums, each generation of the history, and its chain."""
    sums, folder = join(out, "videos", SUMS), join(out, "videos", FOLDER)
    if storage_of(out).stat(sums) is not None:
        yield sums
    yield from (uri for uri in storage_of(out).list(folder) if uri.endswith((".mhl", CHAIN)))


def xxh128_of(path: Path) -> str:
    """Hex digest of a file, read in blocks."""
    digest = xxhash.xxh3_128()
    with path.open("rb") as file:
        while block := file.read(BLOCK_BYTES):
            digest.update(block)
    return digest.hexdigest()


def stored_xxh128(uri: str, size: int) -> str:
    """Hex digest of a stored file of `size` bytes, read in blocks."""
    storage, digest = storage_of(uri), xxhash.xxh3_128()
    for start in range(0, size, BLOCK_BYTES):
        digest.update(storage.read(uri, start, min(start + BLOCK_BYTES, size)))
    return str(digest.hexdigest())


def name_delivered(uri: str, path: Path, workspace: Workspace, sha256: str = "") -> Artifact:
    """Give a finished file its name among the videos; records that know another one by this name
    are set aside before."""
    if workspace.storage.stat(uri) is not None:
        set_aside(workspace.out)
    workspace.publish_as(uri, path)
    return Artifact(
        uri=uri,
        sha256=sha256 or sha256_of(path),
        bytes=path.stat().st_size,
        xxh128=xxh128_of(path),
    )


def is_true_of(out: str, files: Iterable[ListedFile]) -> bool:
    """Whether the history knows none of these files as another one, by the digests at hand."""
    with history_of(out) as history:
        known = originals(history)
    return all(
        not file.xxh128 or known.get(file.name, file.xxh128) == file.xxh128 for file in files
    )


def write_generation(out: str, files: Iterable[ListedFile], epoch: int = UNFENCED) -> int:
    """Write what the history does not say yet as its next generation; returns the number of files
    in it.

    Raises `BadInput` `history_damaged` when somebody changed the history: it is not gone on with.
    """
    with history_of(out) as history:
        known = originals(history)
        session = MHLGenerationCreationSession(history, MHLIgnoreSpec(new_pattern_list=NOT_LISTED))
        root, now = history.get_root_path(), datetime.now()  # noqa: DTZ005 - as ascmhl writes it
        added = 0
        for file in files:
            if file.name in known:
                continue
            digest = file.xxh128 or stored_xxh128(join(out, "videos", file.name), file.bytes)
            session.append_file_hash(
                f"{root}/{file.name}", file.bytes, None, "xxh128", digest, hash_date=now
            )
            added += 1
        if added:
            session.commit(_creator(), _process())
            _store(out, Path(root), epoch)
    return added


def set_aside(out: str) -> None:
    """Before a delivered file is replaced: take the history and the sums, which know it as it was,
    out of the videos. The history stays under `OUT/_run/mhl`; the sums are made anew."""
    storage, folder = storage_of(out), join(out, "videos", FOLDER)
    drop_sums(out)
    stat = storage.stat(join(folder, CHAIN))
    if stat is None:
        return
    chain = hashlib.sha256(storage.read(join(folder, CHAIN))).hexdigest()
    kept = join(out, "_run", "mhl", chain[:16])
    if folder.startswith(S3):
        _move_in_bucket(folder, kept)
    else:
        _rename_folder(local_path(folder), local_path(kept))


def _rename_folder(folder: Path, kept: Path) -> None:
    """In one step; another worker may have done it a moment ago."""
    kept.parent.mkdir(parents=True, exist_ok=True)
    with suppress(FileNotFoundError):
        if kept.exists():  # the very history, put back by hand
            kept = kept.with_name(f"{kept.name}-{token_hex(4)}")
        folder.rename(kept)


def _move_in_bucket(folder: str, kept: str) -> None:
    """The chain goes first: without it nobody reads on."""
    storage = storage_of(folder)
    uris = sorted(storage.list(folder), key=lambda uri: not uri.endswith(CHAIN))
    for uri in uris:
        storage.create(join(kept, uri.rpartition("/")[2]), storage.read(uri))
    for uri in uris:
        storage.delete(uri)


def mhl_findings(out: str) -> tuple[str, ...]:
    """What is not as the history says, a sentence for each file; none where there is no history."""
    try:
        with history_of(out) as history:
            return tuple(_breaches(out, originals(history)))
    except BadInput as error:
        return (error.message,)


def _breaches(out: str, known: dict[str, str]) -> Iterator[str]:
    for name, digest in known.items():
        uri = join(out, "videos", name)
        try:
            stat = storage_of(uri).stat(uri)
            found = stored_xxh128(uri, stat.bytes) if stat else ""
        except RushesError as error:
            yield f"{name}: it cannot be read: {error.message}"
            continue
        if stat is None:
            yield f"{name}: it is missing, and the ASC MHL history lists it"
        elif found != digest:
            yield f"{name}: xxh128 {found}, not {digest} as the ASC MHL history says"


def originals(history: MHLHistory) -> dict[str, str]:
    """The digest of each file that a history knows, by its name."""
    return {
        media.path: entry.hash_string
        for listed in history.hash_lists
        for media in listed.media_hashes
        for entry in media.hash_entries
        if entry.action == "original"
    }


@contextmanager
def history_of(out: str) -> Iterator[MHLHistory]:
    """The history as it stands, in a folder of its own; empty where there is none.

    What its chain does not name was left by a run that was killed, and is passed over. Raises
    `BadInput` `history_damaged`.
    """
    folder = join(out, "videos", FOLDER)
    with TemporaryDirectory() as desk:
        root = Path(desk, "videos")
        root.mkdir()
        if storage_of(out).stat(join(folder, CHAIN)) is not None:
            (root / FOLDER).mkdir()
            storage_of(out).download(join(folder, CHAIN), root / FOLDER / CHAIN)
        yield _loaded(root, folder)


def _loaded(root: Path, folder: str) -> MHLHistory:
    storage = storage_of(folder)
    try:
        for name in _named(root):
            if storage.stat(join(folder, name)) is not None:
                storage.download(join(folder, name), root / FOLDER / name)
                etree.parse(root / FOLDER / name)  # as it should be before ascmhl opens it
        return MHLHistory.load_from_path(str(root))
    except _UNREADABLE as error:
        told = getattr(error, "message", None) or str(error)
        raise BadInput(
            "history_damaged",
            f"the ASC MHL history in {folder} was changed ({told}); move it away, and the next "
            "run begins another",
        ) from error


def _named(root: Path) -> set[str]:
    """The files of the generations that the chain names."""
    path = root / FOLDER / CHAIN
    if path.exists():
        etree.parse(path)
    chain = parse(str(path))
    return {Path(generation.ascmhl_filename).name for generation in chain.generations}


def _store(out: str, root: Path, epoch: int) -> None:
    """First the generation, then the chain that names it."""
    folder = join(out, "videos", FOLDER)
    storage, ours = storage_of(out), root / FOLDER
    named = _named(root)
    for uri in list(storage.list(folder)):
        if uri.rpartition("/")[2].removesuffix(C2PA) not in {CHAIN, *named}:
            storage.delete(uri)
    for name in sorted(named):
        storage.create(join(folder, name), ours / name)
    storage.delete(join(folder, CHAIN + C2PA))  # they hold for the chain as it was
    name_under(out, epoch, join(folder, CHAIN), ours / CHAIN)


def _creator() -> MHLCreatorInfo:
    creator = MHLCreatorInfo()
    creator.tool = MHLTool("rushes", version("rushes"))
    creator.creation_date = datetime.now(UTC).replace(microsecond=0).isoformat()
    creator.host_name = socket.gethostname()
    return creator


def _process() -> MHLProcessInfo:
    process = MHLProcessInfo()
    process.process = MHLProcess("in-place")
    return process
