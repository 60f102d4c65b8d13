"""The official research checkpoint of Hallo3 to a diffusers folder, and its weights back."""

from __future__ import annotations

from model.convert.errors import ConversionError
from model.convert.hallo3 import Converted, convert_hallo3
from model.convert.networks import neighbours, plan_engine, plan_vae
from model.convert.sizes import Geometry
from model.convert.state import from_original, to_original

__all__ = [
    "ConversionError",
    "Converted",
    "Geometry",
    "convert_hallo3",
    "from_original",
    "neighbours",
    "plan_engine",
    "plan_vae",
    "to_original",
]
