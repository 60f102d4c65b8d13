"""From a preset to its renderer, loaded."""

from __future__ import annotations

from importlib import import_module

import torch

from pipeline.guests.guest import guest_as_planned
from pipeline.guests.table import RENDERERS
from pipeline.presets import Preset
from pipeline.renderer import InItsColours, Renderer


def load_renderer(preset: Preset, memory: str = "") -> Renderer:
    """The preset's renderer, in the memory profile named; one thread, so that the bits do not
    depend on the machine's cores.

    `ManifestUnusable` where this machine has not the guest that the run was planned with.
    """
    torch.set_num_threads(1)
    row = (
        guest_as_planned(preset.renderer, preset.guest, preset.weights)
        if preset.guest
        else RENDERERS[preset.renderer]
    )
    module, _, function = row.loader.partition(":")
    return InItsColours(getattr(import_module(module), function)(preset, memory))
