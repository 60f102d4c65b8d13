"""`_run/run.json`: what ran, written before anything else, so that an unwritable output is found
at once."""

from __future__ import annotations

import json
import logging
import platform
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from importlib.metadata import version

from jobs.config import RunConfig
from manifests.errors import BadInput, ManifestUnusable
from manifests.storage import absolute, join, overwrite, storage_of
from pipeline.presets import preset_named

LOGGER = logging.getLogger("rushes.run_file")

FORMAT = 1
"""Of the output folder; a folder of another format is refused."""

LARGEST_BYTES = 32 << 20
"""Of a run file: it names manifests and settings."""

TOLD = ("rushes", "torch", "ray", "pyarrow", "numpy", "opencv-python-headless", "av")


def run_file(out: str) -> str:
    return join(out, "_run", "run.json")


def read_run_file(out: str) -> dict[str, object]:
    """What the last run said of itself; `ManifestUnusable` when `out` is not the output of a
    run."""
    uri = run_file(out)
    try:
        if storage_of(out).stat(uri) is None:
            raise ManifestUnusable(
                "not_a_run", f"{out} is not the output of a run: {uri} is missing"
            )
        content = storage_of(out).read(uri, 0, LARGEST_BYTES + 1)
        found = json.loads(content) if len(content) <= LARGEST_BYTES else None
    except BadInput as error:
        raise ManifestUnusable("not_a_run", f"{uri} cannot be read: {error}") from error
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict) or not _is_whole(found):
        message = f"{uri} is damaged; run again with the same manifests: it is written anew"
        raise ManifestUnusable("run_file_damaged", message)
    if found.get("format") != FORMAT:
        message = f"{uri} is not of format {FORMAT}, which this version reads; use another --out"
        raise ManifestUnusable("format_unknown", message)
    return found


def _is_whole(found: Mapping[str, object]) -> bool:
    """Whether it says all that commands read of it; another format may say anything."""
    manifests, rows = found.get("manifests"), found.get("rows")
    return found.get("format") != FORMAT or (
        all(isinstance(found.get(name), str) for name in ("run_id", "started"))
        and (isinstance(rows, int) and not isinstance(rows, bool))
        and isinstance(manifests, list)
        and all(isinstance(manifest, str) for manifest in manifests)
    )


def refuse_other_format(out: str) -> None:
    """`ManifestUnusable` when `out` holds a run that this version cannot go on with; what a
    damaged file said is written anew, and said."""
    try:
        if storage_of(out).stat(run_file(out)) is not None:
            read_run_file(out)
    except BadInput as error:
        raise _unwritable(out, error) from error
    except ManifestUnusable as error:
        if error.code != "run_file_damaged":
            raise
        LOGGER.warning("%s was damaged and is written anew", run_file(out))


def refuse_no_proof(approved: str | None, out: str) -> None:
    """`ManifestUnusable` when `approved` is not the output of another run."""
    if approved is None:
        return
    if absolute(approved) == out:
        message = f"{out} cannot be its own proof: name the output of a run with --proof"
        raise ManifestUnusable("not_a_proof", message)
    read_run_file(absolute(approved))


def rows_in_results(ran: Mapping[str, object]) -> int:
    """Of a run file: how many rows have a result or will; those of earlier runs alone keep theirs,
    of which earlier versions told nothing here."""
    return int(str(ran["rows"])) + rows_of_others(ran)


def rows_of_others(ran: Mapping[str, object]) -> int:
    found = ran.get("rows_of_others", 0)
    return found if isinstance(found, int) else 0


def write_run_file(
    out: str,
    run_id: str,
    manifests: Sequence[str],
    config: RunConfig,
    *,
    rows: int,
    rows_of_others: int = 0,
) -> None:
    """Say what runs now; raises `ManifestUnusable` when `out` cannot be written."""
    uri = run_file(out)
    preset = preset_named(config.preset, config.presets)
    text = json.dumps(
        {
            "format": FORMAT,
            "run_id": run_id,
            "started": datetime.now(UTC).isoformat(),
            "manifests": list(manifests),
            "rows": rows,
            "rows_of_others": rows_of_others,
            "preset": {"name": preset.name, "digest": preset.digest, "weights": preset.weights},
            "vocals": config.separator.sha256 or None,
            "config": config.model_dump(mode="json"),
            "versions": {"python": platform.python_version()} | {n: version(n) for n in TOLD},
        },
        indent=2,
    )
    try:
        overwrite(uri, text.encode())
    except BadInput as error:
        raise _unwritable(out, error) from error


def _unwritable(out: str, error: BadInput) -> ManifestUnusable:
    why = str(error).removesuffix(".")
    message = f"the output {out} cannot be written: {why}; choose another --out"
    return ManifestUnusable("out_unwritable", message)
