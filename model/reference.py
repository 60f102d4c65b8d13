"""The name under which saved folders (`model_index.json`) find the class."""

from model.networks.reference import Hallo3ReferenceModel

__all__ = ["Hallo3ReferenceModel"]
