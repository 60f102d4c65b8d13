"""What a watermark says: 48 bits, their checksum, and the code that both are sent in."""

from __future__ import annotations

import binascii
import hashlib
import os
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from manifests.errors import ManifestUnusable

PAYLOAD_BITS, CHECK_BITS = 48, 16
TAIL = 8
POLYNOMIALS = (0o463, 0o535, 0o733, 0o745)
"""Of the convolutional code of rate 1/4 and constraint length 9 with the largest free distance
(24; Larsen 1973)."""

CODE_BITS = len(POLYNOMIALS) * (PAYLOAD_BITS + CHECK_BITS + TAIL)

PUBLIC_KEY = b"rushes: the watermark that anybody may read"
"""Of runs whose settings name no key."""

_REGISTER = np.arange(1 << (TAIL + 1))
_PARITIES = np.array([[int(r & p).bit_count() % 2 for p in POLYNOMIALS] for r in _REGISTER])

Soft = NDArray[np.float64]
"""[CODE_BITS]: positive where a bit is more likely 1, in deviations of noise."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """The payload of a job's take, in hexadecimal digits, and the key that it is written with."""

    payload: str
    key: bytes = field(repr=False)


def mark_of(job_id: str, take: str, key: bytes) -> Mark:
    """The mark of a take (its fingerprint) of a job: it names no segment, so that a picture which a
    retake leaves as it was stays true."""
    said = hashlib.sha256(b"\0".join([b"payload/1", key, job_id.encode(), take.encode()]))
    return Mark(payload=said.hexdigest()[: PAYLOAD_BITS // 4], key=key)


def watermark_key(variable: str) -> bytes:
    """The key that an environment variable holds; the public one where none is named.

    Raises `ManifestUnusable` `watermark_key` for one that is not set on this machine.
    """
    if not variable:
        return PUBLIC_KEY
    held = os.environ.get(variable, "")
    if not held:
        raise ManifestUnusable(
            "watermark_key",
            f"watermark_key_env names {variable}, which is not set here; set it on every machine "
            "of the run, or leave the setting out to mark with the public key",
        )
    return held.encode()


def code_bits(payload: str) -> NDArray[np.int8]:
    """What is sent of a payload: 0 and 1, [CODE_BITS]."""
    message = _with_check(int(payload, 16))
    state, sent = 0, []
    for place in range(PAYLOAD_BITS + CHECK_BITS - 1, -1 - TAIL, -1):
        bit = message >> place & 1 if place >= 0 else 0
        state = (state << 1 | bit) & (len(_REGISTER) - 1)
        sent.append(_PARITIES[state])
    return np.concatenate(sent).astype(np.int8)


def payload_of(soft: Soft) -> str | None:
    """The payload that was most likely sent (Viterbi 1967); None where its checksum is wrong."""
    message = _most_likely(soft.reshape(-1, len(POLYNOMIALS)))
    payload = message >> CHECK_BITS
    return f"{payload:012x}" if _with_check(payload) == message else None


def _with_check(payload: int) -> int:
    check = binascii.crc_hqx(payload.to_bytes(PAYLOAD_BITS // 8), 0xFFFF)
    return payload << CHECK_BITS | check


def _most_likely(soft: Soft) -> int:
    """Between states of eight bits, each step shifts one in and comes from one of two states."""
    states = 1 << TAIL
    signs = 2.0 * _PARITIES - 1.0
    score = np.full(states, -np.inf)
    score[0] = 0.0
    came = []
    for four in soft:
        reached = score[_REGISTER >> 1] + signs @ four
        first, second = reached[:states], reached[states:]
        came.append(second > first)
        score = np.where(second > first, second, first)
    state, message = 0, 0
    for place, from_second in enumerate(reversed(came)):
        if place >= TAIL:
            message |= (state & 1) << (place - TAIL)
        state = (state | (states if from_second[state] else 0)) >> 1
    return message
