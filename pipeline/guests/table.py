"""The table of renderers that the program carries, and what stands in its place for others."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

ANIMATIC_VERSION = "animatic/2"
"""Of the renderer, which has no weights; raised whenever the same conditions would give other
pixels."""

HALLO3_VERSION = "hallo3/2"
"""Of the renderer, apart from its weights; raised whenever the same conditions and weights would
give other pixels by more than processors differ, or another name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RendererRow:
    """A renderer: its version, the function that loads it of a preset in a memory profile, and
    whether it holds networks, to which memory profiles apply.

    `loader` is `module:function`, imported where it is used: torch belongs in the worker.
    """

    name: str
    version: str
    loader: str
    networks: bool = False


RENDERERS: Mapping[str, RendererRow] = {
    row.name: row
    for row in (
        RendererRow(
            name="animatic",
            version=ANIMATIC_VERSION,
            loader="pipeline.animatic.renderer:load_animatic",
        ),
        RendererRow(
            name="hallo3",
            version=HALLO3_VERSION,
            loader="pipeline.hallo3.load:load_hallo3",
            networks=True,
        ),
    )
}


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedGuest:
    """What the machine that plans a run has of a renderer. Presets carry it to every worker, so
    that none asks its own installation how the work of others is called."""

    version: str
    package: str
    networks: bool
    reads_prompts: bool
