"""Time stamps by an authority of RFC 3161 that runs here: openssl answers for it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from shutil import which

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from pipeline.delivery.provenance.check import check_file
from pipeline.delivery.provenance.claim import claim_of_file
from pipeline.media.process import run_program
from tests.pipeline.delivery.provenance.builders import NOW, a_making, a_signer

A_DAY = timedelta(days=1)

needs_openssl = pytest.mark.skipif(which("openssl") is None, reason="openssl is the authority")

CONFIG = """
[tsa]
default_tsa = here
[here]
serial = {folder}/serial
signer_cert = {folder}/tsa.pem
certs = {folder}/root.pem
signer_key = {folder}/tsa.key
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256, sha384, sha512
ess_cert_id_alg = sha256
"""


def openssl(*words: str | Path) -> None:
    run_program([str(which("openssl")), *map(str, words)], timeout_s=30)


def authority_files() -> tuple[bytes, bytes, bytes]:
    """Its key, its certificate and its root."""
    key, root_key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    root = a_certificate("Root", root_key, root_key)
    stamps = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING])
    leaf = a_certificate("Authority", key, root_key, stamps)
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return pem, leaf, root


def a_certificate(
    name: str,
    key: ec.EllipticCurvePrivateKey,
    issuer_key: ec.EllipticCurvePrivateKey,
    stamps: x509.ExtendedKeyUsage | None = None,
) -> bytes:
    subject, issuer = (
        x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, n)]) for n in (name, "Root")
    )
    begun = x509.CertificateBuilder(issuer, subject, key.public_key(), 7, NOW, NOW + A_DAY)
    begun = begun.add_extension(x509.BasicConstraints(stamps is None, None), critical=True)
    if stamps is not None:
        begun = begun.add_extension(stamps, critical=True)
        signs = x509.KeyUsage(True, False, False, False, False, False, False, False, False)
        begun = begun.add_extension(signs, critical=True)
    issued_by = x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key())
    made = begun.add_extension(issued_by, critical=False).sign(issuer_key, SHA256())
    return made.public_bytes(Encoding.PEM)


class Authority(BaseHTTPRequestHandler):
    folder: Path

    def do_POST(self) -> None:
        query, reply = self.folder / "query", self.folder / "reply"
        query.write_bytes(self.rfile.read(int(self.headers["Content-Length"])))
        config = self.folder / "config"
        openssl("ts", "-reply", "-config", config, "-queryfile", query, "-out", reply)
        self.send_response(200)
        self.send_header("Content-Type", "application/timestamp-reply")
        self.end_headers()
        self.wfile.write(reply.read_bytes())

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def authority(tmp_path: Path) -> Iterator[str]:
    """Its address."""
    (tmp_path / "config").write_text(CONFIG.format(folder=tmp_path))
    (tmp_path / "serial").write_text("01")
    for name, text in zip(("tsa.key", "tsa.pem", "root.pem"), authority_files(), strict=True):
        (tmp_path / name).write_bytes(text)
    handler = type("Here", (Authority,), {"folder": tmp_path})
    with HTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()
        thread.join()


@needs_openssl
def test_a_file_tells_when_it_was_signed_where_an_authority_confirms_it(
    authority: str, tmp_path: Path
) -> None:
    path = tmp_path / "captions.srt"
    path.write_text("1\n")
    a_signer().sign(path, claim_of_file(path.name, a_making()))
    assert check_file(path).time == ""
    a_signer(authority).sign(path, claim_of_file(path.name, a_making()))
    found = check_file(path)
    assert found.untouched
    assert found.time
    assert found.time in found.sentence
