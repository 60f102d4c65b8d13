"""The network, in diffusers' words."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from model.modular.blocks import Hallo3Blocks, load_with_blocks, save_with_blocks
    from model.networks.reference import Hallo3ReferenceModel
    from model.networks.transformer import Hallo3Transformer3DModel
    from model.pipeline import Hallo3Pipeline
    from model.scheduler import Hallo3DPMScheduler

__all__ = [
    "Hallo3Blocks",
    "Hallo3DPMScheduler",
    "Hallo3Pipeline",
    "Hallo3ReferenceModel",
    "Hallo3Transformer3DModel",
    "load_with_blocks",
    "save_with_blocks",
]

_HOMES = {
    "Hallo3Blocks": "model.modular.blocks",
    "Hallo3DPMScheduler": "model.scheduler",
    "Hallo3Pipeline": "model.pipeline",
    "Hallo3ReferenceModel": "model.networks.reference",
    "Hallo3Transformer3DModel": "model.networks.transformer",
    "load_with_blocks": "model.modular.blocks",
    "save_with_blocks": "model.modular.blocks",
}


def __getattr__(name: str) -> object:
    """Torch and diffusers are loaded with the first class that is asked for, not before."""
    if name not in _HOMES:
        raise AttributeError(f"module 'model' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)
