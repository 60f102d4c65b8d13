"""Writes the report: `report.html`, and all that it names below `report/`.

First the files, then the data that name them. What stands there and says the same stays.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field, replace
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from jobs.output.work_records import REPORT, report_key, stays_below
from jobs.report.collect import NightRead, look_name, names_shown, read_night, shown_night
from jobs.report.detail import files_shown, night_detail
from jobs.report.looks import Desk, look_files, refused_places, refused_take, stored_take
from jobs.report.named import erasure_uris, forget_erased, remove_old, unnamed
from jobs.report.night import Night, NightCurves, NightDetail, detail_told, night_told
from jobs.report.presigned import Sign, signer_kept
from jobs.report.told import Hrefs, JobFacts, here, sidecar_told
from manifests.errors import RushesError, Transient
from manifests.lease import UNFENCED, name_under
from manifests.ledger import Attempt
from manifests.results import Result
from manifests.storage import join, storage_of

PAGE = Path(__file__).with_name("page")

PAGE_FILES = ("page.css", "page.js", "list.js", "screen.js", "drawing.js")
"""Beside page.html; live, `serve` adds its own."""

_WRITERS = 16
"""Files are written in parallel: on S3 each is one round trip."""

_TRIES = 5

MOST_CAPTIONS_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class ReportWriter:
    """The report of one output folder; what it has read and written once, it knows.

    Without `sign` a page that was signed stays signed for the time that is left of it, unless
    `keeps_signed` says no.
    """

    out: str
    epoch: int = UNFENCED
    sign: Sign | None = None
    keeps_signed: bool = True
    facts: JobFacts = field(default_factory=JobFacts)
    _written: dict[str, str] = field(default_factory=dict)
    _told: dict[str, tuple[object, ...]] = field(default_factory=dict)

    def write(self, until: Callable[[], bool] = lambda: False) -> Night:
        """Bring the report up to date. Pictures and curves are made one job after the other, until
        `until` says that it is enough; the others are made by the next call.

        Whoever is erased meanwhile is in nothing that is written. Raises `Preempted` when the epoch
        is over: a later run has the report now.
        """
        for _ in range(_TRIES):
            known = erasure_uris(self.out)
            read = read_night(self.out, self.facts)
            made = self._make_looks(read, until, known)
            if not self._erased_since(known):
                night = self._put_night(replace(read, looks=frozenset(read.looks) | made))
                if not self._erased_since(known):
                    self._let_go(unnamed(read.listed, *names_shown(read)))
                    return night
            forget_erased(self.out, known)
            self._written.clear()
            self._told.clear()
        raise Transient("storage_contended", f"people are erased from {self.out} all the time")

    def _erased_since(self, known: Collection[str]) -> bool:
        return erasure_uris(self.out) != known

    def _let_go(self, names: Collection[str]) -> None:
        uris = [join(self.out, REPORT, name) for name in sorted(names)]
        remove_old(self.out, uris)
        self._forget(uris)

    def _forget(self, uris: Iterable[str]) -> None:
        """What is not there any more is written when it is made again."""
        for uri in uris:
            self._written.pop(uri, None)

    def _put_night(self, read: NightRead) -> Night:
        """First what the page names, then the page."""
        hrefs = Hrefs(self.out, self.sign or (signer_kept(self.out) if self.keeps_signed else None))
        night = replace(shown_night(read, hrefs), notes=notes_of(read))
        self._put_scripts(read, hrefs)
        self._put_all(self._page())
        self._put_all([(join(self.out, REPORT, "night.js"), script("load", night_told(night)))])
        self._put_all([(join(self.out, "report.html"), self._html(hrefs))])
        return night

    def _put_scripts(self, read: NightRead, hrefs: Hrefs) -> None:
        """One for each job with a result of which something else is known than was written."""
        told = {key: known_of_job(read, row, tries) for key, row, tries in by_job(read)}
        new = {key for key, known in told.items() if self._told.get(key) != known}
        self._put_all(self._scripts(read, new, hrefs))
        self._told.clear()
        self._told.update(told)

    def _scripts(
        self, read: NightRead, keys: Collection[str], hrefs: Hrefs
    ) -> Iterator[tuple[str, bytes]]:
        for key, result, attempts in by_job(read):
            if key in keys:
                detail = job_detail(read, key, result, attempts, hrefs)
                detail = replace(detail, files=tuple(files_shown(result, hrefs)))
                uri = join(self.out, REPORT, "jobs", f"{key}.js")
                yield uri, script("job", detail_told(detail))

    def _page(self) -> Iterator[tuple[str, bytes]]:
        for name in PAGE_FILES:
            yield join(self.out, REPORT, name), page_file(name)

    def _html(self, hrefs: Hrefs) -> bytes:
        """The page, with the names of its files as they are reached."""
        html = page_file("page.html").decode()
        for name in (*PAGE_FILES, "night.js"):
            href = hrefs.of(join(self.out, REPORT, name)).replace("&", "&amp;")
            html = html.replace(f'"{REPORT}/{name}"', f'"{href}"')
        return html.encode()

    def _make_looks(
        self, read: NightRead, until: Callable[[], bool], known: Collection[str]
    ) -> set[str]:
        made: set[str] = set()
        for key, result, _ in by_job(read):
            name = look_name(key, result)
            if f"{name}/curves.js" in read.looks or not has_look(read, result):
                continue
            if until() or self._erased_since(known):
                break
            made |= {f"{name}/{file}" for file in self._make_look(read, key, result)}
        return made

    def _make_look(self, read: NightRead, key: str, result: Result) -> list[str]:
        """Pictures first: who sees the curves sees all of them."""
        with TemporaryDirectory() as folder:
            curves, pictures = look_of(read, key, result, Desk(Path(folder)))
        place = join(self.out, REPORT, "looks", look_name(key, result))
        told = detail_told(curves)
        self._forget(join(place, name) for name in (*pictures, "curves.js"))
        self._put_all((join(place, name), content) for name, content in pictures.items())
        self._put_all([(join(place, "curves.js"), script("curves", told))])
        return [*pictures, "curves.js"]

    def _put_all(self, files: Iterable[tuple[str, bytes]]) -> None:
        with ThreadPoolExecutor(_WRITERS) as writers:
            for _ in writers.map(self._put, files):
                pass

    def _put(self, file: tuple[str, bytes]) -> None:
        uri, content = file
        digest = sha256(content).hexdigest()
        if self._written.get(uri) != digest:
            name_under(self.out, self.epoch, uri, content)
            self._written[uri] = digest


def page_file(name: str) -> bytes:
    """A file of the page as the program carries it."""
    return (PAGE / name).read_bytes()


def script(function: str, told: Mapping[str, Any]) -> bytes:
    """Data as a script that calls one function: from a file no page may read anything else. Only
    ASCII, so that nothing in it is anything but text."""
    text = json.dumps(told, ensure_ascii=True, separators=(",", ":"))
    return f"rushes.{function}({text});\n".encode()


def notes_of(read: NightRead) -> tuple[str, ...]:
    """What the page says of itself."""
    keys = zip(read.keys(), read.results, strict=True)
    left = sum(
        has_look(read, result) and f"{look_name(key, result)}/curves.js" not in read.looks
        for key, result in keys
    )
    return (f"pictures and curves of {left} jobs are not made yet",) if left else ()


def has_look(read: NightRead, result: Result) -> bool:
    """Whether there is anything to look at."""
    return read.facts.brief(result) is not None or bool(
        refused_places(read.versions.get(result.job_id, ()))
    )


def by_job(read: NightRead) -> Iterator[tuple[str, Result, Sequence[Attempt]]]:
    """Each result with its key and its attempts, the oldest first."""
    attempts: defaultdict[str, list[Attempt]] = defaultdict(list)
    for attempt in read.attempts:
        attempts[attempt.job_id].append(attempt)
    for key, result in zip(read.keys(), read.results, strict=True):
        mine = sorted(attempts.get(result.job_id, ()), key=lambda a: (a.started, a.finished))
        yield key, result, mine


def known_of_job(
    read: NightRead, result: Result, attempts: Sequence[Attempt]
) -> tuple[object, ...]:
    """What changes when a job's script does."""
    versions = tuple((v.number, v.state) for v in read.versions.get(result.job_id, ()))
    pictures = len(read.pictures_of(look_name(report_key(result.job_id), result)))
    return result.status, result.fingerprint, result.finished, len(attempts), versions, pictures


def job_detail(
    read: NightRead,
    key: str,
    result: Result,
    attempts: Sequence[Attempt],
    hrefs: Hrefs | None = None,
) -> NightDetail:
    """Without its files; the pictures as `hrefs` names them."""
    look = look_name(key, result)
    folder = join(read.out, REPORT, "looks", look)
    names = read.pictures_of(look)
    places = hrefs or Hrefs(read.out)
    detail = night_detail(
        key,
        result,
        sidecar_told(read.out, result),
        row=read.facts.row(result),
        versions=read.versions.get(result.job_id, ()),
        attempts=attempts,
    )
    return replace(detail, pictures={name: places.of(join(folder, name)) for name in names})


def look_of(
    read: NightRead, key: str, result: Result, desk: Desk
) -> tuple[NightCurves, dict[str, bytes]]:
    """Of a video, or of what gates refused of it; with captions where they are delivered."""
    sidecar = sidecar_told(read.out, result)
    if sidecar is None:
        places = refused_places(read.versions.get(result.job_id, ()))
        return look_files(key, refused_take(read.out, places), desk)
    curves, pictures = look_files(key, stored_take(read.out, sidecar), desk)
    return replace(curves, captions=captions_of(read.out, result)), pictures


def captions_of(out: str, result: Result) -> str:
    """As text: a player gets none out of a file beside a page that came from a disk."""
    for file in result.deliverables:
        if file.profile == "vtt" or file.uri.endswith(".vtt"):
            uri = here(out, file.uri)
            if not stays_below(out, uri):
                continue  # no file of this machine gets into a page of OUT
            with suppress(RushesError):
                return storage_of(uri).read(uri, 0, MOST_CAPTIONS_BYTES).decode(errors="replace")
    return ""
