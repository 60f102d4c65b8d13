"""The animatic has no weights; this stands where their digest would."""

RENDERER_VERSION = "animatic/1"
"""Raised whenever the same conditions would give other pixels."""
