"""For which protocol a package was written: asked before anything else that it declares is read.

A declaration for another protocol may hold fields that this program has never heard of; what has to
be told is then the number, and not the first of these fields.
"""

from __future__ import annotations

OURS = frozenset({"manifests", "model", "pipeline"})
"""Packages of this program, which others import from."""


class OtherProtocol(Exception):
    """A package was written for another version of the door between it and this program; says
    for which and whom to renew, as the end of a sentence about the package."""


def require_protocol(written_for: object, known: int) -> None:
    """Raises `OtherProtocol` unless a package was written for the protocol that is `known`."""
    if type(written_for) is not int:
        raise OtherProtocol(f"names its protocol {written_for!r}: write the whole number {known}")
    if written_for != known:
        newer = written_for > known
        mend = (
            f"install a newer version of Rushes, or a version of the package for protocol {known}"
            if newer
            else "install a newer version of the package"
        )
        message = f"was written for protocol {written_for}, this program knows {known}: {mend}"
        raise OtherProtocol(message)


def asked_in_vain(error: Exception | SystemExit) -> str:
    """What the import of a package asked of this program that it does not have, or nothing."""
    module = error.name if isinstance(error, ImportError) else None
    if (module or "").partition(".")[0] not in OURS:
        return ""
    said = " ".join(str(error).split())
    return (
        f"asks this program for what it does not have ({said}): install a newer version of "
        "Rushes, or the version of the package that was written for this one"
    )
