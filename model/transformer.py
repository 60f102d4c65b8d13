"""The name under which saved folders (`model_index.json`) find the class."""

from model.networks.transformer import Hallo3Transformer3DModel

__all__ = ["Hallo3Transformer3DModel"]
