"""What happens to jobs, as lines in the driver's log."""

from __future__ import annotations

import logging

from jobs.engine.attempts import Tally
from jobs.engine.observer import Observer
from jobs.engine.phases import Failed, Finished, Order
from jobs.logs.fields import fields_bound

LOGGER = logging.getLogger("rushes.driver")


class LogLines(Observer):
    """An observer that logs when a job begins and how it ends; its stages are logged by who
    carries them out."""

    def job_admitted(self, order: Order) -> None:
        job = order.job
        with fields_bound(job=job.job_id):
            LOGGER.info("begins: row %d of %s as %s", job.row, job.manifest, order.preset.name)

    def job_over(self, phase: Finished | Failed, tally: Tally) -> None:
        with fields_bound(job=phase.order.job.job_id):
            if isinstance(phase, Failed):
                failure = phase.failure
                told = (failure.kind, failure.code, failure.message)
                LOGGER.warning("is over: %s [%s]: %s", *told)
                return
            uri, made = phase.published.video.uri, tally.segments_made
            LOGGER.info("is done: %s, %d segments rendered", uri, made)
