"""Where a stage keeps and finds files: the run's work folder, and a bounded scratch here."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, fields, is_dataclass, replace
from functools import cache
from itertools import count
from pathlib import Path
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from manifests.artifact import Artifact, sha256_of
from manifests.errors import ManifestUnusable, Missing, Transient
from manifests.lease import UNFENCED, name_under
from manifests.storage import Storage, join, overwrite, storage_of
from pipeline.media.scratch_names import SPOKEN
from pipeline.workspace.copies import DAMAGED, GONE, Copies, is_as_stored, is_local
from pipeline.workspace.scratch import (
    CHECKED,
    new_desk,
    require_own,
    sweep,
    sweep_dying,
    sweep_works,
    swept_once,
)

Noun = TypeVar("Noun")

CHECKED_SHARE = 4
"""What checks made may take up to this part of the room of scratch, on top of it."""

WORK = ("_run", "work")
"""Where finished work is below an output folder, each piece in a folder of its name."""

SWEPT_EVERY = 50
"""Takes of a process, from its first on: to sweep looks at thousands of folders."""

_TAKES = count()


@cache
def _adapter(noun: type[Any]) -> TypeAdapter[Any]:
    return TypeAdapter(noun)


@dataclass(frozen=True, slots=True, kw_only=True)
class Workspace:
    """A run's output folder and this machine's scratch.

    `scratch` keeps at most `scratch_bytes` of copies for the next reader; what is being worked on
    comes on top. `found` collects which kinds of records were found finished, `dropped` the
    finished files that were not as they had been stored. `epoch` is the run's, under which finished
    files get their names.
    """

    out: str
    scratch: Path
    scratch_bytes: int = 20 * 2**30
    epoch: int = UNFENCED
    found: list[str] = field(default_factory=list, compare=False)
    dropped: list[str] = field(default_factory=list, compare=False)

    @property
    def copies(self) -> Copies:
        return Copies(scratch=self.scratch, limit_bytes=self.scratch_bytes)

    @property
    def checked(self) -> Workspace:
        """What `rushes check --media` made on this machine for the run that follows."""
        return replace(self, out=str(self.scratch.absolute() / CHECKED), found=[], dropped=[])

    @property
    def storage(self) -> Storage:
        return storage_of(self.out)

    def work(self, fingerprint: str, name: str) -> str:
        """URI of the file `name` of the work `fingerprint`."""
        return join(self.out, *WORK, fingerprint, name)

    def find_finished(self, fingerprint: str, noun: type[Noun]) -> Noun | None:
        """The noun that the finished work `fingerprint` left, if it and its files are all there."""
        made = self._read(fingerprint, noun)
        if made is None:
            return None
        lacking = [artifact.uri for artifact in artifacts_of(made) if not is_as_stored(artifact)]
        if lacking:
            self._drop(fingerprint, noun, lacking)
            return None
        self.found.append(noun.__name__)
        return made

    def commit(self, fingerprint: str, made: Noun) -> Noun:
        """Say that the work is finished; returns what was said first, by whomever."""
        text = _adapter(type(made)).dump_json(made, indent=1)  # type: ignore[arg-type]  # a type
        if self.storage.create(self._record_uri(fingerprint, type(made)), text):
            return made
        return self._read(fingerprint, type(made)) or made

    def store(self, path: Path, fingerprint: str, name: str) -> Artifact:
        """Store a finished file; what another worker stored under the name before counts."""
        uri = self.work(fingerprint, name)
        if self.storage.create(uri, path):
            return _artifact(uri, path)
        with self.scratch_dir() as folder:
            self.storage.download(uri, folder / name)
            return _artifact(uri, folder / name)

    def store_derived(self, path: Path, fingerprint: str, name: str) -> Artifact:
        """Store a finished file that no record vouches for, over whatever else stands there."""
        made = _artifact(self.work(fingerprint, name), path)
        if self.store(path, fingerprint, name) != made:
            self.dropped.append(made.uri)
            overwrite(made.uri, path)
        return made

    def fetch(self, artifact: Artifact, folder: Path) -> Path:
        """A local file with the artifact's bytes, to be read only: in place, or a link in `folder`.

        Raises `Transient` when the bytes are other ones by now (`work_damaged`) or gone.
        """
        if not is_local(artifact.uri):
            return self.copies.linked(artifact, folder)
        if is_as_stored(artifact):
            return Path(artifact.uri)
        there = self.storage.stat(artifact.uri) is not None
        told = "was changed after it was made" if there else "is gone"
        raise Transient(DAMAGED if there else GONE, f"{artifact.uri} {told}; it is made again")

    def publish_as(self, uri: str, path: Path) -> None:
        """Give a finished file the name that people know, in place of what stands there.

        Raises `Preempted` when another run has taken over the output folder.
        """
        name_under(self.out, self.epoch, uri, path)

    def evict(self, artifact: Artifact, folder: Path) -> None:
        """Drop what `fetch` brought here: nobody will read it again soon."""
        if not is_local(artifact.uri):
            (folder / artifact.sha256).unlink(missing_ok=True)
            self.copies.path_of(artifact).unlink(missing_ok=True)

    @contextmanager
    def scratch_dir(self) -> Iterator[Path]:
        """An empty folder for one piece of work, removed afterwards."""
        require_own(self.scratch)
        swept_once(self.scratch)
        with new_desk(self.scratch) as folder:
            yield folder

    def open(self) -> None:
        """Make sure that scratch can be used; clear what killed workers left there."""
        try:
            require_own(self.scratch)
            sweep(self.scratch)
            self.sweep_checked()
            with self.scratch_dir():
                return
        except OSError as error:
            raise ManifestUnusable(
                "scratch_unusable",
                f"the scratch folder {self.scratch} cannot be used ({error.strerror}); "
                "name another with `scratch` in the settings file",
            ) from error

    def sweep_checked(self) -> None:
        """Drop what checks made and voices said long ago, and the oldest of both where it takes too
        much room."""
        room = self.scratch_bytes // CHECKED_SHARE
        sweep_works(Path(self.checked.out) / "_run" / "work", room)
        sweep_works(self.scratch / SPOKEN, room)

    def sweep_now_and_then(self) -> None:
        """For who works on many takes: each keeps sentences, on every machine."""
        if next(_TAKES) % SWEPT_EVERY == 0:
            with suppress(OSError):
                self.sweep_checked()

    def close(self) -> None:
        """Clear what workers that were killed in this run left on this machine."""
        with suppress(OSError):
            sweep_dying(self.scratch)

    def _record_uri(self, fingerprint: str, noun: type[Any]) -> str:
        return self.work(fingerprint, record_name(noun))

    def _read(self, fingerprint: str, noun: type[Noun]) -> Noun | None:
        uri = self._record_uri(fingerprint, noun)
        try:
            found: Noun = _adapter(noun).validate_json(self.storage.read(uri))  # type: ignore[arg-type]  # a type
        except Missing:
            return None
        except ValidationError:  # of another version, or damaged: the work is done again
            self.storage.delete(uri)
            return None
        return found

    def _drop(self, fingerprint: str, noun: type[Any], lacking: list[str]) -> None:
        """Forget a record. What is left of its own files must not be taken for the new ones; those
        of other work are their records' to judge."""
        own = join(self.out, *WORK, fingerprint, "")
        for uri in lacking:
            if uri.startswith(own):
                self.storage.delete(uri)
        self.storage.delete(self._record_uri(fingerprint, noun))
        self.dropped.extend(lacking)


def record_name(noun: type[Any]) -> str:
    """The file of a noun's records: its name in the work folder never changes, so that finished
    work is found whatever the class is called by now."""
    return f"{getattr(noun, 'stored_as', noun.__name__.lower())}.json"


def work_name(uri: str) -> str:
    """The name of the finished work that a stored file is of; "" where it is of none."""
    *_, room, kind, name, _ = ("", "", "", *uri.split("/"))
    return name if (room, kind) == WORK else ""


def read_record(uri: str, noun: type[Noun]) -> Noun:
    """A noun as it was written down, read without touching it; raises `BadInput` or `Transient`."""
    try:
        found: Noun = _adapter(noun).validate_json(storage_of(uri).read(uri))  # type: ignore[arg-type]  # a type
    except ValidationError as error:
        raise Transient("work_damaged", f"{uri} is damaged or of another version") from error
    return found


def artifacts_of(noun: object) -> Iterator[Artifact]:
    """All artifacts that a noun names, however deep."""
    if isinstance(noun, Artifact):
        yield noun
    elif isinstance(noun, tuple):
        for part in noun:
            yield from artifacts_of(part)
    elif is_dataclass(noun):
        for each in fields(noun):
            yield from artifacts_of(getattr(noun, each.name))


def _artifact(uri: str, path: Path) -> Artifact:
    return Artifact(uri=uri, sha256=sha256_of(path), bytes=path.stat().st_size)
