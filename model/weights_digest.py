"""The name of a folder of weights; needs no torch, so that a command line reads it at once."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping


def weights_digest(layout: object, files: Mapping[str, str]) -> str:
    """Hex SHA-256 over the layout's number and the SHA-256 of every file by its path: what a preset
    calls its weights."""
    text = json.dumps([layout, sorted(files.items())], separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
