"""Which waiting task goes to which free slot: a pure function of a snapshot."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import groupby
from math import ceil

from jobs.engine.phases import Order, Phase, Shooting, segments_done
from jobs.engine.tasks import Task
from pipeline.nouns import ChunkProgress
from pipeline.stages import STAGES

NEVER = datetime.max.replace(tzinfo=UTC)
LATE = NEVER - timedelta(days=1)
"""Due like this: after all that can be in time, before what is due never."""

Urgency = tuple[int, datetime]
Rank = tuple[int, datetime, int, int, int]

_WINDOW = 16
"""Jobs: the window holds at most 16 for each slot, so that the driver's memory stays bounded."""

_SWAP = 4
"""Segments: loading other weights takes a worker about as long as rendering four of them."""

_TWICE = 2
"""A chain leaves its worker only for one that is more than this many times as long."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Warm:
    """What a generator has in memory: the weights of a preset, the portrait that it prepared, the
    chain that it has open."""

    preset: str
    looks: str
    chain: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """A place where one task can run: a generator by name with what it is `warm` for and its class
    of `device`, or a CPU; a `pair` has two accelerators for a chain."""

    worker: str
    generates: bool
    warm: Warm | None = None
    pair: bool = False
    device: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """Segments that are `left` of all chains in the window, and how many generators share them;
    what time it is, and how long a segment takes with each preset of which that is known."""

    left: int
    generators: int
    now: datetime = NEVER
    segment_s: Mapping[str, float] = field(default_factory=dict)


def urgency(order: Order) -> Urgency:
    """Priority, then earliest due: nothing goes before what is more urgent."""
    return (-order.job.priority, order.job.due or NEVER)


def hopeless(task: Task, outlook: Outlook) -> bool:
    """Whether its chain would be late even if it never waited any more."""
    due, segment_s = task.order.job.due, outlook.segment_s.get(task.order.preset.name, 0.0)
    if due is None or segment_s <= 0:
        return False
    return outlook.now + timedelta(seconds=task.remaining * segment_s) > due


def urgency_of(task: Task, outlook: Outlook) -> Urgency:
    """The urgency of a task. A chain that will be late whatever happens counts as due last, so it
    takes no time from chains that can be in time."""
    priority, due = urgency(task.order)
    return (priority, LATE if hopeless(task, outlook) else due)


_DESK_STAGES = [name for name, row in STAGES.items() if not row.generates]
_LATER_FIRST = {name: place for place, name in enumerate(reversed(_DESK_STAGES))}
_LAST_PLACE = len(_LATER_FIRST) - 1


def rank(task: Task) -> Rank:
    """What is urgent, then what frees generators soonest: the longest remaining chain first.

    Tasks without a chain (prepare, master, ...) come in the order of the manifest, later stages
    first, so that finished pictures do not wait behind new takes.
    """
    stage = _LATER_FIRST.get(task.step.stage, _LAST_PLACE)
    return (*urgency(task.order), stage, -task.remaining, task.order.place)


def admission(order: Order) -> tuple[int, datetime, int, int]:
    """The order in which jobs come into the window: what is urgent first, then the first rows of
    all manifests, then their second ones: a small manifest does not wait behind a large one."""
    return (*urgency(order), order.job.row, order.place)


def room_for(phases: Sequence[Phase], slots: int, generators: int) -> int:
    """How many more jobs the window takes in: about two for each slot, and more while what is known
    could not hide a chain as long as the longest seen that turns up last."""
    room = 2 * slots + 2 - len(phases)
    known = [shot.cost for p in phases if isinstance(p, Shooting) for shot in p.shots]
    cut = [total - done for done, total in map(segments_done, phases) if total]
    if not known or not sum(cut):
        return room
    each = sum(cut) / len(cut)
    wanted = 2 * max(known) * generators / each
    return max(room, min(ceil(wanted) - len(phases), _WINDOW * slots - len(phases)))


def warmth_of(task: Task) -> Warm:
    """What a generator is warm for once it worked on the task: its chain, and all chains with the
    same looks (portrait, prompt and seed: what Hallo3's networks see once)."""
    shot, looks = task.item, ""
    if isinstance(shot, ChunkProgress):
        looks = f"{shot.take.portrait.sha256}/{shot.seed}/{shot.prompt}"
    chain = f"{task.order.request_id}/{task.step.chunk}"
    return Warm(preset=task.order.preset.name, looks=looks, chain=chain)


def fits(task: Task, slot: Slot) -> bool:
    """Whether the slot may have the task: a chain that has begun goes on with its class of device,
    unless it may go on elsewhere."""
    if task.generates != slot.generates:
        return False
    shot = task.item
    return not isinstance(shot, ChunkProgress) or shot.goes_on_with(slot.device)


def critical(task: Task, outlook: Outlook) -> bool:
    """Whether the chain decides when the night ends: it is longer than what is left for each."""
    return task.remaining * outlook.generators >= outlook.left


def worth(task: Task, slot: Slot, wanted: Warm, outlook: Outlook) -> tuple[bool, int]:
    """How well the task suits the slot: the pair to compare by, the larger the better.

    The first value is true for the chain that the slot has open and for a critical chain: these
    go first. The second counts segments. A task counts its remaining segments, and as many again
    where two accelerators can share it (an unshared chain counts none there). Loaded weights add
    `_SWAP`, and a prepared portrait adds one. The open chain counts `_TWICE` as much, so it
    yields only to a critical chain of more than twice its length.
    """
    warm = slot.warm
    loaded = warm is not None and warm.preset == wanted.preset
    gained = task.remaining + (_SWAP if loaded else 0)
    if warm is not None and warm.chain == wanted.chain:
        return True, _TWICE * gained
    if slot.pair:
        gained += task.remaining if task.order.preset.lanes else -task.remaining
    seen = warm is not None and loaded and warm.looks == wanted.looks
    return critical(task, outlook), gained + seen


def assign(
    waiting: Sequence[Task], free: Sequence[Slot], outlook: Outlook
) -> list[tuple[Task, Slot]]:
    """Pair tasks with slots, most urgent first; among equals a generator takes what it is warm for,
    then the longest chain."""
    desks = [slot for slot in free if not slot.generates]
    desk_work = sorted((task for task in waiting if not task.generates), key=rank)
    generating = (task for task in waiting if task.generates)
    chains = sorted(generating, key=lambda task: (urgency_of(task, outlook), rank(task)))
    generators = [slot for slot in free if slot.generates]
    given = list(_given_out(chains, generators, outlook))
    return [*zip(desk_work, desks, strict=False), *_made_room(chains, generators, given)]


def _given_out(
    chains: Sequence[Task], free: Iterable[Slot], outlook: Outlook
) -> Iterator[tuple[Task, Slot]]:
    left = list(free)
    for _, alike in groupby(chains, key=lambda task: urgency_of(task, outlook)):
        if not left:
            return
        for task, slot in _best_pairs(list(alike), left, outlook):
            left.remove(slot)
            yield task, slot


def _best_pairs(
    tasks: Sequence[Task], slots: Sequence[Slot], outlook: Outlook
) -> list[tuple[Task, Slot]]:
    """The pairs that are worth most, one after the other; of equals the higher rank, then the
    first slot."""
    wanted = [warmth_of(task) for task in tasks]
    pairs = (
        (worth(task, slot, wanted[t], outlook), -t, -s)
        for t, task in enumerate(tasks)
        for s, slot in enumerate(slots)
        if fits(task, slot)
    )
    chosen: dict[int, int] = {}
    used: set[int] = set()
    for _, t, s in sorted(pairs, reverse=True):
        if -t not in chosen and -s not in used:
            chosen[-t] = -s
            used.add(-s)
    return [(tasks[t], slots[s]) for t, s in chosen.items()]


def _made_room(
    chains: Sequence[Task], free: Sequence[Slot], given: Sequence[tuple[Task, Slot]]
) -> list[tuple[Task, Slot]]:
    """The pairs, with chains that may go anywhere moved to idle slots where a chain of the class
    waits for theirs: nothing idles because of classes while there is work for it."""
    pairs = list(given)
    taken = {slot.worker for _, slot in pairs}
    idle = [slot for slot in free if slot.worker not in taken]
    started = {task.key for task, _ in pairs}
    for bound in (task for task in chains if task.key not in started and idle):
        for at, (other, slot) in enumerate(pairs):
            if fits(bound, slot) and fits(other, idle[0]):
                pairs[at] = (other, idle.pop(0))
                pairs.append((bound, slot))
                break
    return pairs
