"""The name under which saved folders (`model_index.json`) find the class; diffusers looks for the
class that loads it, `ModelMixin`, in the same module."""

from diffusers import ModelMixin

from model.networks.transformer import Hallo3Transformer3DModel

__all__ = ["Hallo3Transformer3DModel", "ModelMixin"]
