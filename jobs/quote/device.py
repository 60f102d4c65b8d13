"""The kind of device that generators run on, as far as this machine tells."""

from __future__ import annotations

import platform
from pathlib import Path

CARDS = Path("/proc/driver/nvidia/gpus")
CPU_FACTS = Path("/proc/cpuinfo")


def device_model(gpus: int | None) -> str:
    """The model of this machine's first GPU, or of its processor where it has none or `gpus` is 0.

    The machine that drives a night stands for its cluster.
    """
    model = labelled_value(next(CARDS.glob("*/information"), CARDS), "Model") if gpus != 0 else ""
    return model or labelled_value(CPU_FACTS, "model name") or platform.machine()


def labelled_value(path: Path, name: str) -> str:
    """The value of a `name: value` line of a file, "" where there is none."""
    try:
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return ""
    found = (line.partition(":") for line in lines)
    return next((value.strip() for key, _, value in found if key.strip() == name), "")
