"""What people said of finished videos, as results tell it: a rejected one is `rejected`, and stays
where it is until it is made anew or the rejection is taken back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from jobs.engine.steering import RejectedVideo
from manifests.results import Result

BY_A_PERSON = "rejected_by_person"
"""The code of a result whose video is there and was not taken."""

NO_REASON = "somebody looked at it and did not take it"


def is_rejected(said: RejectedVideo | None, result: Result) -> bool:
    """Whether a rejection is of the video that is there now."""
    return said is not None and result.status == "done" and said.asked == result.fingerprint


def reviewed(result: Result, rejections: Mapping[str, RejectedVideo]) -> Result:
    """The result as it is told: what was made, and what people said of it.

    Its files stay named, since they stay where they are.
    """
    said = rejections.get(result.job_id)
    if said is None or not is_rejected(said, result):
        return result
    reason = said.reason.rstrip(" .;") or NO_REASON
    told = f"{reason}; ask for a retake, or approve it after all"
    return replace(result, status="rejected", error_code=BY_A_PERSON, error_message=told)


def as_made(result: Result) -> Result:
    """The result as the run made it, whatever people said of it since."""
    if result.error_code != BY_A_PERSON:
        return result
    return replace(result, status="done", error_code=None, error_message=None)
