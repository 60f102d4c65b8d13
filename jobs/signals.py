"""The first signal asks a command to end well, the second one ends it at once."""

from __future__ import annotations

import signal
from types import FrameType

from jobs.console import tell


class GracefulStop:
    """Becomes true at the first SIGINT or SIGTERM, with a sentence; the second is a
    `KeyboardInterrupt`."""

    def __init__(self, sentence: str) -> None:
        self.asked = False
        self._sentence = sentence

    def __call__(self) -> bool:
        return self.asked

    def listen(self) -> None:
        signal.signal(signal.SIGINT, self._note)
        signal.signal(signal.SIGTERM, self._note)

    def _note(self, number: int, frame: FrameType | None) -> None:
        del number, frame
        if self.asked:
            raise KeyboardInterrupt
        self.asked = True
        tell(self._sentence)
