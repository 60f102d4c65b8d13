"""Renderers that other packages bring, by an entry point."""
