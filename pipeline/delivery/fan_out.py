"""One stream of frames for several readers: it is read once, and none of them is far ahead."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from queue import Queue
from threading import Event
from typing import Generic, TypeVar

from pipeline.renderer import Frames

Made = TypeVar("Made")

WAITING = 2
"""Batches that wait for each reader, so that memory does not grow with the length of a video."""

Reader = Callable[[Iterator[Frames]], Made]


class SourceEnded(RuntimeError):
    """The stream broke before its end; what broke it is raised where it was read."""


class _Feed(Generic[Made]):
    """The stream as one reader sees it, on a thread of its own."""

    def __init__(self, reader: Reader[Made]) -> None:
        self._reader = reader
        self._waiting: Queue[Frames | None] = Queue(WAITING)
        self._broken = Event()
        self.over = Event()

    def read(self) -> Made:
        try:
            return self._reader(iter(self))
        finally:
            self.over.set()
            while not self._waiting.empty():  # whoever puts a batch goes on
                self._waiting.get_nowait()

    def __iter__(self) -> Iterator[Frames]:
        while (batch := self._waiting.get()) is not None:
            yield batch
        if self._broken.is_set():
            raise SourceEnded

    def give(self, batch: Frames | None) -> None:
        """A batch, or None at the end; nothing to a reader that is over."""
        if not self.over.is_set():
            self._waiting.put(batch)

    def end(self, *, broken: bool) -> None:
        if broken:
            self._broken.set()
        self.give(None)


def fan_out(frames: Iterable[Frames], readers: Sequence[Reader[Made]]) -> tuple[Future[Made], ...]:
    """Give all frames to all readers, each on its thread. What a reader made or raised is in its
    future, and stops no other one; an error of `frames` ends all, and is raised."""
    feeds = [_Feed(reader) for reader in readers]
    with ThreadPoolExecutor(max(1, len(feeds))) as threads:
        made = tuple(threads.submit(feed.read) for feed in feeds)
        whole = False
        try:
            for batch in frames:
                batch.flags.writeable = False  # all of them read the same memory
                for feed in feeds:
                    feed.give(batch)
                if all(feed.over.is_set() for feed in feeds):
                    break
            whole = True
        finally:
            for feed in feeds:
                feed.end(broken=not whole)
    return made
