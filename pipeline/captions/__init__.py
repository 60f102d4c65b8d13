"""Captions from known words: cues by house rules, their files, and a check of any such file."""
