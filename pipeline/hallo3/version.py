"""The version of the renderer, apart from its weights."""

RENDERER_VERSION = "hallo3/2"
"""Raised whenever the same conditions and weights would give other pixels by
more than processors differ, or another name."""
