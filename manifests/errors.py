"""Every error the program raises on purpose; its class says who must act.

RushesError
|-- ManifestUnusable   the call or the whole manifest is wrong; nothing starts (exit 2)
|-- BadInput           the studio must act; never retried
|   |-- Missing        an input does not exist
|   |-- TooLarge       an input has more bytes than are taken
|   `-- Forbidden      an input may not be read, or an output not written
|-- Transient          nobody must act; retried with backoff
|-- OutOfMemory        retried in a profile that gives the same bits
|-- Preempted          the machine went away; always retried, not counted
`-- Rejected           a quality gate said no; the next seed is tried
"""

from __future__ import annotations

from enum import StrEnum


class RushesError(Exception):
    """An error with a stable lower-case `code` and a sentence for the person who must act."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(code, message)  # both in args, so that it pickles
        self.code = code
        self.message = message

    def __str__(self) -> str:
        return self.message


class ManifestUnusable(RushesError):
    """The manifest cannot be read at all, or the call is wrong."""


class BadInput(RushesError):
    """Something the studio handed over cannot be used."""


class Missing(BadInput):
    """A file that was named does not exist."""

    def __init__(self, message: str) -> None:
        super().__init__("missing_file", message)

    def __reduce__(self) -> tuple[type[Missing], tuple[str]]:
        return (type(self), (self.message,))


class TooLarge(BadInput):
    """A file has more bytes than are taken: `at_most`."""

    def __init__(self, uri: str, at_most: int) -> None:
        super().__init__("file_too_large", f"{uri} has more than {at_most:,} bytes")
        self.uri, self.at_most = uri, at_most

    def __reduce__(self) -> tuple[type[TooLarge], tuple[str, int]]:
        return (type(self), (self.uri, self.at_most))


class Forbidden(BadInput):
    """A file may not be read or written with the credentials at hand."""

    def __init__(self, message: str) -> None:
        super().__init__("forbidden", message)

    def __reduce__(self) -> tuple[type[Forbidden], tuple[str]]:
        return (type(self), (self.message,))


class Transient(RushesError):
    """Something that another try may mend: a busy server, a cut connection."""


class OutOfMemory(RushesError):
    """A worker ran out of memory."""


class Preempted(RushesError):
    """The machine was taken away."""


class Rejected(RushesError):
    """The result was finished and did not pass its gates."""


_NO_ROOM = (
    "can't allocate memory",  # torch's on a CPU
    "Failed to allocate memory",  # onnxruntime's
    "bad_alloc",
    "bad allocation",
    "Insufficient memory",  # OpenCV's
)


def memory_failure(error: BaseException, whose: str = "") -> OutOfMemory | None:
    """What an error is where it says that memory is full, the card's (torch's own error) or the
    machine's, in the words of whatever library; None of any other. `whose` names what needed it.
    """
    said = " ".join(str(error).split())
    card = type(error).__name__ == "OutOfMemoryError"
    if not (card or isinstance(error, MemoryError) or any(words in said for words in _NO_ROOM)):
        return None
    told = f"{'the card' if card else 'the machine'} ran out of memory"
    told += f" for {whose}" if whose else ""
    return OutOfMemory(
        "out_of_memory" if card else "host_out_of_memory",
        f"{told}: {said or type(error).__name__}; nobody else may hold it, or more is needed",
    )


class FailureKind(StrEnum):
    """What a failed attempt is filed under: the class directly below `RushesError`, a fault of the
    program, or people: who called the job off, or had all that was made of a person removed.
    Ledgers hold these words."""

    BAD_INPUT = "BadInput"
    MANIFEST_UNUSABLE = "ManifestUnusable"
    TRANSIENT = "Transient"
    OUT_OF_MEMORY = "OutOfMemory"
    PREEMPTED = "Preempted"
    REJECTED = "Rejected"
    UNEXPECTED = "Unexpected"
    CANCELLED = "Cancelled"
    ERASED = "Erased"
