"""Decides what runs next and why; imports nothing else of jobs."""
