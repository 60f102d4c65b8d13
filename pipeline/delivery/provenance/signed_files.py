"""The deliverables of a job, signed: each once, whoever asks again gets the same bytes."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path, PurePath
from typing import ClassVar, Literal

from manifests.artifact import C2PA, Artifact, sha256_of
from manifests.errors import ManifestUnusable
from manifests.fingerprint import fingerprint
from manifests.job import Job
from manifests.storage import join
from pipeline.delivery.package.mhl import name_delivered
from pipeline.delivery.provenance.c2pa_files import (
    FileSigner,
    How,
    SignedPath,
    credentials_path,
    try_signing,
)
from pipeline.delivery.provenance.certificates import require_valid_at
from pipeline.delivery.provenance.check import require_signed
from pipeline.delivery.provenance.claim import Claim, Making, claim_of_file
from pipeline.delivery.provenance.ingredients import Ingredient, ingredients_of
from pipeline.delivery.provenance.signing import SigningSettings
from pipeline.nouns import CredentialsBeside
from pipeline.workspace.inputs import Admission
from pipeline.workspace.workspace import Workspace

UNSIGNED = "unsigned"


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedFile:
    """What signing made of a file: it with its credentials in it, or credentials that lie `beside`
    the file, which stays as it was."""

    stored_as: ClassVar[str] = "signed"
    fingerprint: str
    made: Artifact
    beside: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class JobSigner:
    """Signs the files of one job; `warnings` tell whose credentials could not be kept."""

    signer: FileSigner
    making: Making
    ingredients: tuple[Ingredient, ...] = ()
    warnings: tuple[str, ...] = ()

    def signed(self, path: Path, name: str, workspace: Workspace) -> SignedFile:
        """The file that is to be called `name`, signed now or found signed, and stored.

        Raises `Transient` for what another try may mend, and `ManifestUnusable` when a certificate
        expired during the night: then nothing is signed, and nothing delivered unsigned.
        """
        claim = claim_of_file(name, self.making)
        work = self._name_of(path, claim)
        done = workspace.find_finished(work, SignedFile)
        if done is not None:
            return done
        with workspace.scratch_dir() as desk:
            copy = desk / f"file{PurePath(name).suffix}"
            shutil.copyfile(path, copy)
            how = self.sign(copy, name)
            made = copy if how == "embedded" else credentials_path(copy)
            file = workspace.store(made, work, made.name)
        signed = SignedFile(fingerprint=work, made=file, beside=how == "sidecar")
        return workspace.commit(work, signed)

    def marked(self, watermark: str, finish: str = "") -> JobSigner:
        """For a file whose picture bears the watermark with this payload, "" for none, and what it
        was enlarged by."""
        return replace(self, making=replace(self.making, watermark=watermark, finish=finish))

    def sign(self, path: Path, name: str) -> How:
        """Sign a file of the job in place; raises as `signed`."""
        require_valid_at(self.signer.credentials.chain, datetime.now(UTC))
        return self.signer.sign(path, claim_of_file(name, self.making), self.ingredients)

    def _name_of(self, path: Path, claim: Claim) -> str:
        chain = hashlib.sha256(self.signer.credentials.chain_pem).hexdigest()
        return fingerprint(
            "signed",
            bytes=sha256_of(path),
            claim=claim.text,
            certificates=chain,
            stamped=self.signer.time_stamps is not None,
        )


def job_signer(
    settings: SigningSettings, job: Job, making: Making, admission: Admission, desk: Path
) -> JobSigner | None:
    """Who signs the files of a job; None where the settings name no key.

    Raises `ManifestUnusable` for a key or certificates that cannot sign now.
    """
    if not settings.signs:
        return None
    credentials = settings.credentials(datetime.now(UTC))
    kept, warnings = ingredients_of(job, making.inputs, admission, desk)
    signer = FileSigner(credentials=credentials, time_stamps=settings.time_stamps)
    return JobSigner(signer=signer, making=making, ingredients=kept, warnings=warnings)


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedFile:
    """A finished file under the name that people know, with its credentials in it or beside it;
    `work` is the name of what was stored when it was signed, "" where nothing was."""

    file: Artifact
    credentials: Artifact | None = None
    work: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedFacts:
    """Of a delivered file: how and with which bytes; `credentials_sha256` is of the file beside
    it, "" without one."""

    profile: str
    signed: How
    sha256: str
    credentials_sha256: str = ""


def deliver(made: Artifact, name: str, workspace: Workspace, signer: JobSigner | None) -> NamedFile:
    """Give a stored file its friendly name; with a signer, signed, and only when the bytes that are
    delivered are found to be those that were signed."""
    uri = delivered_uri(workspace, name)
    with workspace.scratch_dir() as desk:
        path = workspace.fetch(made, desk)
        if signer is None:
            named = NamedFile(file=name_delivered(uri, path, workspace, made.sha256))
            drop_credentials(uri, workspace)
        else:
            signed = signer.signed(path, name, workspace)
            found = workspace.fetch(signed.made, desk)
            as_found = (
                SignedPath(path=path, name=name, beside=found)
                if signed.beside
                else SignedPath(path=found, name=name)
            )
            named = replace(named_as(uri, as_found, workspace), work=signed.fingerprint)
            workspace.evict(signed.made, desk)
        workspace.evict(made, desk)
    return named


def deliver_anew(
    path: Path, name: str, workspace: Workspace, signer: JobSigner | None
) -> NamedFile:
    """The same for a file that says something else each time, such as when it was made: it is
    signed each time too, and nothing of it is stored."""
    uri = delivered_uri(workspace, name)
    if signer is None:
        named = NamedFile(file=name_delivered(uri, path, workspace))
        drop_credentials(uri, workspace)
        return named
    with workspace.scratch_dir() as desk:
        copy = desk / f"file{PurePath(name).suffix}"
        shutil.copyfile(path, copy)
        signer.sign(copy, name)
        signed = replace(SignedPath.at(copy), name=name)
        return named_as(uri, signed, workspace)


def delivered_uri(workspace: Workspace, name: str) -> str:
    return join(workspace.out, "videos", name)


def named_as(uri: str, signed: SignedPath, workspace: Workspace) -> NamedFile:
    """A signed file, checked once more as it lies here, under its friendly name."""
    require_signed(signed)
    file = name_delivered(uri, signed.path, workspace)
    if signed.beside is None:
        drop_credentials(uri, workspace)
        return NamedFile(file=file)
    return NamedFile(file=file, credentials=name_delivered(uri + C2PA, signed.beside, workspace))


def drop_credentials(uri: str, workspace: Workspace) -> None:
    """Those of an earlier file of this name do not hold for the one that is there now."""
    if workspace.storage.stat(uri + C2PA) is not None:
        workspace.storage.delete(uri + C2PA)


def refuse_signing(settings: SigningSettings, when: datetime, *, required: bool) -> None:
    """`ManifestUnusable` for what could not sign a file now, before anything is rendered."""
    settings.trusted()
    if settings.signs:
        try_signing(FileSigner(credentials=settings.credentials(when)))
    elif required:
        message = (
            "require_signing asks for content credentials, and nothing signs; name key and"
            " certificate in the table [signing] of the settings"
        )
        raise ManifestUnusable("signing_required", message)


def beside(named: Mapping[str, NamedFile]) -> tuple[CredentialsBeside, ...]:
    """The credentials that lie beside files, by the profiles of these."""
    return tuple(
        CredentialsBeside(profile=profile, file=each.credentials)
        for profile, each in named.items()
        if each.credentials is not None
    )


def place_of_credentials(named: NamedFile) -> How | Literal[""]:
    """Where the credentials of a delivered file are; "" where there are none."""
    if not named.work:
        return ""
    return "sidecar" if named.credentials else "embedded"


def signed_facts(named: Mapping[str, NamedFile]) -> Iterator[SignedFacts]:
    """What a sidecar tells of the files that were signed."""
    for profile, each in named.items():
        if each.work:
            digest = each.credentials.sha256 if each.credentials else ""
            how: How = "sidecar" if digest else "embedded"
            yield SignedFacts(
                profile=profile, signed=how, sha256=each.file.sha256, credentials_sha256=digest
            )


def signing_warnings(signer: JobSigner | None) -> tuple[str, ...]:
    """What a row is told of its signatures."""
    if signer is not None:
        return signer.warnings
    return (f"{UNSIGNED}: no content credentials; name a key and a certificate in [signing]",)
