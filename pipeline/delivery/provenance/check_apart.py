"""Credentials of files from anywhere, read in a process of its own: a hostile file may crash the
reader or keep it busy for ever, and then that process dies and nobody else."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from pydantic import TypeAdapter

from manifests.errors import Transient
from pipeline.delivery.provenance.c2pa_files import SignedPath
from pipeline.delivery.provenance.check import CredentialFindings, check_signed
from pipeline.media.child import child_command
from pipeline.media.process import ProgramFailed, run_program

TIMEOUT_S = 60.0
SLOWEST_BYTES_PER_S = 10 << 20
"""Of hashing a file; a larger one is given more time."""

MEMORY_BYTES = 4 << 30
LARGEST_TOLD_BYTES = 8 << 20
"""Of what credentials say: more is nobody's, and is not carried here."""

_ADAPTER = TypeAdapter(CredentialFindings)


def check_apart(signed: SignedPath, trusted: bytes = b"") -> CredentialFindings:
    """As `check_signed`, of a file that may come from anybody. Raises `Transient` when this machine
    is short of what a process needs."""
    paths = (signed.path, signed.beside)
    words = (signed.name, *(str(path.absolute()) if path else "" for path in paths))
    timeout_s = TIMEOUT_S + signed.path.stat().st_size / SLOWEST_BYTES_PER_S
    try:
        told = run_program(
            child_command(__name__, *words),
            stdin=trusted,
            timeout_s=timeout_s,
            memory_bytes=MEMORY_BYTES,
        )
        return _ADAPTER.validate_json(told.output)
    except ProgramFailed as failure:
        if failure.of_the_moment and not failure.timed_out:
            message = f"the credentials of {signed.name} were not read; verify again: {failure}"
            raise Transient("program_stopped", message) from failure
        return CredentialFindings(state="damaged", untouched=False, detail=_reason(failure))


def _reason(failure: ProgramFailed) -> str:
    if failure.timed_out:
        return "the reader did not come to an end with them"
    return "the reader broke down over them"


def main(words: Sequence[str]) -> None:
    """The process: NAME PATH BESIDE, trusted roots on stdin; what was found goes to stdout."""
    name, path, beside = words
    signed = SignedPath(path=Path(path), name=name, beside=Path(beside) if beside else None)
    found = check_signed(signed, sys.stdin.buffer.read())
    told = json.dumps(asdict(found)).encode()
    if len(told) > LARGEST_TOLD_BYTES:
        raise SystemExit("the credentials say more than anybody reads")
    sys.stdout.buffer.write(told)
