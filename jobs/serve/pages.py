"""The page's own files and its data, made anew of what the folder says: no script that lies in OUT
is handed on."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from jobs.output.work_records import REPORT, stays_below
from jobs.report.collect import NightRead, read_night, shown_night
from jobs.report.detail import files_shown
from jobs.report.night import detail_told, night_told
from jobs.report.told import Hrefs, JobFacts
from jobs.report.write import PAGE_FILES, by_job, job_detail, notes_of, page_file, script
from jobs.serve.live import ToldNight
from jobs.serve.media import files_by_name
from manifests.errors import BadInput, RushesError
from manifests.storage import join, storage_of

SCRIPT, STYLE = "text/javascript", "text/css"

LIVE_FILES = ("trusted.js", "actions.js")
"""Of the live page alone."""

FIRST_SCRIPT = f'<script src="{REPORT}/page.js"'
LIVE_MARK = "<!-- live -->"

LARGEST_CURVES_BYTES = 8 << 20


class ServedPages:
    """The page of one folder. Sidecars are read once; what `look` read last answers for jobs."""

    def __init__(self, out: str, *, read_only: bool = False) -> None:
        self._out = out
        self._read_only = read_only
        self._facts = JobFacts()
        self._read: NightRead | None = None
        self._said: Mapping[str, Any] = {}

    def look(self) -> ToldNight:
        """The night as the folder has it now."""
        read = self._read = read_night(self._out, self._facts)
        night = replace(shown_night(read, Hrefs(self._out)), notes=notes_of(read))
        told = night_told(night)
        jobs = told.pop("jobs")
        if {**told, "written": ""} == {**self._said, "written": ""}:
            told = dict(self._said)  # the time of a look is no change
        self._said = told
        looks = join(self._out, REPORT, "looks")
        pictures = {name for name in read.looks if not name.endswith(".js")}
        files = {f"{REPORT}/looks/{name}": join(looks, name) for name in pictures}
        files |= files_by_name(self._out, read.results)
        return ToldNight(head=told, rows=[(job["key"], job) for job in jobs], files=files)

    def page(self) -> str:
        html = page_file("page.html").decode()
        trusted = f'<script src="{REPORT}/trusted.js" defer></script>\n'
        html = html.replace(FIRST_SCRIPT, trusted + FIRST_SCRIPT)
        if self._read_only:
            return html
        return html.replace(LIVE_MARK, f'<script src="{REPORT}/actions.js" defer></script>')

    def part(self, name: str) -> tuple[str, str] | None:
        """A file of the page, or data as a script; None for what is none of them."""
        if name in PAGE_FILES or name in LIVE_FILES:
            return page_file(name).decode(), STYLE if name.endswith(".css") else SCRIPT
        text = self._data(name) if name.endswith(".js") else None
        return None if text is None else (text.decode(), SCRIPT)

    def _data(self, name: str) -> bytes | None:
        read = self._read or read_night(self._out, self._facts)
        folder, _, rest = name.partition("/")
        match folder:
            case "night.js":
                night = replace(shown_night(read, Hrefs(self._out)), notes=notes_of(read))
                return script("load", night_told(night))
            case "jobs":
                return job_script(read, rest.removesuffix(".js"))
            case "looks" if rest in read.looks:
                uri = join(self._out, REPORT, "looks", rest)
                return curves_again(uri) if stays_below(self._out, uri) else None
        return None


def job_script(read: NightRead, wanted: str) -> bytes | None:
    """All of one job, by the key that the table has for it."""
    for key, result, attempts in by_job(read):
        if key == wanted:
            files = tuple(files_shown(result, Hrefs(read.out)))
            detail = replace(job_detail(read, key, result, attempts), files=files)
            return script("job", detail_told(detail))
    return None


def curves_again(uri: str) -> bytes | None:
    """Curves that were made before, read as data and written anew: whoever may write to OUT gets no
    script of theirs into a page that decides. None for what is no such data."""
    try:
        content = storage_of(uri).read(uri, 0, LARGEST_CURVES_BYTES)
        text = content.decode().removeprefix("rushes.curves(").removesuffix(");\n")
        told = json.loads(text)
    except (RushesError, BadInput, ValueError, RecursionError):
        return None
    return script("curves", told) if isinstance(told, dict) else None
