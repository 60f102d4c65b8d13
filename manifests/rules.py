"""What a value of the right type must still keep to, column by column."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Mapping

from manifests.problems import Fault, shown

SHORTEST_SLOT_S, LONGEST_SLOT_S = 0.2, 7200.0

_JOB_ID = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,127}")
_LANGUAGE = re.compile(  # RFC 5646, section 2.1, without its irregular tags
    r"""
    [a-z]{2,3} (-[a-z]{3}){0,3}             # language, extended language
    (-[a-z]{4})? (-([a-z]{2}|[0-9]{3}))?    # script, region
    (-([a-z0-9]{5,8}|[0-9][a-z0-9]{3}))*    # variants
    (-[a-wyz0-9](-[a-z0-9]{2,8})+)*         # extensions
    (-x(-[a-z0-9]{1,8})+)?                  # private use
    """,
    re.VERBOSE | re.IGNORECASE | re.ASCII,
)
_LONGEST_LANGUAGE = 35
_TERRITORY = re.compile(r"[A-Z]{2}(-[A-Z0-9]{1,3})?", re.ASCII)
_NO_TERRITORIES = {"UK": "write GB", "EU": "list its countries", "EN": "write GB"}


def job_id_fault(job_id: str) -> Fault | None:
    if job_id.lower().endswith(".captioned"):
        return Fault(
            code="bad_job_id",
            detail=f"{shown(job_id)} would name the captioned video of another row; "
            "do not end it with .captioned",
        )
    if _JOB_ID.fullmatch(job_id):
        return None
    return Fault(
        code="bad_job_id",
        detail=f"{shown(job_id)} cannot name files; use 1 to 128 of A-Z a-z 0-9 . _ - "
        "and begin with a letter, a digit or _",
    )


def portrait_fault(uri: str) -> Fault | None:
    if posixpath.splitext(uri)[1].lower() != ".avi":
        return None
    return Fault(
        code="not_yet",
        detail=f"{shown(uri)} is an AVI, which is not read; save it as MP4, MOV, MKV or WebM",
    )


def duration_fault(seconds: float) -> Fault | None:
    if SHORTEST_SLOT_S <= seconds <= LONGEST_SLOT_S:
        return None
    return Fault(
        code="bad_duration",
        detail=f"a slot of {seconds:g} s cannot be filled; write {SHORTEST_SLOT_S:g} to "
        f"{LONGEST_SLOT_S:g} seconds",
    )


def language_fault(tag: str) -> Fault | None:
    if len(tag) <= _LONGEST_LANGUAGE and _LANGUAGE.fullmatch(tag):
        return None
    dashed = tag.strip().replace("_", "-").partition(".")[0]
    such = shown(dashed) if _LANGUAGE.fullmatch(dashed) else "one such as en or pt-BR"
    return Fault(
        code="bad_language",
        detail=f"{shown(tag)} is not a language tag (BCP 47); write {such}",
    )


def voices_fault(voices: Mapping[str, str]) -> Fault | None:
    nameless = [speaker for speaker, voice in voices.items() if not speaker.strip() or not voice]
    if not nameless:
        return None
    return Fault(
        code="wrong_type",
        detail=f"the speaker {shown(nameless[0])} or the voice beside it has no name; write one "
        'such as {"Ada": "piper:joe"}',
    )


def territories_fault(territories: tuple[str, ...]) -> Fault | None:
    """By their shape, and by names that are no codes of ISO 3166 though everybody writes them."""
    for each in territories:
        if not _TERRITORY.fullmatch(each) or each in _NO_TERRITORIES:
            remedy = _NO_TERRITORIES.get(each.upper(), "write one such as DE or US-CA")
            return Fault(
                code="bad_territory", detail=f"{shown(each)} is no territory (ISO 3166); {remedy}"
            )
    return None


RULES: Mapping[str, Callable[..., Fault | None]] = {
    "job_id": job_id_fault,
    "portrait_uri": portrait_fault,
    "language": language_fault,
    "target_duration_s": duration_fault,
    "voices": voices_fault,
    "territories": territories_fault,
}
