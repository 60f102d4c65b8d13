"""The one place that knows the library c2pa: files signed, and credentials read."""

from __future__ import annotations

import io
import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any, Literal

import c2pa  # type: ignore[import-untyped]  # it has no types

from manifests.artifact import C2PA
from manifests.errors import ManifestUnusable, Transient
from pipeline.delivery.provenance.certificates import SIGNING_CERTIFICATE, Credentials
from pipeline.delivery.provenance.claim import Claim, SourceType, manifest_of
from pipeline.delivery.provenance.ingredients import Ingredient

How = Literal["embedded", "sidecar"]

EMBEDDED: Mapping[str, str] = {
    ".mp4": "video/mp4",
    ".mov": "video/quicktime",
    ".m4a": "audio/mp4",
    ".wav": "audio/wav",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".png": "image/png",
}
"""Endings of files that take their credentials in."""

PLAIN = "application/octet-stream"
"""Any other file: it stays as it is, and its credentials lie beside it."""

LARGEST_RIFF_BYTES = (1 << 32) - (1 << 20)
"""A larger .wav has sizes that the format of credentials in it cannot tell."""

LARGEST_CREDENTIALS_BYTES = 64 << 20
"""Of credentials beside a file; larger ones are nobody's."""

OFFLINE = {"remote_manifest_fetch": False, "ocsp_fetch": False}
"""What a file names on the network is never fetched: it may come from anybody."""


def how_signed(path: Path) -> How:
    """Whether a file's credentials go into it or beside it."""
    ending = path.suffix.lower()
    if ending not in EMBEDDED:
        return "sidecar"
    too_large = ending == ".wav" and path.stat().st_size > LARGEST_RIFF_BYTES
    return "sidecar" if too_large else "embedded"


def credentials_path(path: Path) -> Path:
    """Where the credentials of a file lie that does not take them in."""
    return path.with_name(path.name + C2PA)


class Nowhere:
    """A file that drops what is written: the signer writes a copy of each file, also of those that
    nothing goes into."""

    def __init__(self) -> None:
        self._at = self._size = 0

    def write(self, data: bytes) -> int:
        self._at += len(data)
        self._size = max(self._size, self._at)
        return len(data)

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        self._at = offset + (0, self._at, self._size)[whence]
        return self._at

    def tell(self) -> int:
        return self._at

    def read(self, _count: int = -1) -> bytes:
        return b""

    def flush(self) -> None:
        """Nothing is held."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FileSigner:
    """Signs files with one key, and with time stamps where an authority is named."""

    credentials: Credentials
    time_stamps: str | None = None

    def sign(self, path: Path, claim: Claim, ingredients: Iterable[Ingredient] = ()) -> How:
        """Sign a file in place: its credentials go into it, or into a new file beside it, and its
        bytes stay.

        Raises `Transient` when the authority does not answer or the file cannot be signed; then the
        file is as it was.
        """
        how, signed = how_signed(path), path.with_name(path.name + ".signing")
        kind = EMBEDDED[path.suffix.lower()] if how == "embedded" else PLAIN
        try:
            with self._builder(claim, tuple(ingredients)) as builder, self._signer() as signer:
                if how == "sidecar":
                    builder.set_no_embed()
                    with path.open("rb") as source:
                        manifest = builder.sign(signer, kind, source, Nowhere())
                    credentials_path(path).write_bytes(manifest)
                else:
                    with path.open("rb") as source, signed.open("w+b") as target:
                        builder.sign(signer, kind, source, target)
                    signed.replace(path)
        except c2pa.C2paError as error:
            raise self._failed(path, error) from error
        finally:
            signed.unlink(missing_ok=True)
        return how

    def _builder(self, claim: Claim, ingredients: tuple[Ingredient, ...]) -> Any:  # noqa: ANN401 - c2pa's own
        manifest = manifest_of(claim, [each.role for each in ingredients])
        manifest["ingredients"] = [each.described for each in ingredients if not each.archive]
        builder = c2pa.Builder(manifest, _context())
        for each in ingredients:
            if each.archive:
                builder.add_ingredient_from_archive(io.BytesIO(each.archive))
        return builder

    def _signer(self) -> Any:  # noqa: ANN401 - c2pa's own
        mine = self.credentials
        url = self.time_stamps.encode() if self.time_stamps else None
        info = c2pa.C2paSignerInfo(mine.algorithm, mine.chain_pem, mine.key_pem, url)
        return c2pa.Signer.from_info(info)

    def _failed(self, path: Path, error: c2pa.C2paError) -> Transient:
        if self.time_stamps and "http resolver" in str(error):
            return Transient(
                "time_stamps_failed",
                f"{path.name} is not signed: the time-stamp authority of [signing] does not answer",
            )
        return Transient(
            "signing_failed", f"{path.name} could not be signed: {type(error).__name__[-40:]}"
        )


def try_signing(signer: FileSigner) -> None:
    """Sign a few bytes; `ManifestUnusable` for what the library refuses of a key or a certificate.
    No authority is asked for the time."""
    claim = Claim(title="trial", source_type=SourceType.WRITTEN)
    alone = replace(signer, time_stamps=None)
    try:
        with alone._builder(claim, ()) as builder, alone._signer() as tool:  # noqa: SLF001
            builder.set_no_embed()
            builder.sign(tool, PLAIN, io.BytesIO(b"trial"), io.BytesIO())
    except c2pa.C2paError as error:
        message = f"the C2PA signer refuses the certificate of [signing]: {str(error)[:200]}"
        raise ManifestUnusable(SIGNING_CERTIFICATE, message) from error


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadCredentials:
    """What the reader says of a file: its verdict (`Valid`, `Trusted`, `Invalid`), the codes of
    what is wrong, and the active manifest, also as the report that tells certificates."""

    state: str
    failures: tuple[str, ...]
    manifest: Mapping[str, Any]
    certificate: Mapping[str, Any]
    embedded: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedPath:
    """A file with its credentials in it or, where there is one, in the file `beside` it; its own
    `name` tells what it is."""

    path: Path
    name: str
    beside: Path | None = None

    @classmethod
    def at(cls, path: Path) -> SignedPath:
        """A file as it was delivered."""
        beside = credentials_path(path)
        return cls(path=path, name=path.name, beside=beside if beside.exists() else None)

    @property
    def kind(self) -> str:
        return EMBEDDED.get(Path(self.name).suffix.lower(), PLAIN)


def read_credentials(signed: SignedPath, trusted: bytes = b"") -> ReadCredentials | None:
    """The credentials of a file; None for a file without any.

    `trusted` holds root certificates in PEM. Raises `ValueError` for credentials that cannot be
    read.
    """
    manifest = _beside(signed.beside) if signed.beside is not None else None
    try:
        with (
            signed.path.open("rb") as file,
            _reader(signed.kind, file, manifest, trusted) as reader,
        ):
            return _read(reader, embedded=manifest is None)
    except (c2pa.C2paError.ManifestNotFound, c2pa.C2paError.NotSupported):
        if manifest is None:
            return None
        raise ValueError("the credentials beside it hold no claim") from None
    except c2pa.C2paError as error:
        raise ValueError(f"its credentials are damaged ({type(error).__name__[-40:]})") from error


def _reader(kind: str, file: Any, manifest: bytes | None, trusted: bytes) -> Any:  # noqa: ANN401 - c2pa's own
    if manifest is not None:
        return c2pa.Reader(PLAIN, file, manifest, context=_context(trusted))
    return c2pa.Reader(kind, file, context=_context(trusted))


def _read(reader: Any, *, embedded: bool) -> ReadCredentials:  # noqa: ANN401 - c2pa's own
    found = json.loads(reader.json())
    active = found.get("active_manifest")
    told = json.loads(reader.crjson()).get("manifests", [])
    signed: Mapping[str, Any] = next((each for each in told if each.get("label") == active), {})
    return ReadCredentials(
        state=str(reader.get_validation_state()),
        failures=tuple(each["code"] for each in found.get("validation_status", ())),
        manifest=found.get("manifests", {}).get(active, {}),
        certificate=signed.get("signature", {}),
        embedded=embedded,
    )


def _beside(path: Path) -> bytes:
    with path.open("rb") as file:
        content = file.read(LARGEST_CREDENTIALS_BYTES + 1)
    if len(content) > LARGEST_CREDENTIALS_BYTES:
        raise ValueError("the file beside it is too large to be credentials")
    return content


def _context(trusted: bytes = b"") -> Any:  # noqa: ANN401 - c2pa's own
    """Settings of the library, shared by threads."""
    return _context_in(os.getpid(), trusted)  # one that a parent made is closed in its child


@cache
def _context_in(_process: int, trusted: bytes) -> Any:  # noqa: ANN401 - c2pa's own
    return c2pa.Context.from_dict(
        {
            "verify": OFFLINE | {"verify_after_sign": False},
            "builder": {"thumbnail": {"enabled": False}},
            **({"trust": {"trust_anchors": trusted.decode()}} if trusted else {}),
        }
    )
