"""`OUT/titles`: for each title whose rows ask for `otio`, the timelines of all its rows in one."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256

from jobs.output.package_records import NOTHING_SIGNS, sign_beside
from manifests.artifact import C2PA
from manifests.errors import RushesError
from manifests.lease import UNFENCED, name_under, superseded
from manifests.results import read_results, results_uri
from manifests.storage import join, storage_of
from pipeline.delivery.naming import name_key, safe
from pipeline.delivery.package.timeline import title_of, title_text
from pipeline.delivery.provenance.signing import SigningSettings

LOGGER = logging.getLogger("rushes.titles")

FOLDER_OF_TITLES = "titles"

_READERS = 16
"""Timelines are read in parallel: on S3 each is one round trip."""


def write_titles(out: str, epoch: int = UNFENCED, signing: SigningSettings = NOTHING_SIGNS) -> None:
    """Write each title's timeline, of the rows that are done now, with credentials beside it where
    a key signs; one that says the same stays.

    Trouble with that is told and stops no night: the next run writes them.
    """
    try:
        if storage_of(out).stat(results_uri(out)) is not None:
            _write(out, epoch)
            if signing.signs:
                uris = list(storage_of(out).list(join(out, FOLDER_OF_TITLES)))
                sign_beside(out, epoch, (uri for uri in uris if uri.endswith(".otio")), signing)
    except RushesError as error:
        LOGGER.warning("the timelines of titles were not written: %s", error.message)


def _write(out: str, epoch: int) -> None:
    of_title: defaultdict[str, list[str]] = defaultdict(list)
    with ThreadPoolExecutor(_READERS) as readers:
        uris = list(timelines_of_rows(out))
        for uri, text in zip(uris, readers.map(_text_of, uris), strict=True):
            if title := title_of(text):
                of_title[title].append(uri)
        names = title_names(of_title)
        for title, rows in of_title.items():
            content = title_text(title, list(readers.map(_text_of, rows))).encode()
            uri = join(out, FOLDER_OF_TITLES, f"{names[title]}.otio")
            if storage_of(uri).stat(uri) is None or storage_of(uri).read(uri) != content:
                storage_of(uri).delete(uri + C2PA)  # they hold for what it said before
                name_under(out, epoch, uri, content)
    _drop_others(out, {f"{name}.otio" for name in names.values()}, epoch)


def _drop_others(out: str, names: Collection[str], epoch: int) -> None:
    """Timelines of titles that no finished row has any more, where nobody took the output over."""
    found = storage_of(out).list(join(out, FOLDER_OF_TITLES))
    ours = (uri for uri in found if uri.removesuffix(C2PA).endswith(".otio"))
    gone = [uri for uri in ours if uri.rpartition("/")[2].removesuffix(C2PA) not in names]
    if gone and not superseded(out, epoch):
        storage_of(out).delete_all(gone)


def timelines_of_rows(out: str) -> Iterator[str]:
    """The timelines of the rows that are done, in the order of the results."""
    for result in read_results(out):
        if result.status == "done":
            yield from (file.uri for file in result.deliverables if file.profile == "otio")


def title_names(titles: Iterable[str]) -> dict[str, str]:
    """What each title's file is called; titles that would share a name get digests behind it."""
    by_key: defaultdict[str, list[str]] = defaultdict(list)
    for title in titles:
        by_key[name_key(safe(title))].append(title)
    return {
        title: safe(title) if len(same) == 1 and safe(title) else _told_apart(title)
        for same in by_key.values()
        for title in same
    }


def _told_apart(title: str) -> str:
    return f"{safe(title)}-{sha256(title.encode(errors='replace')).hexdigest()[:8]}".lstrip("-")


def _text_of(uri: str) -> str:
    return storage_of(uri).read(uri).decode()
