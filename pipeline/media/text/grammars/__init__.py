"""Grammars: what a language says otherwise than it is written."""
