"""Sounds that `rushes check --media` made of scripts, or listened to: kept on this machine, so that
a run finds them (docs/decisions/0443)."""

from __future__ import annotations

import shutil
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from manifests.artifact import Artifact
from manifests.errors import Missing
from pipeline.nouns import Span
from pipeline.take_sound import MADE, Sound
from pipeline.workspace.workspace import Workspace


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptSound:
    """A sound and its files, in the order of `MADE`."""

    stored_as: ClassVar[str] = "keptsound"
    frames: int
    spans: tuple[Span, ...]
    warnings: tuple[str, ...]
    files: tuple[Artifact, ...]


def keep_sound(sound: Sound, name: str, workspace: Workspace, desk: Path) -> None:
    """Keep a sound whose files lie in `desk`; without room for it nothing is lost but time."""
    with suppress(OSError, Missing):  # a full disk; swept away by another check just now
        files = tuple(workspace.checked.store(desk / file, name, file) for file in MADE)
        kept = KeptSound(
            frames=sound.frames, spans=sound.spans, warnings=sound.warnings, files=files
        )
        workspace.checked.commit(name, kept)
    workspace.sweep_checked()


def kept_sound(name: str, workspace: Workspace, desk: Path) -> Sound | None:
    """The sound of that name, with its files in `desk`, if it was kept here and is whole."""
    kept = workspace.checked.find_finished(name, KeptSound)
    if kept is None or len(kept.files) != len(MADE):
        return None
    try:
        for artifact, file in zip(kept.files, MADE, strict=True):
            shutil.copyfile(artifact.uri, desk / file)
    except FileNotFoundError:  # swept just now
        return None
    return Sound(frames=kept.frames, spans=kept.spans, warnings=kept.warnings)
