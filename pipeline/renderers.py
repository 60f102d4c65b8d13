"""From a preset to its renderer, loaded."""

from __future__ import annotations

from importlib import import_module

import torch

from manifests.errors import ManifestUnusable
from pipeline.guests.guest import Guest
from pipeline.guests.table import renderer_row
from pipeline.presets import Preset
from pipeline.renderer import InItsColours, Renderer


def load_renderer(preset: Preset, memory: str = "") -> Renderer:
    """The preset's renderer, in the memory profile named; one thread, so that the bits do not
    depend on the machine's cores.

    `ManifestUnusable` where this machine has another version of a guest than the run began with.
    """
    torch.set_num_threads(1)
    row = renderer_row(preset.renderer)
    if isinstance(row, Guest) and row.draws_with != preset.weights:
        message = (
            f"the renderer {preset.name} is another version here than where the run began: "
            "install the same one on every machine"
        )
        raise ManifestUnusable("renderer_unusable", message)
    module, _, function = row.loader.partition(":")
    return InItsColours(getattr(import_module(module), function)(preset, memory))
