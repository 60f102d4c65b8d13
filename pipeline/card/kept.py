"""What the parts leave in the folder, one small file each, whole or not there; and what their
processes are given."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from manifests.errors import ManifestUnusable
from pipeline.card.parts import NAMES

HEAD = "card.json"
PARTS_FOLDER = "parts"
DONE, FAILED = "done", "failed"

ADDRESS_BYTES = 1 << 46
"""A card's driver claims more addresses than there is memory."""

PASSED_TO_PARTS = ("CUDA_VISIBLE_DEVICES", "CUDA_HOME", "HOME", "TORCHINDUCTOR_CACHE_DIR", "USER")


@dataclass(frozen=True, slots=True, kw_only=True)
class PartResult:
    """How a part ended: its figures, or why it has none."""

    name: str
    state: str
    seconds: float
    rehearsed: bool
    figures: Mapping[str, Any]
    why: str = ""


def write_result(folder: Path, result: PartResult) -> None:
    told = {
        "part": result.name,
        "state": result.state,
        "claim": "rehearsed: says nothing of a card" if result.rehearsed else "measured",
        "seconds": round(result.seconds, 1),
        "figures": dict(result.figures),
        **({"why": result.why} if result.why else {}),
    }
    write_whole(folder / PARTS_FOLDER / f"{result.name}.json", told)


def ended_parts(folder: Path) -> dict[str, PartResult]:
    """Of the parts that have ended, by name; other files are left alone."""
    found = {}
    for name in NAMES:
        path = folder / PARTS_FOLDER / f"{name}.json"
        if path.is_file():
            told = json.loads(path.read_text(encoding="utf-8"))
            found[name] = PartResult(
                name=name,
                state=told["state"],
                seconds=told["seconds"],
                rehearsed=told["claim"] != "measured",
                figures=told["figures"],
                why=told.get("why", ""),
            )
    return found


def claim_folder(folder: Path, head: Mapping[str, Any]) -> None:
    """The results of one folder are of one device and one size; `ManifestUnusable` otherwise."""
    path = folder / HEAD
    if not path.exists():
        write_whole(path, head)
        return
    there = json.loads(path.read_text(encoding="utf-8"))
    other = [
        f"{name} {there.get(name)}, not {head[name]}"
        for name in head
        if there.get(name) != head[name]
    ]
    if other:
        raise ManifestUnusable(
            "call_wrong",
            f"{folder} holds results of another device or size ({'; '.join(other)}): name another"
            " folder with --out",
        )


def environment_here() -> dict[str, str]:
    """What torch and its compiler look for."""
    return {name: os.environ[name] for name in PASSED_TO_PARTS if name in os.environ}


def write_whole(path: Path, told: Mapping[str, Any]) -> None:
    """First the bytes, then the name."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f"{path.name}.{os.getpid()}.partial")
    partial.write_text(json.dumps(told, indent=2) + "\n", encoding="utf-8")
    partial.replace(path)
