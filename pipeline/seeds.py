"""The seed of a job: as asked, or derived so that rows of one title look like one take."""

from __future__ import annotations

import hashlib

from manifests.job import Job


def seed_of(job: Job) -> int:
    """The row's own seed, else 63 bits from its `title`, else from its `job_id`."""
    if job.seed is not None:
        return job.seed
    name = f"title:{job.title}" if job.title else f"job:{job.job_id}"
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:8]) >> 1
