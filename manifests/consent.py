"""Whether a person agreed to what a row asks for: pure, for a row, its portrait and a time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from manifests.job import Job
from manifests.problems import Problem, shown

ALWAYS = datetime.min.replace(tzinfo=UTC)
"""Since when a consent is revoked whose register does not say when."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Consent:
    """One entry of a register: what a person agreed to.

    It holds from `begins` on, and at `ends` no more; None: without a border. It is revoked from
    `revoked` on. `portraits` are SHA-256 digests of files, `languages` ranges of BCP 47,
    `territories` codes of ISO 3166; an empty one leaves the choice open.
    """

    id: str
    person: str
    portraits: frozenset[str] = frozenset()
    languages: tuple[str, ...] = ()
    territories: tuple[str, ...] = ()
    begins: datetime | None = None
    ends: datetime | None = None
    revoked: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentRegister:
    """All entries of a register by their ids; `uri` is where it was read."""

    uri: str
    consents: Mapping[str, Consent] = field(default_factory=dict)


def consent_refusal(
    job: Job,
    portrait: str | None,
    when: datetime,
    register: ConsentRegister | None,
    *,
    required: bool = False,
) -> Problem | None:
    """Why nothing may be made of the row at that time; None when it may be.

    `portrait` is the digest of the portrait's file, None while nobody has opened it. Without a
    register the column `consent_expires` alone decides. `required`: a row has to name a consent.
    """
    if job.consent_expires is not None and when >= job.consent_expires:
        told = f"the row's consent expired at {_told(job.consent_expires)}; renew it"
        return _problem(job, "consent_expired", "consent_expires", told)
    if job.consent_id is None:
        told = "the row names no consent, and the run asks for one; fill it in"
        return _problem(job, "consent_missing", "consent_id", told) if required else None
    if register is None:
        return None
    consent = register.consents.get(job.consent_id)
    if consent is None:
        told = f"{register.uri} has no consent {shown(job.consent_id)}; correct the id, or enter it"
        return _problem(job, "consent_unknown", "consent_id", told)
    return _untimely(job, consent, when) or _out_of_scope(job, consent, portrait)


def end_warning(job: Job, register: ConsentRegister | None) -> str:
    """That the row and the register tell different ends of one consent; "" where they do not."""
    consent = register.consents.get(job.consent_id or "") if register else None
    if consent is None or job.consent_expires is None or consent.ends == job.consent_expires:
        return ""
    theirs = "without an end" if consent.ends is None else _told(consent.ends)
    told = f"the row says {_told(job.consent_expires)}, the register {theirs}; the earlier counts"
    return f"consent_ends_differ: {told}"


def covers(wanted: str, allowed: tuple[str, ...]) -> bool:
    """Whether a tag lies in one of the ranges: `en` covers `en-GB`, `US` covers `US-CA`; upper and
    lower case count as the same, and an empty list covers everything."""
    tag = f"{wanted}-".lower()
    return not allowed or any(each == "*" or tag.startswith(f"{each}-".lower()) for each in allowed)


def _untimely(job: Job, consent: Consent, when: datetime) -> Problem | None:
    name = f"the consent {shown(consent.id)}"
    if consent.revoked is not None and when >= consent.revoked:
        since = "" if consent.revoked == ALWAYS else f" at {_told(consent.revoked)}"
        return _problem(
            job, "consent_revoked", "consent_id", f"{name} was revoked{since}; take the row out"
        )
    if consent.begins is not None and when < consent.begins:
        told = f"{name} holds from {_told(consent.begins)} on; make the row then"
        return _problem(job, "consent_not_yet", "consent_id", told)
    if consent.ends is not None and when >= consent.ends:
        told = f"{name} expired at {_told(consent.ends)}; renew it in the register"
        return _problem(job, "consent_expired", "consent_id", told)
    return None


def _out_of_scope(job: Job, consent: Consent, portrait: str | None) -> Problem | None:
    for column, told in _scopes(job, consent, portrait):
        detail = f"the consent {shown(consent.id)} does not cover {told}; ask for a wider one"
        return _problem(job, "consent_out_of_scope", column, detail)
    return None


def _scopes(job: Job, consent: Consent, portrait: str | None) -> Iterator[tuple[str, str]]:
    """Columns whose values the consent does not cover, and what is said of each."""
    if not covers(job.language, consent.languages):
        yield "language", f"the language {job.language}, only {', '.join(consent.languages)}"
    lacking = [each for each in job.territories if not covers(each, consent.territories)]
    if lacking:
        only = ", ".join(consent.territories)
        yield "territories", f"the territory {lacking[0]}, only {only}"
    if portrait is not None and consent.portraits and portrait.lower() not in consent.portraits:
        yield "portrait_uri", "this portrait: the register lists other files"


def _problem(job: Job, code: str, column: str, told: str) -> Problem:
    return Problem(row=job.row, job_id=job.job_id, column=column, code=code, message=f"{told}.")


def _told(time: datetime) -> str:
    return time.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
