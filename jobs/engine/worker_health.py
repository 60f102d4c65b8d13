"""Which generators there should be, and which are not to be trusted: pure functions of
snapshots."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from math import inf
from statistics import median

from manifests.errors import ManifestUnusable

FEWEST = 3
"""Of fewer workers nobody can say which one is the odd or the slow one."""

IN_A_ROW = 3
"""Segments that must all be slow."""

MOST_SLOW = 4
"""Never more than one of this many generators is set aside for being slow."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HealthPolicy:
    """When a generator is set aside: one that takes `slow_times` the usual time of a segment, three
    times in a row; one that is silent for `hang_times` it, and for `hang_s` at least, is killed.

    A task on a CPU is ended after `cpu_hang_s` and `cpu_hang_times` the seconds of sound that it
    works on, and gets `cpu_memory_gb` at most.
    For `class_wait_s` a chain waits for generators that are made ready and may be of its class.
    """

    slow_times: float = 1.3
    hang_times: float = 10.0
    hang_s: float = 600.0
    class_wait_s: float = 600.0
    cpu_hang_s: float = 600.0
    cpu_hang_times: float = 5.0
    cpu_memory_gb: float = 8.0

    def __post_init__(self) -> None:
        for name, value in asdict(self).items():
            if not (0 < value < inf or (value == 0 and name == "class_wait_s")):
                raise ValueError(f"{name} is {value}; it must be a number above 0")


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolSize:
    """Generators (on GPUs or, without any, on CPUs) and slots for CPU tasks; `pairs` of the
    generators have two GPUs."""

    generators: int
    on_gpu: bool
    cpus: int
    generator_cpus: float = 1.0
    pairs: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class SegmentTiming:
    """A segment that was rendered, and in how many seconds."""

    preset: str
    seconds: float


def pool_size(resources: Mapping[str, float], gpus: int | None, pairs: int = 0) -> PoolSize:
    """How a cluster is divided: pure. `gpus` limits the GPUs used; 0 asks for CPU generators. So
    many `pairs` of GPUs are one generator each, as far as there are GPUs.

    Without GPUs half of the CPUs generate. At least one slot of each kind, so that every job can
    end: where the generators would take the last CPU, they share it.
    """
    cpus = int(resources.get("CPU", 1))
    cards = int(resources.get("GPU", 0))
    if cards and gpus != 0:
        used = min(cards, gpus or cards)
        pairs = min(pairs, used // 2)
        generators = used - pairs
    else:
        pairs = 0
        generators = max(1, min(cpus // 2, gpus or cpus))
    return PoolSize(
        generators=generators,
        on_gpu=bool(cards) and gpus != 0,
        cpus=max(1, cpus - generators),
        generator_cpus=1.0 if cpus > generators else 0.0,
        pairs=pairs,
    )


def gpus_there(resources: Mapping[str, float], gpus: int | None, large: Sequence[str]) -> None:
    """Raise `ManifestUnusable` when a cluster has no GPU although `gpus` or one of the `large`
    presets asks for it; 0 says that CPUs are meant."""
    if gpus == 0 or int(resources.get("GPU", 0)) or not (gpus or large):
        return
    asks = f"--gpus {gpus}" if gpus else f"preset {large[0]}"
    raise ManifestUnusable(
        "no_gpus",
        f"{asks} asks for GPUs and the cluster has none: add a node with GPUs"
        " (`nvidia-smi` must list them there), or say --gpus 0 to generate on CPUs",
    )


def divergent_workers(fitness: Mapping[str, tuple[str, str]]) -> frozenset[str]:
    """Workers whose digest differs from that of more than half of their class of devices.

    `fitness` has the class and the digest of each. Where nobody has a majority nobody is odd.
    """
    classes: dict[str, dict[str, str]] = defaultdict(dict)
    for worker, (device, digest) in fitness.items():
        classes[device][worker] = digest
    return frozenset(odd for digests in classes.values() for odd in _minority(digests))


def _minority(digests: Mapping[str, str]) -> Iterable[str]:
    usual, count = Counter(digests.values()).most_common(1)[0]
    if len(digests) < FEWEST or 2 * count <= len(digests):
        return ()
    return (worker for worker, digest in digests.items() if digest != usual)


def stragglers(
    recent: Mapping[str, Sequence[SegmentTiming]], health: HealthPolicy
) -> frozenset[str]:
    """Workers whose last three segments each took longer than `slow_times` the median of their
    preset: that of the medians of all workers, so that a busy one has no more say."""
    usual = usual_s(recent)
    measured = Counter(name for paces in recent.values() for name in {p.preset for p in paces})

    def slow(pace: SegmentTiming) -> bool:
        enough = measured[pace.preset] >= FEWEST
        return enough and pace.seconds > health.slow_times * usual[pace.preset]

    return frozenset(
        worker
        for worker, paces in recent.items()
        if len(paces) >= IN_A_ROW and all(map(slow, paces[-IN_A_ROW:]))
    )


def usual_s(recent: Mapping[str, Sequence[SegmentTiming]]) -> dict[str, float]:
    """The usual seconds of a segment, for each preset that was measured."""
    found: dict[str, list[float]] = defaultdict(list)
    for paces in recent.values():
        for preset in {pace.preset for pace in paces}:
            found[preset].append(median(p.seconds for p in paces if p.preset == preset))
    return {preset: median(medians) for preset, medians in found.items()}


def may_set_aside(slow: int, generators: int) -> bool:
    """Whether one more may be set aside for being slow, when `slow` of all are already."""
    return MOST_SLOW * (slow + 1) <= generators


def silence_s(preset: str, usual: Mapping[str, float], health: HealthPolicy) -> float:
    """How long a call may take before its worker counts as hung."""
    return max(health.hang_s, health.hang_times * usual.get(preset, 0.0))
