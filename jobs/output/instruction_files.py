"""Instructions in an output folder: small files under `OUT/orders`, written once, never changed."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable, Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from time import monotonic

from pydantic import TypeAdapter, ValidationError

from jobs.engine.steering import NAME_TIME, Rejection, Said, Steering, steering_from, time_after
from manifests.errors import BadInput, RushesError, Transient
from manifests.storage import absolute, join, overwrite, storage_of

LOGGER = logging.getLogger("rushes.instructions")

EVERY_S = 3.0
"""How often a run looks for new instructions."""

_READERS = 16
"""Files are read in parallel: on S3 each is one round trip."""

_ADAPTER: TypeAdapter[Said] = TypeAdapter(Said)


def folder_of(out: str) -> str:
    return join(out, "orders")


def listed(out: str) -> list[str]:
    """URIs of the instructions that were given, oldest first."""
    folder = folder_of(out)
    return [uri for uri in storage_of(out).list(folder) if uri.endswith(".json")]


def give(out: str, instruction: Said) -> str:
    """Store an instruction behind all that are there; returns its URI."""
    times = [time for uri in listed(out) if (time := time_in(uri)) is not None]
    given = time_after(instruction.given, max(times, default=None))
    name = f"{given:{NAME_TIME}}-{secrets.token_hex(4)}.json"
    uri = join(folder_of(out), name)
    text = _ADAPTER.dump_json(replace(instruction, given=given), indent=1)
    if not storage_of(out).create(uri, text):
        raise Transient("storage_contended", f"{uri} was taken; give the command again")
    return uri


def time_in(uri: str) -> datetime | None:
    """The time in an instruction's name; None when somebody else named the file."""
    try:
        stamp = uri.rpartition("/")[2].partition("-")[0]
        return datetime.strptime(stamp, NAME_TIME).replace(tzinfo=UTC)
    except ValueError:
        return None


def read_instruction(uri: str) -> Said | str:
    """The instruction in a file, or why there is none."""
    try:
        return _ADAPTER.validate_json(storage_of(uri).read(uri))
    except BadInput as error:
        return error.message
    except ValidationError as error:
        return str(error.errors()[0]["msg"])


def forget_reasons(out: str, jobs: Collection[str]) -> None:
    """Take what people said of videos of these jobs out of all instructions: it may name somebody.
    That they were rejected stays. Only whoever holds the lease may ask for it."""
    for uri in listed(out):
        said = read_instruction(uri)
        if isinstance(said, Rejection):
            silent = {j: w and replace(w, reason="") for j, w in said.jobs.items() if j in jobs}
            kept = replace(said, jobs={**said.jobs, **silent})
            if kept != said:
                overwrite(uri, _ADAPTER.dump_json(kept, indent=1))


class Watch:
    """Looks into an output folder for instructions every few seconds; reads each file once.

    A file that is no instruction is told once and left alone; it counts as soon as it is one.
    Raises `RushesError` when the first look fails: a held job must not start by accident.
    """

    def __init__(self, out: str, tell: Callable[[str], None] = LOGGER.warning) -> None:
        self._out = out
        self._tell = tell
        self._known: dict[str, Said] = {}
        self._told: set[str] = set()
        self._steering = self._look()
        self._looked_at = monotonic()

    def __call__(self) -> Steering:
        """What holds now; what was seen last while storage is in trouble."""
        if monotonic() - self._looked_at >= EVERY_S:
            with suppress(RushesError):
                self._steering = self._look()
            self._looked_at = monotonic()
        return self._steering

    def _look(self) -> Steering:
        uris = listed(self._out)
        self._read([uri for uri in uris if uri not in self._known])
        return steering_from({_name(uri): self._known[uri] for uri in uris if uri in self._known})

    def _read(self, uris: Sequence[str]) -> None:
        if not uris:
            return
        with ThreadPoolExecutor(_READERS) as readers:
            for uri, found in zip(uris, readers.map(read_instruction, uris), strict=True):
                if not isinstance(found, str):
                    self._known[uri] = found
                elif uri not in self._told:
                    self._told.add(uri)
                    self._tell(f"{uri} is no instruction and is not followed: {found}; remove it")


def steering_of(out: str, approved: str | None) -> Callable[[], Steering]:
    """What people want of the run under `out`; of the rows, only those `approved` in a proof."""
    watch = Watch(out)
    if approved is None:
        return watch
    proof = Watch(absolute(approved))
    return lambda: replace(watch(), gate=proof().approvals)


def _name(uri: str) -> str:
    return uri.rpartition("/")[2]
