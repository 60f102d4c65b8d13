"""A night as the folder has it now: looked at when somebody asks, and not more often than that
takes."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from threading import Lock
from time import monotonic

from jobs.serve.deltas import SeenNight, Told, changes_since, seen_again

EVERY_S = 2.0
"""As often the folder is looked at while somebody looks at the page."""

SHARE = 4
"""A look that takes a second is not taken again for so many: a large night leaves the machine to
what renders."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldNight:
    """What the page is told: `head` of the night, `rows` of its jobs by their ids, and the `files`
    that may be asked for, by their names below OUT."""

    head: Told
    rows: Sequence[tuple[str, Told]]
    files: Mapping[str, str]


class LiveNight:
    """What was found last, and how it differs from what somebody saw."""

    def __init__(
        self, look: Callable[[], ToldNight], clock: Callable[[], float] = monotonic
    ) -> None:
        self._look = look
        self._clock = clock
        self._looking = Lock()
        self._seen = SeenNight()
        self._files: Mapping[str, str] = {}
        self._again_at = 0.0
        self.session = secrets.token_hex(4)
        """Numbers of another session say nothing."""

    def outdate(self) -> None:
        """Something was decided: the next one who asks is shown what came of it."""
        self._again_at = 0.0

    def tag(self) -> str:
        """Names what there is to see now."""
        self._refresh()
        return f"{self.session}-{self._seen.number}"

    def since(self, tag: str) -> dict[str, object]:
        """What changed since somebody saw the night with this tag."""
        session, _, number = tag.partition("-")
        known = session == self.session and number.isascii() and number.isdecimal()
        seen = self._seen
        told = changes_since(seen, int(number[:12]) if known else 0)
        return {**told, "tag": f"{self.session}-{seen.number}"}

    def file(self, name: str) -> str | None:
        """The URI of a file that the night names."""
        if name not in self._files:
            self._refresh()
        return self._files.get(name)

    def _refresh(self) -> None:
        """Look again when it is time; who comes while somebody looks is shown what was there."""
        first = not self._seen.number
        if not self._looking.acquire(blocking=first):
            return
        try:
            if not self._seen.number or self._clock() >= self._again_at:
                self._look_again()
        finally:
            self._looking.release()

    def _look_again(self) -> None:
        begun, self._again_at = self._clock(), float("inf")
        try:
            now = self._look()
            self._files = now.files
            self._seen = seen_again(self._seen, now.head, now.rows)
        finally:  # what was decided meanwhile made it earlier
            took = self._clock() - begun
            self._again_at = min(self._again_at, begun + took + max(EVERY_S, SHARE * took))
