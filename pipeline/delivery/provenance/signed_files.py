"""The deliverables of a job, signed: each once, whoever asks again gets the same bytes."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path, PurePath
from typing import ClassVar

from manifests.artifact import Artifact, sha256_of
from manifests.fingerprint import fingerprint
from manifests.job import Job
from pipeline.delivery.provenance.c2pa_files import (
    ENDING,
    FileSigner,
    SignedPath,
    credentials_path,
)
from pipeline.delivery.provenance.certificates import require_valid_at
from pipeline.delivery.provenance.check import require_signed
from pipeline.delivery.provenance.claim import Claim, Making, claim_of_file
from pipeline.delivery.provenance.ingredients import Ingredient, ingredients_of
from pipeline.delivery.provenance.signing import SigningSettings
from pipeline.workspace.inputs import Admission
from pipeline.workspace.workspace import Workspace

UNSIGNED = "unsigned"


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedFile:
    """What signing made of a file: the `file` with its credentials in it, or `credentials` that lie
    beside the file, which stays as it was."""

    stored_as: ClassVar[str] = "signed"
    fingerprint: str
    file: Artifact | None = None
    credentials: Artifact | None = None


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
        require_valid_at(self.signer.credentials.chain, datetime.now(UTC))
        with workspace.scratch_dir() as desk:
            copy = desk / f"file{PurePath(name).suffix}"
            shutil.copyfile(path, copy)
            how = self.signer.sign(copy, claim, self.ingredients)
            require_signed(SignedPath.at(copy))
            made = (
                SignedFile(fingerprint=work, file=workspace.store(copy, work, copy.name))
                if how == "embedded"
                else SignedFile(
                    fingerprint=work,
                    credentials=workspace.store(credentials_path(copy), work, f"file{ENDING}"),
                )
            )
        return workspace.commit(work, made)

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


def signing_warnings(settings: SigningSettings) -> tuple[str, ...]:
    """What every row without a signature is told."""
    if settings.signs:
        return ()
    return (f"{UNSIGNED}: no content credentials; name a key and a certificate in [signing]",)


def signed_work(signed: Sequence[SignedFile]) -> tuple[str, ...]:
    """The names of stored work behind signed files."""
    return tuple(each.fingerprint for each in signed)
