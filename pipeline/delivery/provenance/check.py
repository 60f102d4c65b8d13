"""What the credentials of a file say, and whether its bytes are those that were signed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from manifests.errors import Transient
from pipeline.delivery.provenance.c2pa_files import (
    ReadCredentials,
    SignedPath,
    read_credentials,
)
from pipeline.delivery.provenance.certificates import is_development
from pipeline.delivery.provenance.claim import CREATED, EDITED, WATERMARKED

State = Literal["trusted", "untrusted", "development", "changed", "invalid", "damaged", "none"]
"""Of credentials: they lead to a root that is trusted here, to one that is not, or to one that
`rushes signing make` made; the bytes are other ones; a certificate or the claim breaks a rule; they
cannot be read; there are none."""


RIGHT = frozenset({"Valid", "Trusted"})
"""What the reader says of credentials that hold."""

UNTRUSTED = "signingCredential.untrusted"
"""No fault of a file: most roots are not trusted here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CredentialFindings:
    """What was found of a file. `untouched`: its bytes are those that were signed. `signer` names
    the certificate, `issuer` who gave it out; `time` is that of the time stamp, "" without one."""

    state: State
    untouched: bool
    signer: str = ""
    issuer: str = ""
    time: str = ""
    valid_to: str = ""
    source_type: str = ""
    generator: str = ""
    facts: Mapping[str, object] | None = None
    ingredients: tuple[str, ...] = ()
    embedded: bool = False
    detail: str = ""

    @property
    def sentence(self) -> str:
        """For people."""
        if self.state == "none":
            return "no content credentials"
        if self.state in {"changed", "invalid", "damaged"}:
            return f"content credentials do not hold: {self.detail}"
        when = f" at {self.time}" if self.time else ", without a time stamp"
        vouched = {
            "trusted": "trusted here",
            "untrusted": "not trusted here: its root is not in [signing] trust",
            "development": "a development certificate, which nobody vouches for",
        }[self.state]
        kind = self.source_type.rpartition("/")[2] or "no source type"
        return f"signed by {self.signer} ({vouched}){when}; {kind}"


def check_file(path: Path, trusted: bytes = b"") -> CredentialFindings:
    """Read the credentials in a file or beside it, and compare its bytes with what was signed."""
    return check_signed(SignedPath.at(path), trusted)


def require_signed(signed: SignedPath) -> CredentialFindings:
    """`Transient` when the credentials of a file that was just signed do not hold."""
    found = check_signed(signed)
    if not found.untouched:
        raise Transient("credentials_wrong", f"{signed.name}: {found.sentence}; it is signed anew")
    return found


def check_signed(signed: SignedPath, trusted: bytes = b"") -> CredentialFindings:
    """The same of a file whose path does not tell what it is."""
    try:
        found = read_credentials(signed, trusted)
    except ValueError as error:
        return CredentialFindings(state="damaged", untouched=False, detail=str(error))
    if found is None:
        return CredentialFindings(state="none", untouched=False)
    return findings_of(found)


def findings_of(found: ReadCredentials) -> CredentialFindings:
    """From what the reader says."""
    about = found.certificate.get("certificateInfo", {})
    signer, issuer = _name(about.get("subject")), _name(about.get("issuer"))
    created = _action(found.manifest, CREATED)
    parameters: dict[str, object] = {}
    for name in (WATERMARKED, EDITED, CREATED):
        parameters |= _action(found.manifest, name).get("parameters", {})
    return CredentialFindings(
        state=_state(found, f"{signer} {issuer}"),
        untouched=found.state in RIGHT,
        signer=signer,
        issuer=issuer,
        time=str(found.manifest.get("signature_info", {}).get("time") or ""),
        valid_to=str(about.get("validity", {}).get("notAfter") or ""),
        source_type=str(created.get("digitalSourceType") or ""),
        generator=_generator(found.manifest),
        facts={key: value for key, value in parameters.items() if key.startswith("rushes.")},
        ingredients=tuple(_ingredients(found.manifest)),
        embedded=found.embedded,
        detail=_detail(found),
    )


def _state(found: ReadCredentials, names: str) -> State:
    if found.state not in RIGHT:
        return "changed" if _has_other_bytes(found) else "invalid"
    if is_development(names):
        return "development"
    return "trusted" if found.state == "Trusted" else "untrusted"


def _detail(found: ReadCredentials) -> str:
    """What is wrong, with the words of C2PA for it."""
    codes = ", ".join(code for code in found.failures if code != UNTRUSTED)
    if found.state in RIGHT or not codes:
        return "" if found.state in RIGHT else found.state
    other = "its bytes are not those that were signed"
    return f"{other} ({codes})" if _has_other_bytes(found) else codes


def _has_other_bytes(found: ReadCredentials) -> bool:
    return any(code.endswith(".mismatch") for code in found.failures)


def _name(told: object) -> str:
    if not isinstance(told, Mapping):
        return ""
    return str(told.get("CN") or told.get("O") or "")


def _action(manifest: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """What the manifest says of an action; nothing of one that it does not know."""
    for assertion in manifest.get("assertions", ()):
        if assertion.get("label", "").startswith("c2pa.actions"):
            for action in assertion["data"].get("actions", ()):
                if action.get("action") == name:
                    found: Mapping[str, Any] = action
                    return found
    return {}


def _generator(manifest: Mapping[str, Any]) -> str:
    (told, *_) = manifest.get("claim_generator_info") or [{}]
    return f"{told.get('name', '')} {told.get('version', '')}".strip()


def _ingredients(manifest: Mapping[str, Any]) -> Iterator[str]:
    for each in manifest.get("ingredients", ()):
        carried = " with its credentials" if each.get("active_manifest") else ""
        yield f"{each.get('title', '')}{carried}"
