"""Who is in the pool and who is set aside, decided from snapshots alone."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobs.engine.worker_health import (
    HealthPolicy,
    PoolSize,
    SegmentTiming,
    divergent_workers,
    gpus_there,
    may_set_aside,
    pool_size,
    silence_s,
    stragglers,
    usual_s,
)
from manifests.errors import ManifestUnusable

CARE = HealthPolicy()


def paces(*seconds: float, preset: str = "tiny") -> list[SegmentTiming]:
    return [SegmentTiming(preset=preset, seconds=each) for each in seconds]


def test_without_gpus_half_of_the_cpus_generate() -> None:
    assert pool_size({"CPU": 2}, None) == PoolSize(generators=1, on_gpu=False, cpus=1)
    assert pool_size({"CPU": 16}, None) == PoolSize(generators=8, on_gpu=False, cpus=8)


def test_each_gpu_is_one_generator_unless_fewer_are_asked_for() -> None:
    assert pool_size({"CPU": 64, "GPU": 8}, None) == PoolSize(generators=8, on_gpu=True, cpus=56)
    assert pool_size({"CPU": 64, "GPU": 8}, 3) == PoolSize(generators=3, on_gpu=True, cpus=61)
    assert pool_size({"CPU": 64, "GPU": 8}, 0).on_gpu is False


@pytest.mark.parametrize(
    ("resources", "gpus", "pairs", "size"),
    [
        ({}, None, 0, PoolSize(generators=1, on_gpu=False, cpus=1, generator_cpus=0.0)),
        ({"CPU": 3}, None, 0, PoolSize(generators=1, on_gpu=False, cpus=2)),
        ({"CPU": 16}, 3, 0, PoolSize(generators=3, on_gpu=False, cpus=13)),
        ({"CPU": 16}, 9, 0, PoolSize(generators=8, on_gpu=False, cpus=8)),
        ({"CPU": 8, "GPU": 8}, 0, 2, PoolSize(generators=4, on_gpu=False, cpus=4)),
        ({"CPU": 8, "GPU": 8}, 1, 2, PoolSize(generators=1, on_gpu=True, cpus=7)),
        ({"CPU": 8, "GPU": 1}, 3, 0, PoolSize(generators=1, on_gpu=True, cpus=7)),
        ({"CPU": 8, "GPU": 5}, None, 9, PoolSize(generators=3, on_gpu=True, cpus=5, pairs=2)),
        ({"CPU": 8, "GPU": 5}, 4, 1, PoolSize(generators=3, on_gpu=True, cpus=5, pairs=1)),
        (
            {"CPU": 2, "GPU": 8},
            None,
            0,
            PoolSize(generators=8, on_gpu=True, cpus=1, generator_cpus=0.0),
        ),
    ],
)
def test_a_cluster_is_divided(
    resources: dict[str, float], gpus: int | None, pairs: int, size: PoolSize
) -> None:
    assert pool_size(resources, gpus, pairs) == size


def test_who_asked_for_gpus_is_named() -> None:
    with pytest.raises(ManifestUnusable, match="--gpus 2 asks"):
        gpus_there({"CPU": 8}, 2, ["hallo3-5b"])
    with pytest.raises(ManifestUnusable, match="preset hallo3-5b asks"):
        gpus_there({}, None, ["hallo3-5b", "hallo3"])


@pytest.mark.parametrize("value", [0.0, -1.0, float("inf"), float("nan")])
@pytest.mark.parametrize("name", ["slow_times", "hang_s", "cpu_memory_gb", "class_wait_s"])
def test_patience_is_a_number_above_zero(name: str, value: float) -> None:
    """Only the wait for a class may be none."""
    if (name, value) == ("class_wait_s", 0.0):
        assert HealthPolicy(class_wait_s=value).class_wait_s == 0
        return
    with pytest.raises(ValueError, match=name):
        HealthPolicy(**{name: value})
    assert getattr(HealthPolicy(**{name: 0.5}), name) == 0.5


def test_two_gpus_can_be_one_generator() -> None:
    size = pool_size({"CPU": 64, "GPU": 8}, None, pairs=2)
    assert (size.generators, size.pairs) == (6, 2)
    assert pool_size({"CPU": 64, "GPU": 8}, 3, pairs=2).pairs == 1
    assert pool_size({"CPU": 64, "GPU": 1}, None, pairs=2).pairs == 0
    assert pool_size({"CPU": 64}, None, pairs=2).pairs == 0


def test_generators_share_the_last_cpu_rather_than_take_it() -> None:
    assert pool_size({"CPU": 1}, None).generator_cpus == 0
    assert pool_size({"CPU": 8, "GPU": 8}, None).generator_cpus == 0
    assert pool_size({"CPU": 9, "GPU": 8}, None).generator_cpus == 1


@given(st.integers(0, 200), st.integers(0, 64), st.none() | st.integers(0, 64))
def test_every_cluster_has_a_slot_of_each_kind(cpus: int, there: int, gpus: int | None) -> None:
    size = pool_size({"CPU": cpus, "GPU": there}, gpus)
    assert size.generators >= 1
    assert size.cpus >= 1
    assert not size.on_gpu or size.generators <= there


@pytest.mark.parametrize(("gpus", "large"), [(2, []), (None, ["hallo3-5b"])])
def test_gpus_that_are_asked_for_and_not_there_are_named(
    gpus: int | None, large: list[str]
) -> None:
    with pytest.raises(ManifestUnusable, match="has none: add a node") as error:
        gpus_there({"CPU": 8}, gpus, large)
    assert error.value.code == "no_gpus"
    gpus_there({"CPU": 8, "GPU": 1}, gpus, large)


def test_cpus_that_are_meant_are_taken() -> None:
    """No GPU is missed, and none is used."""
    for resources, gpus, large in (
        ({"CPU": 8.0}, 0, ["hallo3-5b"]),
        ({"CPU": 8.0, "GPU": 1.0}, 0, ["hallo3-5b"]),
        ({"CPU": 8.0}, None, []),
    ):
        gpus_there(resources, gpus, large)
        assert not pool_size(resources, gpus).on_gpu


def test_a_device_that_computes_otherwise_than_most_of_its_class_is_odd() -> None:
    fitness = {"a": ("card", "1"), "b": ("card", "1"), "c": ("card", "2"), "d": ("cpu", "3")}
    assert divergent_workers(fitness) == {"c"}


def test_of_two_nobody_can_say_which_is_odd() -> None:
    assert divergent_workers({"a": ("card", "1"), "b": ("card", "2")}) == frozenset()
    four = {"a": ("card", "1"), "b": ("card", "1"), "c": ("card", "2"), "d": ("card", "2")}
    assert divergent_workers(four) == frozenset()


def test_of_three_the_one_that_differs_is_odd_and_of_five_two_are() -> None:
    assert divergent_workers({"a": ("card", "1"), "b": ("card", "2"), "c": ("card", "1")}) == {"b"}
    five = dict(zip("abcde", [("card", digest) for digest in "12131"], strict=True))
    assert divergent_workers(five) == {"b", "d"}
    assert divergent_workers({**five, "f": ("card", "2")}) == frozenset()
    assert divergent_workers({**five, "f": ("other", "2")}) == {"b", "d"}


@given(
    st.dictionaries(
        st.text(max_size=3), st.tuples(st.sampled_from("XY"), st.sampled_from("123")), max_size=12
    )
)
def test_the_odd_ones_are_fewer_than_half_of_their_class(
    fitness: dict[str, tuple[str, str]],
) -> None:
    odd = divergent_workers(fitness)
    for device in "XY":
        members = [worker for worker, (of, _) in fitness.items() if of == device]
        assert not members or 2 * len(odd.intersection(members)) < len(members)


def test_three_slow_segments_in_a_row_make_a_worker_slow() -> None:
    usual = {"a": paces(1, 1, 1), "b": paces(1, 1.1, 1)}
    assert stragglers(usual | {"c": paces(1.4, 1.5, 1.4)}, CARE) == {"c"}
    assert stragglers(usual | {"c": paces(1.4, 1.5)}, CARE) == frozenset()
    assert stragglers(usual | {"c": paces(1.4, 1.0, 1.4)}, CARE) == frozenset()


def test_a_worker_is_slow_beyond_three_tenths_more_than_usual_in_its_last_three_segments() -> None:
    usual = {"a": paces(10, 10, 10), "b": paces(10, 10, 10)}
    assert stragglers(usual | {"c": paces(13, 13, 13)}, CARE) == frozenset()
    assert stragglers(usual | {"c": paces(13.1, 13.1, 13.1)}, CARE) == {"c"}
    assert stragglers(usual | {"c": paces(1, 1, 14, 14, 14)}, CARE) == {"c"}
    assert stragglers(usual | {"c": paces(14, 14, 14, 1)}, CARE) == frozenset()
    assert stragglers(usual | {"c": paces(20, 20, 20)}, HealthPolicy(slow_times=2.0)) == frozenset()


def test_two_workers_do_not_show_which_of_them_is_slow() -> None:
    both = {"a": paces(1, 1, 1), "c": paces(9, 9, 9)}
    assert stragglers(both, CARE) == frozenset()
    assert stragglers(both | {"b": paces(1)}, CARE) == {"c"}
    assert stragglers(both | {"b": paces(1, preset="animatic")}, CARE) == frozenset()


def test_the_usual_time_is_the_median_of_the_workers_medians() -> None:
    recent = {
        "busy": paces(1, 1, 2, 9, 1, 1, 1, 1),
        "b": [*paces(6, 2, 4), *paces(30, 50, preset="hallo3-5b")],
        "c": paces(5, 7),
        "idle": [],
    }
    assert usual_s(recent) == {"tiny": 4.0, "hallo3-5b": 40.0}


def test_a_slower_preset_does_not_make_a_worker_slow() -> None:
    recent = {"a": paces(1, 1, 1), "b": paces(1, 1, 1), "c": paces(9, 9, 9, preset="hallo3-5b")}
    assert stragglers(recent, CARE) == frozenset()


@given(
    st.dictionaries(
        st.text(max_size=3),
        st.lists(
            st.floats(0.01, 100).map(lambda s: SegmentTiming(preset="p", seconds=s)), max_size=3
        ),
        max_size=12,
    )
)
def test_at_most_half_of_the_workers_are_slow(recent: dict[str, list[SegmentTiming]]) -> None:
    measured = [worker for worker, paces in recent.items() if paces]
    assert 2 * len(stragglers(recent, CARE)) <= len(measured)


def test_only_one_generator_in_four_is_set_aside_for_being_slow() -> None:
    assert [n for n in range(1, 10) if may_set_aside(0, n)] == [4, 5, 6, 7, 8, 9]
    assert not may_set_aside(1, 7)
    assert may_set_aside(1, 8)


def test_a_worker_hangs_after_ten_times_the_usual_and_never_before_ten_minutes() -> None:
    assert silence_s("tiny", {}, CARE) == 600
    assert silence_s("tiny", {"tiny": 2.0}, CARE) == 600
    assert silence_s("tiny", {"tiny": 100.0}, CARE) == 1000
    assert silence_s("tiny", {"hallo3-5b": 100.0}, HealthPolicy(hang_s=0.5)) == 0.5
