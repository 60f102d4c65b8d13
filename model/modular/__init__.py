"""Hallo3's parts as diffusers' modular blocks."""
