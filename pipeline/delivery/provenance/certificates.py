"""A private key and the certificates that vouch for it: whether both can sign content
credentials, told before a run begins."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise
from typing import TypeVar

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID, ObjectIdentifier

from manifests.errors import ManifestUnusable

Kind = TypeVar("Kind", bound=x509.ExtensionType)

DEVELOPMENT = "Rushes development certificate, not trusted"
"""The name of every certificate that `rushes signing make` makes: who reads it is told."""

SIGNING_KEY, SIGNING_CERTIFICATE, SIGNING_EXPIRED = (
    "signing_key",
    "signing_certificate",
    "signing_expired",
)
"""Codes of what is wrong with a key, with certificates, and with the hour."""

SMALLEST_RSA_BITS = 2048

CURVES = {"secp256r1": "es256", "secp384r1": "es384", "secp521r1": "es512"}
"""What C2PA calls a signature by a key on the curve."""

USES = {
    ExtendedKeyUsageOID.EMAIL_PROTECTION: "emailProtection",
    ObjectIdentifier("1.3.6.1.5.5.7.3.36"): "documentSigning",
    ObjectIdentifier("1.3.6.1.4.1.62558.2.1"): "C2PA claim signing",
}
"""Extended key usages that C2PA takes; a certificate has one of them."""

NEEDED = "ask the authority for an end-entity certificate for signing C2PA claims"


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """A key and its chain, the certificate of the key first, as the signer takes them.

    It holds a secret: it is made where a file is signed, and neither kept, sent nor shown.
    """

    algorithm: str
    chain: tuple[x509.Certificate, ...]
    private: PrivateKeyTypes

    @property
    def key_pem(self) -> bytes:
        return self.private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())

    @property
    def chain_pem(self) -> bytes:
        return b"".join(each.public_bytes(Encoding.PEM) for each in self.chain)

    def __repr__(self) -> str:
        return f"Credentials({self.algorithm}, {self.chain[0].subject.rfc4514_string()})"


def credentials_of(key: bytes, chain: bytes) -> Credentials:
    """From two PEM texts; `ManifestUnusable` for a key or a chain that can sign no claim.

    Whether it is the time to use them is for `require_valid_at`.
    """
    private, certificates = private_key(key), certificates_of(chain)
    leaf = certificates[0]
    if _spki(private.public_key()) != _spki(leaf.public_key()):
        raise _wrong(
            f"the key is not the one of {titled(leaf)}, the first certificate; name the two that"
            " belong together"
        )
    _require_use(leaf)
    _require_chain(certificates)
    return Credentials(algorithm=algorithm_of(private), chain=certificates, private=private)


def private_key(pem: bytes) -> PrivateKeyTypes:
    try:
        return load_pem_private_key(pem, password=None)
    except TypeError as error:
        message = "the key needs a passphrase, which nobody types at night; give it without one"
        raise ManifestUnusable(SIGNING_KEY, message) from error
    except (ValueError, UnsupportedAlgorithm):
        message = "the key is no private key in PEM (-----BEGIN PRIVATE KEY-----)"
        raise ManifestUnusable(SIGNING_KEY, message) from None  # a parser's words may quote the key


def algorithm_of(private: PrivateKeyTypes) -> str:
    """What C2PA calls a signature by this kind of key."""
    match private:
        case ec.EllipticCurvePrivateKey() if private.curve.name in CURVES:
            return CURVES[private.curve.name]
        case rsa.RSAPrivateKey() if private.key_size >= SMALLEST_RSA_BITS:
            return "ps256"
        case ed25519.Ed25519PrivateKey():
            return "ed25519"
    message = (
        "C2PA signs with keys on P-256, P-384 or P-521, with RSA of 2048 bits or more, or with"
        " Ed25519; this key is of another kind"
    )
    raise ManifestUnusable(SIGNING_KEY, message)


def certificates_of(pem: bytes) -> tuple[x509.Certificate, ...]:
    """All of a PEM file, in order."""
    try:
        return tuple(x509.load_pem_x509_certificates(pem))
    except ValueError as error:
        raise _wrong("the file holds no certificates in PEM (-----BEGIN CERTIFICATE-----)") from (
            error
        )


def require_valid_at(chain: Sequence[x509.Certificate], when: datetime) -> None:
    """`ManifestUnusable` when a certificate has expired by then or is not valid yet."""
    for each in chain:
        if when > each.not_valid_after_utc:
            raise ManifestUnusable(
                SIGNING_EXPIRED,
                f"{titled(each)} expired on {day(each.not_valid_after_utc)}; name a valid"
                " certificate and run again: only what is not signed yet is signed",
            )
        if when < each.not_valid_before_utc:
            raise ManifestUnusable(
                SIGNING_EXPIRED,
                f"{titled(each)} is not valid before {day(each.not_valid_before_utc)}; look whether"
                " the clock of this machine is right",
            )


def is_development(names: str) -> bool:
    """Whether a certificate of this name was made by `rushes signing make`."""
    return DEVELOPMENT in names


def titled(certificate: x509.Certificate) -> str:
    """How messages call a certificate."""
    found = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    name = str(found[0].value) if found else certificate.subject.rfc4514_string() or "without name"
    return f"the certificate {name[:80]!r}"


def day(when: datetime) -> str:
    return f"{when.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def _require_use(leaf: x509.Certificate) -> None:
    """The rules of C2PA for the certificate that signs a claim."""
    if _is_authority(leaf):
        raise _wrong(f"{titled(leaf)} is that of an authority, which signs no claims; {NEEDED}")
    usage = _extension(leaf, x509.KeyUsage)
    if usage is None or not usage.digital_signature:
        raise _wrong(f"{titled(leaf)} may not sign (no digitalSignature in keyUsage); {NEEDED}")
    uses = _extension(leaf, x509.ExtendedKeyUsage)
    if uses is None or not set(uses) & set(USES):
        wanted = " or ".join(USES.values())
        raise _wrong(f"{titled(leaf)} has no extendedKeyUsage {wanted}; {NEEDED}")


def _is_authority(certificate: x509.Certificate) -> bool:
    basic = _extension(certificate, x509.BasicConstraints)
    return basic is not None and basic.ca


def _require_chain(chain: Sequence[x509.Certificate]) -> None:
    leaf = chain[0]
    if leaf.subject == leaf.issuer:
        raise _wrong(f"{titled(leaf)} is signed by itself, which C2PA does not take; {NEEDED}")
    for below, above in pairwise(chain):
        try:
            below.verify_directly_issued_by(above)
        except (ValueError, TypeError, InvalidSignature) as error:
            message = (
                f"{titled(below)} was not issued by {titled(above)}, the next one in the file; put"
                " the chain in order, the certificate of the key first"
            )
            raise _wrong(message) from error


def _extension(certificate: x509.Certificate, kind: type[Kind]) -> Kind | None:
    try:
        return certificate.extensions.get_extension_for_class(kind).value
    except x509.ExtensionNotFound:
        return None


def _spki(public: object) -> bytes:
    return public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)  # type: ignore[attr-defined, no-any-return]  # all kinds have it


def _wrong(message: str) -> ManifestUnusable:
    return ManifestUnusable(SIGNING_CERTIFICATE, message)
