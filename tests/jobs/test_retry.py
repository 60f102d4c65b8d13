"""The kind of a failure alone decides whether there is another try."""

from __future__ import annotations

import pytest

from jobs.phases import Failure
from jobs.retry import again_after_s
from jobs.work import failure_of
from manifests.errors import BadInput, Missing, OutOfMemory, Preempted, Rejected, Transient


def failures(*kinds: str) -> list[Failure]:
    return [Failure(kind=kind, code="code", message="") for kind in kinds]


@pytest.mark.parametrize("kind", ["BadInput", "Rejected"])
def test_bad_input_is_never_tried_again(kind: str) -> None:
    assert again_after_s(failures(kind)) is None


def test_a_transient_failure_waits_longer_each_time_and_ends() -> None:
    waits = [again_after_s(failures(*["Transient"] * n)) for n in range(1, 5)]
    assert waits == [1.0, 4.0, 16.0, None]


def test_preemption_is_always_retried_and_never_counted() -> None:
    assert again_after_s(failures(*["Preempted"] * 50)) == 0.0
    assert again_after_s(failures("Transient", *["Preempted"] * 50, "Transient")) == 4.0


def test_out_of_memory_is_tried_once_more() -> None:
    assert again_after_s(failures("OutOfMemory")) == 1.0
    assert again_after_s(failures("OutOfMemory", "OutOfMemory")) is None


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (BadInput("no_face", "x"), "BadInput"),
        (Missing("x"), "BadInput"),
        (Transient("busy", "x"), "Transient"),
        (Preempted("gone", "x"), "Preempted"),
        (Rejected("sync", "x"), "Rejected"),
        (OutOfMemory("oom", "x"), "OutOfMemory"),
        (MemoryError(), "OutOfMemory"),
        (OSError("disk"), "Transient"),
    ],
)
def test_the_kind_is_the_class_that_says_who_must_act(error: Exception, kind: str) -> None:
    assert failure_of(error).kind == kind


def test_a_fault_of_the_program_says_where_it_is() -> None:
    def broken() -> None:
        raise KeyError("missing")

    try:
        broken()
    except KeyError as error:
        failure = failure_of(error)
    assert failure.kind == "Unexpected"
    assert failure.code == "internal_error"
    assert "test_retry.py" in failure.message
