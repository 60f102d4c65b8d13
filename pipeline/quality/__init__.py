"""Figures of what is rendered, and what they must be."""
