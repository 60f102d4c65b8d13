"""A key and a certificate made here, to try signing with: its name says that nobody vouches for
it."""

from __future__ import annotations

import os
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from manifests.errors import ManifestUnusable
from pipeline.delivery.provenance.certificates import DEVELOPMENT

VALID_DAYS = 365

FILES = ("key.pem", "certificate.pem", "root.pem")
"""The key, its certificate with the root behind it, and the root alone, for `trust`."""


def write_development_certificate(folder: Path, when: datetime) -> tuple[Path, ...]:
    """Write `FILES` into a folder, for its user alone to read, valid from `when` on.

    Nothing is written over: `ManifestUnusable` when one of them is there.
    """
    texts = development_certificate(when)
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for name, text in zip(FILES, texts, strict=True):
            with os.fdopen(_created(folder / name), "wb") as file:
                file.write(text)
    except FileExistsError as error:
        message = f"{error.filename} is there already; name an empty folder"
        raise ManifestUnusable("out_unwritable", message) from error
    except OSError as error:
        message = f"{folder} cannot be written: {error.strerror}; name another folder"
        raise ManifestUnusable("out_unwritable", message) from error
    return tuple(folder / name for name in FILES)


def development_certificate(when: datetime, days: float = VALID_DAYS) -> tuple[bytes, bytes, bytes]:
    """Key, chain and root as PEM, valid for so many days."""
    key, authority = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    issuer = _name(f"{DEVELOPMENT} (root)")
    ends = when + timedelta(days=days)
    root = (
        _begun(authority.public_key(), issuer, issuer, when, ends)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs_certificates=True), critical=True)
        .sign(authority, SHA256())
    )
    leaf = (
        _begun(key.public_key(), _name(DEVELOPMENT), issuer, when, ends)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signs_certificates=False), critical=True)
        .add_extension(
            x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION]), critical=False
        )
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(authority.public_key()),
            critical=False,
        )
        .sign(authority, SHA256())
    )
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    above = root.public_bytes(Encoding.PEM)
    return pem, leaf.public_bytes(Encoding.PEM) + above, above


def _begun(
    public: ec.EllipticCurvePublicKey,
    subject: x509.Name,
    issuer: x509.Name,
    begins: datetime,
    ends: datetime,
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(begins)
        .not_valid_after(ends)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
    )


def _name(name: str) -> x509.Name:
    kinds = (NameOID.ORGANIZATION_NAME, NameOID.COMMON_NAME)
    return x509.Name([x509.NameAttribute(kind, name) for kind in kinds])


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        encipher_only=False,
        decipher_only=False,
    )


def _created(path: Path) -> int:
    """A new file that its user alone may read, from its first byte on."""
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
