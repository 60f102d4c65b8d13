"""Voices that speak scripts."""
