"""What signing and checking a file take: seconds, milliseconds a megabyte, and the peak of memory.

    python -m benchmarks.signing [--mb 10 200 2000]

A ProRes master of noise is made as large as asked, signed with a development certificate, and
checked; the same bytes once more as a file whose credentials lie beside it. Each is a process of
its own, so that its peak is its own. Writes benchmarks/results/signing.json.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import perf_counter

from benchmarks.where import where_it_ran
from pipeline.delivery.provenance.c2pa_files import FileSigner
from pipeline.delivery.provenance.certificates import credentials_of
from pipeline.delivery.provenance.check import check_file
from pipeline.delivery.provenance.claim import claim_of_weights
from pipeline.delivery.provenance.development import development_certificate
from pipeline.media.ffmpeg import program

RESULT = Path(__file__).parent / "results" / "signing.json"
CLIP_FRAMES = 20


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--mb", type=int, nargs="+", default=[10, 200, 2000])
    parser.add_argument("--one", type=Path)
    given = parser.parse_args()
    if given.one is not None:
        print(json.dumps(measured(given.one)))
        return
    with tempfile.TemporaryDirectory() as folder:
        cases = [case for mb in given.mb for case in cases_of(mb, Path(folder))]
    told = {
        **where_it_ran(),
        "cases": cases,
    }
    RESULT.write_text(json.dumps(told, indent=1) + "\n")
    print(json.dumps(told, indent=1))


def cases_of(mb: int, folder: Path) -> list[dict[str, object]]:
    """The master of so many megabytes, and the same as a file of weights."""
    master = a_master(mb, folder)
    weights = master.with_suffix(".safetensors")
    weights.hardlink_to(master)
    command = [sys.executable, "-m", "benchmarks.signing", "--one"]
    found = []
    for path in (weights, master):  # the master is replaced by its signed copy
        said = subprocess.run([*command, str(path)], check=True, capture_output=True)
        found.append(json.loads(said.stdout))
        path.unlink()
    return found


def a_master(mb: int, folder: Path) -> Path:
    """A clip of noise, over and over."""
    clip, master = folder / "clip.mov", folder / f"master{mb}.mov"
    ffmpeg = [program(), "-y", "-loglevel", "error"]
    if not clip.exists():
        noise = "nullsrc=s=1280x720:r=25:d=9,geq=random(1)*255:128:128"
        kept = ["-frames:v", str(CLIP_FRAMES), "-c:v", "prores_ks", "-profile:v", "3"]
        subprocess.run([*ffmpeg, "-f", "lavfi", "-i", noise, *kept, str(clip)], check=True)
    times = max(0, round(mb * 1e6 / clip.stat().st_size) - 1)
    again = ["-stream_loop", str(times), "-i", str(clip), "-c", "copy", str(master)]
    subprocess.run([*ffmpeg, *again], check=True)
    return master


def measured(path: Path) -> dict[str, object]:
    """Sign and check one file in this process."""
    key, chain, _ = development_certificate(datetime.now(UTC) - timedelta(minutes=5))
    signer, before_mb = FileSigner(credentials=credentials_of(key, chain)), peak_mb()
    mb = path.stat().st_size / 1e6
    began = perf_counter()
    how = signer.sign(path, claim_of_weights(path.name, ""))
    signed = perf_counter()
    found = check_file(path)
    checked = perf_counter()
    if not found.untouched:
        raise SystemExit(found.sentence)
    return {
        "kind": path.suffix,
        "credentials": how,
        "mb": round(mb, 1),
        "sign_s": round(signed - began, 2),
        "sign_ms_per_mb": round(1000 * (signed - began) / mb, 2),
        "check_s": round(checked - signed, 2),
        "check_ms_per_mb": round(1000 * (checked - signed) / mb, 2),
        "peak_mb": round(peak_mb()),
        "peak_before_mb": round(before_mb),
    }


def peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    main()
