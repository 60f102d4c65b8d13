"""A night in which everything may die at any moment: the real driver, book, ledger, leases, records
and storage of a folder, with simulated stages, a simulated clock and keyed faults.

Drivers are threads that hand one baton on, so that exactly one runs and every run can be repeated.
"""

from __future__ import annotations

import hashlib
import random
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from manifests.errors import RushesError, Transient
from manifests.storage.aside import HIDDEN
from manifests.storage.local import LocalStorage
from manifests.storage.uri import local_path

WHERE_IT_MATTERS = 8
"""So many times more befalls the calls for what people know by name."""

METHODS = ("stat", "read", "download", "create", "replace", "list", "delete")


class WorkerKilled(BaseException):
    """kill -9 of a worker: nothing catches it."""


class DriverKilled(BaseException):
    """kill -9 of a driver."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Odds:
    """How likely a storage call ends in each way."""

    failed: float = 0.012
    worker_killed: float = 0.006
    driver_killed: float = 0.002
    slept: float = 0.01


PEACE = Odds(failed=0, worker_killed=0, driver_killed=0, slept=0)


@dataclass(slots=True)
class Actor:
    """A driver: dead ones cannot touch storage any more, nor can what they leave running."""

    name: str
    epoch: int = 0
    dead: bool = False
    in_worker: bool = False


@dataclass(slots=True)
class World:
    """Clock, faults and the baton; counts what happened."""

    seed: int
    odds: Odds = field(default_factory=Odds)
    now_s: float = 0.0
    happened: Counter[str] = field(default_factory=Counter)
    named: list[tuple[str, int]] = field(default_factory=list)
    """Every name given below videos/, with the epoch that gave it."""
    rendered: Counter[str] = field(default_factory=Counter)
    actors: list[Actor] = field(default_factory=list)
    _random: random.Random = field(init=False)
    _turn: threading.Condition = field(default_factory=threading.Condition)
    _running: int = 0
    _left: set[int] = field(default_factory=set)
    _local: threading.local = field(default_factory=threading.local)

    def __post_init__(self) -> None:
        self._random = random.Random(self.seed)  # noqa: S311 - repeatable faults

    # The baton

    @property
    def actor(self) -> Actor | None:
        return getattr(self._local, "actor", None)

    def together(self, *acts: Callable[[Actor], None]) -> None:
        """Let drivers run side by side, one at a time, until all ended or died."""
        self.actors = [Actor(name=f"driver-{index}") for index in range(len(acts))]
        self._running, self._left = 0, set()
        threads = [
            threading.Thread(target=self._act, args=(actor, act))
            for actor, act in zip(self.actors, acts, strict=True)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def _act(self, actor: Actor, act: Callable[[Actor], None]) -> None:
        self._local.actor = actor
        self._await(actor)
        try:
            with suppress(DriverKilled, RushesError):
                act(actor)
        finally:
            with self._turn:
                index = self._place(actor)
                self._left.add(index)
                self._pass_on(index)

    def _place(self, actor: Actor) -> int:
        return next(index for index, each in enumerate(self.actors) if each is actor)

    def _await(self, actor: Actor) -> None:
        index = self._place(actor)
        with self._turn:
            self._turn.wait_for(lambda: self._running == index)

    def _pass_on(self, index: int) -> None:
        others = [n for n in range(len(self.actors)) if n not in self._left and n != index]
        self._running = self._random.choice(others) if others else index
        self._turn.notify_all()

    def yield_turn(self) -> None:
        """Let another driver run for a while; it may be a long while."""
        actor = self.actor
        if actor is None or len(self.actors) < 2:  # noqa: PLR2004 - nobody else is there
            return
        index = self._place(actor)
        with self._turn:
            self._pass_on(index)
            self._turn.wait_for(lambda: self._running == index)

    def sleep(self, seconds: float) -> None:
        self.now_s += max(seconds, 0.05)
        self.yield_turn()

    # Faults

    def call(self, name: str, uri: str, run: Callable[[], Any]) -> Any:  # noqa: ANN401 - any answer
        """One storage call of whoever has the baton, with what happens to it."""
        actor = self.actor
        if actor is None:
            return run()
        if actor.dead:
            raise DriverKilled
        self.now_s += 0.001
        draw = self._random.random() * _mildness(actor, uri)
        moment = self._random.choice(("before", "during", "after"))
        if moment == "during" and name in ("create", "replace"):
            _half(uri)
        if moment != "after":
            self._befall(actor, draw, name)
        self._local.noted = False
        answer = run()
        if name in ("create", "replace") and answer and "/videos/" in uri:
            self._note(uri, actor)
        if moment == "after":
            self._befall(actor, draw, name)
        return answer

    def _note(self, uri: str, actor: Actor) -> None:
        """Once, when it happens: a `replace` of nothing is a `create` inside, and may sleep before
        it comes back."""
        if not self._local.noted:
            self.named.append((uri, actor.epoch))
        self._local.noted = True

    def _befall(self, actor: Actor, draw: float, name: str) -> None:
        odds = self.odds
        if draw < odds.driver_killed:
            self.happened[f"driver killed at {name}"] += 1
            actor.dead = True
            raise DriverKilled
        draw -= odds.driver_killed
        if draw < odds.worker_killed:
            if actor.in_worker:
                self.happened[f"worker killed at {name}"] += 1
                raise WorkerKilled
            return
        draw -= odds.worker_killed
        if draw < odds.failed:
            self.happened[f"storage failed at {name}"] += 1
            raise Transient("storage_unavailable", "the storage is away")
        draw -= odds.failed
        if draw < odds.slept:
            self.happened[f"slept at {name}"] += 1
            for _ in range(self._random.randrange(1, 200)):
                self.sleep(1.0)


@contextmanager
def storage_in(world: World) -> Iterator[None]:
    """Every call of every `LocalStorage` goes through the world."""
    originals = {name: getattr(LocalStorage, name) for name in METHODS}

    def through(name: str) -> Callable[..., Any]:
        original = originals[name]

        def method(self: LocalStorage, uri: str, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401
            answer = world.call(name, uri, lambda: original(self, uri, *args, **kwargs))
            return iter(list(answer)) if name == "list" else answer

        return method

    for name in METHODS:
        setattr(LocalStorage, name, through(name))
    try:
        yield
    finally:
        for name, original in originals.items():
            setattr(LocalStorage, name, original)


def _mildness(actor: Actor, uri: str) -> float:
    """How much less than usual befalls a call: who only waits has little to lose."""
    if actor.epoch == 0:
        return WHERE_IT_MATTERS
    return 1.0 if "/_run/" in uri else 1 / WHERE_IT_MATTERS


def _half(uri: str) -> None:
    """What a write leaves that ended in its middle: a hidden file beside its name."""
    target = local_path(uri)
    target.parent.mkdir(parents=True, exist_ok=True)
    (target.parent / f"{HIDDEN}half-{target.name}").write_bytes(b"half")


def bits(*parts: object) -> bytes:
    """32 bytes that depend on all parts."""
    return hashlib.sha256("\n".join(map(str, parts)).encode()).digest()


def digests(folder: Path) -> dict[str, str]:
    """Of every finished video and every file of finished work."""
    found = {}
    for path in sorted(folder.rglob("*")):
        name = str(path.relative_to(folder))
        hidden = path.name.startswith(HIDDEN)
        if path.is_file() and path.suffix in {".bin", ".mp4"} and not hidden:
            found[name] = hashlib.sha256(path.read_bytes()).hexdigest()
    return found
