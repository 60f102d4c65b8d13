"""`rushes signing`: a development certificate to try content credentials with, and credentials
beside trained weights."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer

from jobs.config import RunConfig
from jobs.console import say
from jobs.settings_file import load_config
from manifests.errors import ManifestUnusable
from pipeline.delivery.provenance.c2pa_files import FileSigner, SignedPath
from pipeline.delivery.provenance.certificates import DEVELOPMENT
from pipeline.delivery.provenance.check import require_signed
from pipeline.delivery.provenance.claim import claim_of_weights
from pipeline.delivery.provenance.development import write_development_certificate
from pipeline.presets import WEIGHTS_LIST, listed_weights_digest

KINDS = ("make", "weights")

BEFORE = timedelta(minutes=5)
"""Clocks of other machines may be so late."""


def signing_command(
    kind: Annotated[str, typer.Argument(help=f"What to do: {' or '.join(KINDS)}.")],
    folder: Annotated[Path, typer.Argument(help="For new keys, or a folder of weights.")],
    config: Annotated[
        Path | None, typer.Option(help=r"TOML file that names the key in \[signing].")
    ] = None,
) -> None:
    """Make a development certificate for content credentials, or sign trained weights.

    Weights stay as they are, and so does their digest: their credentials lie beside them.
    """
    if kind not in KINDS:
        raise ManifestUnusable("call_wrong", f"{kind} is nothing to do; give {' or '.join(KINDS)}")
    if kind == "make":
        write_keys(folder)
        return
    files = list(weights_signed(folder, load_config(config)))
    say(f"Signed {len(files)} files of {folder}: their credentials lie beside them.")


def write_keys(folder: Path) -> None:
    key, certificate, root = write_development_certificate(folder, datetime.now(UTC) - BEFORE)
    say(f"Wrote {key}, {certificate} and {root}: {DEVELOPMENT}.")
    say("It shows how signing works and proves nothing. In the settings file:")
    say("[signing]")
    for name, path in (("key", key), ("certificate", certificate)):
        say(f"{name} = {json.dumps(str(path.absolute()))}")


def weights_signed(folder: Path, config: RunConfig) -> Iterator[Path]:
    """Sign the list of a folder's weights and each file that it names, one after the other."""
    if not config.signing.signs:
        message = "name key and certificate in [signing] of a settings file, and give --config"
        raise ManifestUnusable("signing_required", message)
    listed = folder / WEIGHTS_LIST
    if not listed.is_file():
        message = f"{folder} has no {WEIGHTS_LIST}: give a folder that `rushes train` wrote"
        raise ManifestUnusable("weights_missing", message)
    digest = listed_weights_digest(listed)
    signing = config.signing
    credentials = signing.credentials(datetime.now(UTC))
    signer = FileSigner(credentials=credentials, time_stamps=signing.time_stamps)
    for name in (WEIGHTS_LIST, *json.loads(listed.read_text(encoding="utf-8"))["files"]):
        path = folder / name
        signer.sign(path, claim_of_weights(path.name, digest))
        require_signed(SignedPath.at(path))
        yield path
