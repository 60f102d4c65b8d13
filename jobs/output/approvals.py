"""Proofs: which of their rows people approved, as the rows are now."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from jobs.engine.phases import Order
from jobs.engine.steering import ApprovedRow, Steering
from manifests.errors import RushesError
from manifests.results import Result
from pipeline.sidecar import read_sidecar

LOGGER = logging.getLogger("rushes.approvals")

_READERS = 16
"""Sidecars are read in parallel: on S3 each is one round trip."""

TOLD = 20
"""So many outdated approvals are told one by one; of more, their number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """How far a proof is approved: rows approved as they are, and finished rows that are not."""

    approved: int
    waiting: tuple[str, ...]


def proof_of(
    ran: Mapping[str, object], results: Iterable[Result], approvals: Mapping[str, ApprovedRow]
) -> Proof | None:
    """Read from what a run said of itself, its results, and what was approved there; None when it
    is no proof."""
    config = ran.get("config")
    if not (isinstance(config, dict) and config.get("proof")) and not approvals:
        return None
    done = [result for result in results if result.status == "done"]
    waiting = tuple(r.job_id for r in done if not stands(approvals.get(r.job_id), r))
    return Proof(approved=len(done) - len(waiting), waiting=waiting)


def stands(seen: ApprovedRow | None, result: Result) -> bool:
    """Whether an approval is of the video that is there now."""
    return seen is not None and seen.asked == result.fingerprint


def seen_in(results: Sequence[Result]) -> dict[str, ApprovedRow | str]:
    """What each finished video shows, by job; or why it cannot be told."""
    with ThreadPoolExecutor(_READERS) as readers:
        found = readers.map(seen_of, results)
        return {result.job_id: seen for result, seen in zip(results, found, strict=True)}


def seen_of(result: Result) -> ApprovedRow | str:
    """What the video of a finished job shows, as its sidecar says."""
    sidecars = [file.uri for file in result.deliverables if file.profile == "sidecar"]
    if result.status != "done" or not sidecars:
        return f"it is {result.status}: there is nothing to approve"
    try:
        names = read_sidecar(sidecars[0]).fingerprints
    except RushesError as error:
        return error.message
    if not names.row:
        return f"an older version made it; remove {sidecars[0]} and run the proof again"
    if names.asked != result.fingerprint:
        return "it is being made anew; approve it when the run has ended"
    return ApprovedRow(asked=names.asked, row=names.row)


def tell_outdated(orders: Sequence[Order], steering: Steering) -> None:
    """Say which rows have changed since they were approved, so that they wait, or since a version
    of them was chosen, so that the choice says nothing."""
    told = [
        f"{order.job.job_id} has changed since it was approved, and waits: make the proof again, "
        "then approve it again"
        for order in orders
        if steering.outdates(order)
    ]
    for order in orders:
        choice = steering.choices.get(order.job.job_id)
        if choice is not None and not choice.is_of(order):
            told.append(
                f"{order.job.job_id} has changed since its version {choice.number} was made, so "
                "that the choice of it says nothing: it is made as the row is now"
            )
    for text in told[:TOLD]:
        LOGGER.warning("%s", text)
    if len(told) > TOLD:
        LOGGER.warning("and %d more rows that changed since", len(told) - TOLD)
