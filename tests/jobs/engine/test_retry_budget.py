"""The kinds of the failures and the preset alone decide whether and how there is another try."""

from __future__ import annotations

from dataclasses import replace
from itertools import takewhile

import cv2
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from jobs.engine.phases import Failure
from jobs.engine.retry_budget import AGAIN, NextTry, next_try
from jobs.engine.worker import failure_of
from manifests.errors import BadInput, Missing, OutOfMemory, Preempted, Rejected, Transient
from pipeline.presets import ANIMATIC, HALLO3_5B, TINY, Preset

KINDS = ["Transient", "OutOfMemory", "Unexpected", "Preempted", "Rejected", "BadInput"]
FLOATED = replace(HALLO3_5B, memory="float8")
PRESETS = [ANIMATIC, TINY, HALLO3_5B, replace(HALLO3_5B, memory="freed"), FLOATED]


def failures(*kinds: str, code: str = "code") -> list[Failure]:
    return [Failure(kind=kind, code=code, message="") for kind in kinds]


def wait_s(*kinds: str) -> float | None:
    again = next_try(failures(*kinds), ANIMATIC)
    return again.after_s if again else None


@pytest.mark.parametrize("kind", ["BadInput", "Rejected", "ManifestUnusable"])
def test_bad_input_is_never_tried_again(kind: str) -> None:
    assert wait_s(kind) is None


def test_a_transient_failure_waits_longer_each_time_and_ends_after_three_more_tries() -> None:
    assert [wait_s(*["Transient"] * n) for n in range(1, 5)] == [1.0, 4.0, 16.0, None]


def test_preemption_is_always_retried_and_never_counted() -> None:
    assert wait_s(*["Preempted"] * 50) == 0.0
    assert wait_s("Transient", *["Preempted"] * 50, "Transient") == 4.0


@given(st.lists(st.sampled_from(KINDS), min_size=1), st.sampled_from(PRESETS))
def test_each_kind_has_a_budget_of_its_own(kinds: list[str], preset: Preset) -> None:
    """What failed in other ways neither shortens nor lengthens it."""
    alone = [kind for kind in kinds if kind == kinds[-1]]
    assert next_try(failures(*kinds), preset) == next_try(failures(*alone), preset)


@given(st.lists(st.sampled_from([k for k in KINDS if k != "Preempted"]), min_size=6))
def test_nothing_but_preemption_goes_on_for_ever(kinds: list[str]) -> None:
    tries = list(takewhile(lambda n: wait_s(*kinds[:n]) is not None, range(1, len(kinds) + 1)))
    assert len(tries) <= sum(AGAIN.values())


@given(st.sampled_from(PRESETS), st.sampled_from(["out_of_memory", "host_out_of_memory"]))
def test_out_of_memory_is_tried_once_more_and_never_with_other_bits(
    preset: Preset, code: str
) -> None:
    again = next_try(failures("OutOfMemory", code=code), preset)
    assert again is not None
    assert replace(preset, memory=again.memory or preset.memory).digest == preset.digest
    assert next_try(failures("OutOfMemory", "OutOfMemory", code=code), preset) is None


def test_only_a_full_card_is_tried_again_in_a_thriftier_profile() -> None:
    full, host = failures("OutOfMemory", code="out_of_memory"), failures("OutOfMemory")
    assert next_try(full, HALLO3_5B) == NextTry(after_s=1.0, memory="offloaded")
    assert next_try(full, ANIMATIC) == NextTry(after_s=1.0)
    assert next_try(host, HALLO3_5B) == NextTry(after_s=1.0)  # offloading asks for more of it


def test_a_profile_that_changes_bits_is_used_only_where_the_preset_names_it() -> None:
    full = failures("OutOfMemory", code="out_of_memory")
    assert next_try(full, FLOATED) == NextTry(after_s=1.0, memory="float8")
    assert FLOATED.digest != HALLO3_5B.digest
    assert replace(HALLO3_5B, memory="freed").digest == HALLO3_5B.digest


@pytest.mark.parametrize("kind", ["OutOfMemory", "Unexpected"])
def test_a_fault_of_memory_or_of_the_program_is_tried_once_more(kind: str) -> None:
    assert [wait_s(*[kind] * n) for n in (1, 2)] == [1.0, None]


def test_a_job_is_begun_anew_twenty_times_over_damaged_files_and_at_once() -> None:
    """Damaged and missing files count together, other failures do not."""
    damaged, gone, busy = (
        Failure(kind="Transient", code=code, message="")
        for code in ("work_damaged", "work_missing", "busy")
    )
    assert next_try([damaged], ANIMATIC) == NextTry(after_s=0.0, anew=True)
    assert next_try([busy, *[damaged, gone] * 10], ANIMATIC) == NextTry(after_s=0.0, anew=True)
    assert next_try([*[damaged, gone] * 10, damaged], ANIMATIC) is None
    assert next_try([gone] * 21, ANIMATIC) is None


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
        (torch.OutOfMemoryError("CUDA out of memory."), "OutOfMemory"),
        (OSError("disk"), "Transient"),
    ],
)
def test_the_kind_is_the_class_that_says_who_must_act(error: Exception, kind: str) -> None:
    assert failure_of(error).kind == kind


def test_a_machine_that_is_full_is_told_from_a_card_that_is() -> None:
    with pytest.raises(RuntimeError) as error:
        torch.empty(2**50, dtype=torch.uint8)
    assert failure_of(error.value).code == "host_out_of_memory"
    assert failure_of(torch.OutOfMemoryError("")).code == "out_of_memory"
    onnx = Exception("FAIL : a node. Failed to allocate memory for requested buffer of size 12288")
    assert failure_of(onnx).code == "host_out_of_memory"
    told = failure_of(OutOfMemory("oom", "no room: std::bad_alloc"))
    assert (told.code, told.message) == ("oom", "no room: std::bad_alloc"), "as it was raised"


def test_what_a_message_quotes_is_no_memory_that_is_full() -> None:
    missing = failure_of(Missing("s3://nights/bad_alloc.png is not there"))
    assert missing.kind == "BadInput"
    opencv = cv2.error("(-4:Insufficient memory) Failed to allocate 5400000000 bytes")
    assert failure_of(opencv).code == "host_out_of_memory"


def test_a_fault_of_the_program_says_where_it_is() -> None:
    def broken() -> None:
        raise KeyError("missing")

    try:
        broken()
    except KeyError as error:
        failure = failure_of(error)
    assert failure.kind == "Unexpected"
    assert failure.code == "internal_error"
    assert "test_retry_budget.py" in failure.message
