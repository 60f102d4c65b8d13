"""The table `[signing]` of the settings: it names a key and never holds one."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit

from manifests.errors import ManifestUnusable
from pipeline.delivery.provenance.certificates import (
    SIGNING_CERTIFICATE,
    SIGNING_KEY,
    Credentials,
    certificates_of,
    credentials_of,
    require_valid_at,
)

_VARIABLE = re.compile(r"[A-Z][A-Z0-9_]*")
"""How an environment variable is told from a file; a file of such a name is given as ./NAME."""

LARGEST_PEM_BYTES = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class SigningSettings:
    """What signs all that is delivered; nothing where no `key` is named.

    `key`: a PEM file, or the name of an environment variable that holds its text, on every machine
    that works on the run. `certificate`: PEM, the certificate of the key first, then those that
    issued it. `time_stamps`: an authority after RFC 3161 that confirms when a file was signed.
    `trust`: PEM files of root certificates that checks of signed files trust.
    """

    key: str = ""
    certificate: Path | None = None
    time_stamps: str | None = None
    trust: tuple[Path, ...] = ()

    def __post_init__(self) -> None:
        if "-----BEGIN" in self.key:
            raise ValueError(
                "key holds a key itself, which would be written down; name a file or an"
                " environment variable that holds it"
            )
        if bool(self.key) != (self.certificate is not None):
            raise ValueError("key and certificate are given together, or neither")
        if self.time_stamps is not None:
            _require_address(self.time_stamps)

    @property
    def signs(self) -> bool:
        return bool(self.key)

    @property
    def variables(self) -> tuple[str, ...]:
        """Environment variables that hold a secret."""
        return (self.key,) if _VARIABLE.fullmatch(self.key) else ()

    @property
    def absolute(self) -> SigningSettings:
        """The same for processes that work in other folders."""
        key = self.key if not self.signs or self.variables else str(Path(self.key).absolute())
        certificate = self.certificate.absolute() if self.certificate else None
        trust = tuple(path.absolute() for path in self.trust)
        return replace(self, key=key, certificate=certificate, trust=trust)

    def credentials(self, when: datetime) -> Credentials:
        """Read key and certificates; `ManifestUnusable` for those that can sign nothing then."""
        found = credentials_of(self._key_pem(), self._chain_pem())
        require_valid_at(found.chain, when)
        return found

    def trusted(self) -> bytes:
        """The roots that checks trust, as one PEM text; `ManifestUnusable` for what is none."""
        texts = [
            _read(path, SIGNING_CERTIFICATE, "the file of trusted roots") for path in self.trust
        ]
        for text in texts:
            certificates_of(text)
        return b"\n".join(texts)

    def _key_pem(self) -> bytes:
        if not self.variables:
            return _read(Path(self.key), SIGNING_KEY, "the key file")
        if not (text := os.environ.get(self.key, "")):
            message = (
                f"the environment variable {self.key}, which [signing] key names, is not set here;"
                " set it on every machine that works on the run"
            )
            raise ManifestUnusable(SIGNING_KEY, message)
        return text.encode()

    def _chain_pem(self) -> bytes:
        return _read(Path(self.certificate or ""), SIGNING_CERTIFICATE, "the certificate file")


def _read(path: Path, code: str, what: str) -> bytes:
    """A small file of the settings."""
    try:
        with path.open("rb") as file:
            text = file.read(LARGEST_PEM_BYTES + 1)
    except OSError as error:
        message = (
            f"{what} {path} of [signing] cannot be read: {error.strerror}; give a path that is"
            " there on every machine that works on the run"
        )
        raise ManifestUnusable(code, message) from error
    if len(text) > LARGEST_PEM_BYTES:
        raise ManifestUnusable(code, f"{what} {path} of [signing] is too large to be PEM")
    return text


def _require_address(url: str) -> None:
    """`ValueError` for what is no address of a time-stamp authority."""
    try:
        parts = urlsplit(url)
        right = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        right = False
    if not right or not url.isprintable() or " " in url:
        raise ValueError("time_stamps is no address; write http://HOST/PATH or https://HOST/PATH")
    if parts.username or parts.password:
        raise ValueError("time_stamps names a user; authorities that want one are not supported")
