"""Tells other programs what ended."""
