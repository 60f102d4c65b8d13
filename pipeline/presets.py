"""The table of presets: a named renderer with its size and settings, part of every fingerprint."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Literal

from manifests.errors import ManifestUnusable
from manifests.fingerprint import fingerprint
from manifests.job import Job
from pipeline.animatic.version import RENDERER_VERSION


@dataclass(frozen=True, slots=True, kw_only=True)
class Preset:
    """A named way to render.

    `weights` is the digest of what the renderer draws with (for a renderer without weights, its
    version); `longest_side` bounds the canvas in pixels; `longest_chain_s` is how long one chain
    may run.
    """

    name: str
    renderer: Literal["animatic"]
    weights: str
    longest_side: int
    longest_chain_s: float

    @property
    def digest(self) -> str:
        return fingerprint("preset", **asdict(self))


PRESETS = {
    preset.name: preset
    for preset in (
        Preset(
            name="animatic",
            renderer="animatic",
            weights=RENDERER_VERSION,
            longest_side=1920,
            longest_chain_s=28.0,
        ),
    )
}

LATER = frozenset({"hallo3-5b", "hallo3-5b-fast", "hallo3-5b-draft", "tiny"})
"""Presets of the design whose renderer this version does not have yet."""


def preset_warnings(job: Job, preset: Preset) -> tuple[str, ...]:
    """What the row asks for that its preset has no use for."""
    if job.prompt and preset.renderer == "animatic":
        return ("prompt_unused: the animatic renderer reads no prompt",)
    return ()


def preset_named(name: str) -> Preset:
    """The preset, or `ManifestUnusable` that lists those there are."""
    if name in PRESETS:
        return PRESETS[name]
    what = "comes with a later version" if name in LATER else "is not known"
    raise ManifestUnusable(
        "unknown_preset", f"preset {name!r} {what}; this version has: {', '.join(PRESETS)}"
    )
