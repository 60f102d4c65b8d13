"""A replay bundle for each row that failed though nobody at the studio must act: one JSON file with
all that its work was made from, under `_run/replay`."""

from __future__ import annotations

import platform
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any, Literal

from pydantic import TypeAdapter, ValidationError

from jobs.config import RunConfig
from jobs.engine.attempts import Tally
from jobs.engine.observer import Observer
from jobs.engine.phases import Failed, Failure, Finished
from jobs.orders import input_versions
from jobs.output.result_rows import STATUS_OF
from jobs.output.run_file import TOLD
from jobs.output.work_records import bundle_uri
from manifests.errors import BadInput, ManifestUnusable, RushesError
from manifests.job import Job
from manifests.storage import overwrite, storage_of
from pipeline.nouns import Retake

LARGEST_BYTES = 8 << 20
"""Of a bundle: its script and its metadata have half a million characters at most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bundle:
    """What a row was to be, how it failed, and what it ran with.

    `inputs` are the versions of its files as storage told them, in the order of its URIs; `preset`
    is the digest of the preset, `seed` what its draws were keyed by, `steps` the seconds that each
    stage took before it failed, `retakes` the seeds that were given to later parts of it.
    """

    format: Literal[1] = 1
    run_id: str
    job: Job
    asked: str
    seed: int
    preset_name: str
    preset: str
    inputs: tuple[str, ...]
    failure: Failure
    attempts: int
    steps: Mapping[str, float]
    config: Mapping[str, Any]
    versions: Mapping[str, str]
    retakes: tuple[Retake, ...] = ()


_ADAPTER = TypeAdapter(Bundle)


def read_bundle(uri: str) -> Bundle:
    """The bundle at `uri`; `ManifestUnusable` when it is none."""
    try:
        return _ADAPTER.validate_json(_content_of(uri))
    except (BadInput, ValidationError) as error:
        message = f"{uri} is no replay bundle of this version: {str(error).splitlines()[0]}"
        raise ManifestUnusable("bundle_unreadable", message) from error


def _content_of(uri: str) -> bytes:
    content = storage_of(uri).read(uri, 0, LARGEST_BYTES + 1)
    if len(content) > LARGEST_BYTES:
        raise BadInput("file_too_large", f"it has more than {LARGEST_BYTES:,} bytes")
    return content


def poisoned(phase: Failed) -> bool:
    """Whether the failure is of the program or its machines: the studio has nothing to mend."""
    return phase.failure.kind not in STATUS_OF


def versions_here() -> dict[str, str]:
    return {"python": platform.python_version()} | {name: version(name) for name in TOLD}


@dataclass(frozen=True, slots=True)
class Bundles(Observer):
    """Writes a bundle when a row is given up; no trouble with that stops a night."""

    out: str
    config: RunConfig
    run_id: str

    def job_over(self, phase: Finished | Failed, tally: Tally) -> None:
        if isinstance(phase, Failed) and poisoned(phase):
            with suppress(RushesError):
                uri = bundle_uri(self.out, phase.order.job.job_id)
                overwrite(uri, _ADAPTER.dump_json(self._bundle(phase, tally), indent=2))

    def _bundle(self, phase: Failed, tally: Tally) -> Bundle:
        order = phase.order
        return Bundle(
            run_id=self.run_id,
            job=order.job,
            asked=order.request_id,
            seed=order.seed,
            preset_name=order.preset.name,
            preset=order.preset.digest,
            inputs=input_versions(order.job),
            failure=phase.failure,
            attempts=tally.attempts,
            steps=dict(tally.seconds),
            config=self.config.model_dump(mode="json", exclude={"address"}),
            versions=versions_here(),
            retakes=order.retakes,
        )
