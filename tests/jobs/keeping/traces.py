"""What lies in an output folder, and what is left there of a person."""

from __future__ import annotations

import json
from hashlib import sha256
from pathlib import Path


def files_of(folder: Path) -> dict[str, str]:
    """Digests of all files by path."""
    found = (path for path in folder.rglob("*") if path.is_file() and ".rushes-" not in path.name)
    return {str(path.relative_to(folder)): sha256(path.read_bytes()).hexdigest() for path in found}


def digests_of_work(out: Path, *, of: str) -> set[str]:
    """Of everything that is a person's alone, from what the records say."""
    portrait = sha256((out.parent / f"{of}.jpg").read_bytes()).hexdigest()
    found = {portrait}
    for record in out.glob("_run/work/*/take.json"):
        told = json.loads(record.read_text())
        if portrait in told["inputs"]:
            found |= {told["inputs"][-1]}
            found |= {told[name]["sha256"] for name in ("portrait", "speech")}
    for sidecar in out.glob(f"videos/{of}*.json"):
        told = json.loads(sidecar.read_text())
        found |= {told["video"]["file"]["sha256"]}
        for name in told["segments"]:
            segment = json.loads((out / f"_run/work/{name}/segmentfile.json").read_text())
            found |= {segment["video"]["sha256"], segment["state"]["sha256"]}
    return found


def still_there(folder: Path, digests: set[str]) -> list[str]:
    """Files with these bytes, or that name them."""
    told = {digest.encode() for digest in digests}
    return [
        name
        for name, digest in files_of(folder).items()
        if digest in digests or any(each in (folder / name).read_bytes() for each in told)
    ]


def tree(out: Path) -> dict[Path, bytes]:
    kept = ("_run/lease", "_run/logs")
    files = [path for path in out.rglob("*") if path.is_file() and ".rushes-lock" not in path.name]
    return {p: p.read_bytes() for p in files if not str(p.relative_to(out)).startswith(kept)}
