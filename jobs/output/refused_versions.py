"""Writes down what was drawn of rows that gates refused, so that people may choose a version."""

from __future__ import annotations

import logging

from jobs.engine.attempts import Tally
from jobs.engine.observer import Observer
from jobs.engine.phases import Failed, Finished
from manifests.errors import FailureKind, RushesError
from manifests.lease import UNFENCED
from pipeline.quality.gates import Gates, gates_for
from pipeline.quality.versions import Drawn, write_versions

LOGGER = logging.getLogger("rushes.versions")


class RefusedVersions(Observer):
    """Keeps the versions of each rejected job under `out`; those of a delivered one are written
    when it is published. Trouble with storage costs no row: the next run judges it again."""

    def __init__(self, out: str, gates: Gates, epoch: int = UNFENCED) -> None:
        self._out = out
        self._epoch = epoch
        self._gates = gates

    def job_over(self, phase: Finished | Failed, tally: Tally) -> None:
        del tally
        if not isinstance(phase, Failed) or phase.failure.kind != FailureKind.REJECTED:
            return
        try:
            write_versions(self._out, refused_of(phase, self._gates), self._epoch)
        except RushesError as error:
            name = phase.order.job.job_id
            LOGGER.warning("the versions of %s are not written down: %s", name, error.message)


def refused_of(phase: Failed, gates: Gates) -> Drawn:
    """What is known of a job that was refused."""
    order = phase.order
    return Drawn(
        job_id=order.job.job_id,
        row=order.row,
        preset=order.preset.digest,
        seed=order.seed,
        retakes=order.retakes,
        clips=phase.clips,
        gates=gates_for(gates, order.preset.name, order.job.language),
        delivered=False,
        level="fail",
        why=phase.failure.message,
    )
