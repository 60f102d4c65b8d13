from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa, x25519
from cryptography.hazmat.primitives.asymmetric.types import CertificateIssuerPrivateKeyTypes
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID, ObjectIdentifier

from manifests.errors import ManifestUnusable
from pipeline.delivery.provenance.certificates import (
    algorithm_of,
    credentials_of,
    is_development,
    private_key,
    require_valid_at,
    titled,
)
from pipeline.delivery.provenance.development import development_certificate
from tests.pipeline.delivery.provenance.builders import NOW

KEY, CHAIN, ROOT = development_certificate(NOW)
SIGNS = x509.KeyUsage(True, False, False, False, False, False, False, False, False)
AGREES = x509.KeyUsage(False, False, False, False, True, False, False, False, False)
MAIL = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION])

Change = Callable[[x509.CertificateBuilder], x509.CertificateBuilder]


def pem(key: object) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())  # type: ignore[attr-defined, no-any-return]


def a_certificate(
    extensions: tuple[x509.ExtensionType, ...],
    *,
    issuer: str = "issuer",
    key: CertificateIssuerPrivateKeyTypes | None = None,
) -> tuple[bytes, bytes]:
    """A key and a certificate for it alone."""
    key = key or ec.generate_private_key(ec.SECP256R1())
    names = (x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, n)]) for n in ("name", issuer))
    begun = x509.CertificateBuilder(*(reversed(list(names))), key.public_key())  # type: ignore[arg-type]
    for each in extensions:
        begun = begun.add_extension(each, critical=False)
    made = (
        begun.serial_number(1)
        .not_valid_before(NOW)
        .not_valid_after(NOW + timedelta(days=1))
        .sign(key, None if isinstance(key, ed25519.Ed25519PrivateKey) else SHA256())
    )
    return pem(key), made.public_bytes(Encoding.PEM)


def refusal(key: bytes, chain: bytes) -> str:
    with pytest.raises(ManifestUnusable) as caught:
        credentials_of(key, chain)
    assert caught.value.code in {"signing_key", "signing_certificate"}
    return caught.value.message


def test_a_development_certificate_signs_and_says_that_it_is_none_to_trust() -> None:
    found = credentials_of(KEY, CHAIN)
    assert found.algorithm == "es256"
    assert len(found.chain) == 2
    assert all(is_development(titled(each)) for each in found.chain)


def test_a_key_is_not_shown() -> None:
    assert "PRIVATE" not in repr(credentials_of(KEY, CHAIN))


@pytest.mark.parametrize(
    ("made", "algorithm"),
    [
        (ec.generate_private_key(ec.SECP256R1()), "es256"),
        (ec.generate_private_key(ec.SECP384R1()), "es384"),
        (rsa.generate_private_key(65537, 2048), "ps256"),
        (ed25519.Ed25519PrivateKey.generate(), "ed25519"),
    ],
)
def test_the_kind_of_the_key_says_how_is_signed(
    made: CertificateIssuerPrivateKeyTypes, algorithm: str
) -> None:
    key, certificate = a_certificate((SIGNS, MAIL), key=made)
    assert credentials_of(key, certificate).algorithm == algorithm


@pytest.mark.parametrize(
    "made", [x25519.X25519PrivateKey.generate(), ec.generate_private_key(ec.SECP256K1())]
)
def test_a_key_of_another_kind_is_refused(made: object) -> None:
    with pytest.raises(ManifestUnusable, match="of another kind"):
        algorithm_of(private_key(pem(made)))


def test_a_key_with_a_passphrase_is_refused() -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    locked = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"x"))
    assert "passphrase" in refusal(locked, CHAIN)


def test_what_is_no_key_and_no_certificate_is_refused_without_its_words() -> None:
    assert "no private key in PEM" in refusal(b"my secret", CHAIN)
    assert "no certificates in PEM" in refusal(KEY, b"my secret")
    assert "secret" not in refusal(b"my secret", CHAIN)


def test_the_key_of_another_certificate_is_refused() -> None:
    other, _, _ = development_certificate(NOW)
    assert "belong together" in refusal(other, CHAIN)


@pytest.mark.parametrize(
    ("extensions", "told"),
    [
        ((SIGNS, MAIL, x509.BasicConstraints(True, None)), "authority"),
        ((MAIL,), "may not sign"),
        ((AGREES, MAIL), "may not sign"),
        ((SIGNS,), "no extendedKeyUsage"),
        ((SIGNS, x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH])), "no extendedKeyUsage"),
    ],
)
def test_a_certificate_without_the_right_use_is_refused(
    extensions: tuple[x509.ExtensionType, ...], told: str
) -> None:
    assert told in refusal(*a_certificate(extensions))


def test_a_certificate_for_c2pa_claims_is_taken() -> None:
    claims = x509.ExtendedKeyUsage([ObjectIdentifier("1.3.6.1.4.1.62558.2.1")])
    assert credentials_of(*a_certificate((SIGNS, claims))).algorithm == "es256"


def test_a_certificate_that_signed_itself_is_refused() -> None:
    assert "signed by itself" in refusal(*a_certificate((SIGNS, MAIL), issuer="name"))


def test_a_chain_in_the_wrong_order_is_refused() -> None:
    leaf = CHAIN.removesuffix(ROOT)
    _, _, stranger = development_certificate(NOW)
    assert "was not issued by" in refusal(KEY, leaf + stranger)
    assert "belong together" in refusal(KEY, ROOT + leaf)


@pytest.mark.parametrize(
    ("days", "told"), [(-1, "not valid before"), (366, "expired on"), (1, None)]
)
def test_a_certificate_is_refused_outside_its_days(days: float, told: str | None) -> None:
    chain, when = credentials_of(KEY, CHAIN).chain, NOW + timedelta(days=days)
    if told is None:
        require_valid_at(chain, when)
        return
    with pytest.raises(ManifestUnusable, match=told) as caught:
        require_valid_at(chain, when)
    assert caught.value.code == "signing_expired"
