"""Keys, certificates and signed files of tests."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from pipeline.delivery.provenance.c2pa_files import FileSigner
from pipeline.delivery.provenance.certificates import credentials_of
from pipeline.delivery.provenance.claim import ClaimInput, Making
from pipeline.delivery.provenance.development import development_certificate

NOW = datetime.now(UTC) - timedelta(minutes=1)
"""When the certificates of tests begin to be valid."""

SHA256 = "ab" * 32


def a_signer(time_stamps: str | None = None) -> FileSigner:
    key, chain, _ = development_certificate(NOW)
    return FileSigner(credentials=credentials_of(key, chain), time_stamps=time_stamps)


def a_making(
    *, networks: bool = True, watermark: str = "", inputs: tuple[ClaimInput, ...] = ()
) -> Making:
    return Making(
        preset="tiny",
        preset_digest="cd" * 20,
        weights="ef" * 20,
        seed=5,
        request="request",
        take="take",
        drawn_by_networks=networks,
        spoken_by_networks=networks,
        consent="consent-7",
        watermark=watermark,
        inputs=inputs,
    )
