"""What tells of all delivered files together: `OUT/videos/SHA256SUMS` and the ASC MHL history, with
content credentials beside them where a key signs."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from jobs.output.reviews import as_made
from manifests.artifact import C2PA
from manifests.errors import RushesError
from manifests.lease import UNFENCED, name_under
from manifests.results import Result, read_results, results_uri
from manifests.storage import join, storage_of
from pipeline.delivery.file_names import FOLDER
from pipeline.delivery.package.mhl import (
    SUMS,
    ListedFile,
    drop_sums,
    is_true_of,
    set_aside,
    signable_lists,
    write_generation,
)
from pipeline.delivery.provenance.c2pa_files import FileSigner, SignedPath, credentials_path
from pipeline.delivery.provenance.check import require_signed
from pipeline.delivery.provenance.claim import Claim, SourceType
from pipeline.delivery.provenance.signing import SigningSettings

LOGGER = logging.getLogger("rushes.package")

NOTHING_SIGNS = SigningSettings()


def write_package(
    out: str, epoch: int = UNFENCED, signing: SigningSettings = NOTHING_SIGNS
) -> None:
    """Bring both up to what the results say; trouble with that is told and stops no night: the next
    run writes them."""
    try:
        if storage_of(out).stat(results_uri(out)) is None:
            return
        if not is_true_of(out, listed_files(out, read_results(out))):
            set_aside(out)
        _write_sums(out, epoch)
        write_generation(out, listed_files(out, read_results(out)), epoch)
        if signing.signs:
            sign_beside(out, epoch, signable_lists(out), signing)
    except RushesError as error:
        LOGGER.warning("the lists of the delivered files were not written: %s", error.message)


def listed_files(out: str, results: Iterable[Result]) -> Iterator[ListedFile]:
    """The delivered files of all rows that are done, whatever people said of them: they are
    there."""
    folder = join(out, FOLDER, "")
    for result in results:
        for file in result.deliverables if as_made(result).status == "done" else ():
            if file.uri.startswith(folder):
                yield ListedFile(
                    name=file.uri.removeprefix(folder),
                    bytes=file.bytes,
                    sha256=file.sha256,
                    xxh128=file.xxh128,
                )


def _write_sums(out: str, epoch: int) -> None:
    """As `sha256sum --check` reads them in that folder; written anew only where they differ."""
    uri = join(out, FOLDER, SUMS)
    with TemporaryDirectory() as desk:
        path = Path(desk, SUMS)
        with path.open("w", encoding="utf-8", newline="\n") as file:
            for listed in listed_files(out, read_results(out)):
                file.write(f"{listed.sha256}  {listed.name}\n")
        if path.stat().st_size and not _is_stored(uri, path):
            drop_sums(out)
            name_under(out, epoch, uri, path)


def sign_beside(out: str, epoch: int, uris: Iterable[str], signing: SigningSettings) -> None:
    """Put credentials beside each file that has none yet; one that changes loses its own. Raises
    `RushesError` where that cannot be done."""
    storage = storage_of(out)
    unsigned = [uri for uri in uris if storage.stat(uri + C2PA) is None]
    if not unsigned:
        return
    credentials = signing.credentials(datetime.now(UTC))
    signer = FileSigner(credentials=credentials, time_stamps=signing.time_stamps)
    for uri in unsigned:
        with TemporaryDirectory() as desk:
            path = Path(desk, uri.rpartition("/")[2])
            storage.download(uri, path)
            signer.sign(path, Claim(title=path.name, source_type=SourceType.WRITTEN))
            require_signed(SignedPath.at(path))
            name_under(out, epoch, uri + C2PA, credentials_path(path))


def _is_stored(uri: str, path: Path) -> bool:
    stat = storage_of(uri).stat(uri)
    if stat is None or stat.bytes != path.stat().st_size:
        return False
    with TemporaryDirectory() as desk, ExitStack() as opened:
        storage_of(uri).download(uri, Path(desk, SUMS))
        old, new = (opened.enter_context(each.open("rb")) for each in (Path(desk, SUMS), path))
        return all(line == other for line, other in zip(old, new, strict=False))
