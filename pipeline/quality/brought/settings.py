"""Networks as the settings of a run name them, looked at before a night begins."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from manifests.errors import ManifestUnusable
from pipeline.quality.brought.backbones import (
    BACKBONES,
    OF_RUNS,
    OPTION,
    BackboneFile,
    backbone_files,
)
from pipeline.quality.gates import Gate
from pipeline.quality.measures import LOOKS, MEASURES


def backbones_of_settings(named: Mapping[str, str]) -> tuple[BackboneFile, ...]:
    """Of `name = "FILE@sha256:DIGEST"` below `[backbones]`, wherever workers stand. Raises
    `ManifestUnusable` `backbone_unusable` for what no measure of a run is taken with, and for one
    half of SyncNet without the other."""
    for name, told in named.items():
        if name not in OF_RUNS or OPTION.fullmatch(f"{name}={told}") is None:
            raise ManifestUnusable(
                "backbone_unusable",
                f'[backbones] {name} = "{told}": give NAME = "FILE@sha256:DIGEST" (64 small hex'
                f" digits, as `sha256sum FILE` prints them) for {', '.join(sorted(OF_RUNS))}",
            )
    for look in LOOKS.values():
        lacking = [name for name in look.brought if name not in named]
        if lacking and len(lacking) < len(look.brought):
            raise ManifestUnusable(
                "backbone_unusable",
                f"[backbones] has one half of a network without {lacking[0]}; bring"
                f" {BACKBONES[lacking[0]].brought}",
            )
    files = backbone_files(f"{name}={told}" for name, told in named.items())
    return tuple(replace(file, path=file.path.absolute()) for file in files.values())


def required_backbones(named: Mapping[str, str]) -> tuple[BackboneFile, ...]:
    """The files, each opened and called once, so that none is found wrong in the night. Raises
    `ManifestUnusable` as `open_backbone` does."""
    files = backbones_of_settings(named)
    if files:
        from pipeline.quality.brought.opened_backbones import (  # noqa: PLC0415 - loads torch
            opened_networks,
        )

        opened_networks(files)
    return files


def require_measurable(gates: Iterable[Gate], named: Mapping[str, str]) -> None:
    """Raises `ValueError` for a gate on what nothing will measure: it would pass everything."""
    for name in sorted({gate.measure for gate in gates if gate.says}):
        lacking = [each for each in MEASURES[name].brought if each not in named]
        if lacking:
            raise ValueError(
                f"a gate is on {name}, which is measured with networks of your own: name"
                f" {' and '.join(lacking)} below [backbones], or take the gate out"
            )
