"""What a night came to, read from its output folder alone, on disk or in S3."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from jobs.engine.steering import Steering
from jobs.keeping.erase import erased_result
from jobs.output.instruction_files import Watch
from jobs.output.result_rows import REDRAWN
from jobs.output.results_writer import results_so_far
from jobs.output.reviews import reviewed
from jobs.output.run_file import read_run_file, rows_in_results
from jobs.output.work_records import REPORT, report_key
from jobs.quote.history import read_quotes
from jobs.report.lines import HOUR_S, LineInput, in_default_order, job_line, usd_of
from jobs.report.named import jobs_being_erased, without_sentences
from jobs.report.night import Night, NightJob, QuoteLine
from jobs.report.timeline import worker_lanes
from jobs.report.told import ERASED, Hrefs, JobFacts, versions_of_jobs
from jobs.reporting.status import begun_jobs, stage_told, work_of
from manifests.errors import Transient
from manifests.ledger import Attempt, Ledger
from manifests.results import Result
from manifests.storage import join, storage_of
from pipeline.quality.versions import Version

LEDGER_TRIES = 5

LOOKS = "looks/"
"""The folder of pictures and curves below the report's."""

MOST_STRIPS = 12
"""Of a job."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NightRead:
    """All that was read of an output folder, as it is now. `listed` are the files of the report,
    below its folder, that were there before anything was read; of them `looks` are pictures and
    curves, below theirs."""

    out: str
    ran: Mapping[str, object]
    results: Sequence[Result]
    steering: Steering
    attempts: Sequence[Attempt]
    facts: JobFacts
    versions: Mapping[str, tuple[Version, ...]]
    listed: Collection[str] = frozenset()
    looks: Collection[str] = frozenset()

    def pictures_of(self, look: str) -> list[str]:
        """The names of the pictures that were made for it."""
        names = ("poster.jpg", *(f"strip-{at}.jpg" for at in range(MOST_STRIPS)))
        return [name for name in names if f"{look}/{name}" in self.looks]

    @property
    def usd_per_gpu_hour(self) -> float | None:
        config = self.ran.get("config")
        price = config.get("usd_per_gpu_hour") if isinstance(config, dict) else None
        return float(price) if isinstance(price, int | float) else None

    @property
    def proof(self) -> bool:
        config = self.ran.get("config")
        return bool(isinstance(config, dict) and config.get("proof"))

    def keys(self) -> list[str]:
        """The name of each result's files on the page; rows that share an id have a number."""
        seen: Counter[str] = Counter()
        keys = []
        for result in self.results:
            seen[result.job_id] += 1
            again = seen[result.job_id]
            key = report_key(result.job_id)
            keys.append(key if again == 1 else f"{key}-{again}")
        return keys


def collect(out: str, facts: JobFacts | None = None, hrefs: Hrefs | None = None) -> Night:
    """The night under `out`; `ManifestUnusable` when it is not the output of a run. What `facts`
    hold is not read again."""
    return shown_night(read_night(out, facts or JobFacts()), hrefs or Hrefs(out))


def read_night(out: str, facts: JobFacts) -> NightRead:
    """Read what there is now; what people said counts at once, and so does an erasure that is
    going on. Files are listed first: of those no result is to come that names them."""
    folder = join(out, REPORT, "")
    listed = frozenset(uri.removeprefix(folder) for uri in storage_of(out).list(folder))
    ran, steering, going = read_run_file(out), Watch(out)(), jobs_being_erased(out)
    results = [reviewed(result, steering.rejections) for result in results_so_far(out)]
    results = [erased_result(row) if row.job_id in going else row for row in results]
    named = ran["manifests"]
    manifests = [*map(str, named if isinstance(named, list) else ()), *steering.added]
    facts.read(out, results, list(dict.fromkeys(manifests)))
    shown = [result.job_id for result in results if result.status != ERASED]
    return NightRead(
        out=out,
        ran=ran,
        results=results,
        steering=steering,
        attempts=[without_sentences(each, going) for each in attempts_of(out)],
        facts=facts,
        versions=versions_of_jobs(out, shown),
        listed=listed,
        looks=frozenset(n.removeprefix(LOOKS) for n in listed if n.startswith(LOOKS)),
    )


def attempts_of(out: str) -> list[Attempt]:
    """All attempts; read again where files were bound into a volume meanwhile."""
    for _ in range(LEDGER_TRIES - 1):
        try:
            return list(Ledger(out).read())
        except Transient as error:
            if error.code != "storage_contended":
                raise
    return list(Ledger(out).read())


def shown_night(read: NightRead, hrefs: Hrefs) -> Night:
    """What the page shows of it."""
    jobs = [
        with_hrefs(line, result, read, hrefs)
        for line, result in zip(job_lines(read), read.results, strict=True)
    ]
    jobs += unfinished_lines(read)
    run_id, work = str(read.ran["run_id"]), work_of(read.attempts)
    begun, lanes = worker_lanes(read.attempts, run_id)
    done = [result for result in read.results if result.status == "done"]
    return Night(
        out=read.out,
        run_id=run_id,
        started=str(read.ran["started"]),
        written=f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}",
        rows=rows_in_results(read.ran),
        counts=dict(Counter(job.state for job in jobs)),
        jobs=in_default_order(jobs),
        minutes=round(sum(result.duration_s for result in done) / 60, 2),
        gpu_h=round(work.gpu_s / HOUR_S, 4),
        usd=usd_of(work.gpu_s, read.usd_per_gpu_hour),
        wasted_h=round(in_vain_s(read.results, read.attempts) / HOUR_S, 4),
        quote=tuple(quote_lines(read, run_id)),
        lanes=tuple(lanes),
        begun=f"{begun:%Y-%m-%dT%H:%M:%SZ}" if begun else "",
        proof=read.proof,
    )


def in_vain_s(results: Iterable[Result], attempts: Iterable[Attempt]) -> float:
    """Seconds of generators that gave no video: attempts that failed, all that was drawn of
    rejected rows, and of delivered ones the share of segments that gates refused."""
    told = list(results)
    rejected = {result.job_id for result in told if result.status == "rejected"}
    work = work_of([each for each in attempts if each.job_id not in rejected])
    refused_s = 0.0
    for result in told:
        redrawn = result.quality.get(REDRAWN, 0.0)
        share = redrawn / (redrawn + result.segments) if redrawn else 0.0
        refused_s += result.gpu_s * (1.0 if result.job_id in rejected else share)
    return work.failed_s + work.lost_s + refused_s


def job_lines(read: NightRead) -> Iterator[NightJob]:
    for result, key in zip(read.results, read.keys(), strict=True):
        told = LineInput(
            result=result,
            brief=read.facts.brief(result),
            row=read.facts.row(result),
            steering=read.steering,
            versions=len(read.versions.get(result.job_id, ())),
            proof=read.proof,
        )
        yield job_line(told, key, read.usd_per_gpu_hour)


def with_hrefs(line: NightJob, result: Result, read: NightRead, hrefs: Hrefs) -> NightJob:
    """The line with the places of its files; of pictures and curves, of those that were made."""
    look = look_name(line.key, result)
    folder = join(read.out, REPORT, "looks", look)
    poster = join(folder, "poster.jpg") if f"{look}/poster.jpg" in read.looks else ""
    curves = join(folder, "curves.js") if f"{look}/curves.js" in read.looks else ""
    return replace(
        line,
        video=hrefs.of(result.video_uri) if result.video_uri else "",
        poster=hrefs.of(poster) if poster else "",
        curves=hrefs.of(curves) if curves else "",
        page=hrefs.of(join(read.out, REPORT, "jobs", f"{line.key}.js")),
    )


def look_name(key: str, result: Result) -> str:
    """Pictures and curves are of one request: another one has others."""
    return f"{key}.{(result.fingerprint or '')[:12]}"


def names_shown(read: NightRead) -> tuple[frozenset[str], frozenset[str]]:
    """What the page names of results: the keys of jobs and the names of their looks; and the keys
    of those that are not over."""
    pairs = list(zip(read.keys(), read.results, strict=True))
    looks = {look_name(key, result) for key, result in pairs if result.status != ERASED}
    waiting = frozenset(line.key for line in unfinished_lines(read))
    return frozenset(looks | {key for key, _ in pairs}), waiting


def unfinished_lines(read: NightRead) -> Iterator[NightJob]:
    """Jobs that were begun and have no result yet, and those that people hold."""
    begun = {each.job_id: each for each in begun_jobs(read.results, read.attempts)}
    over = {result.job_id for result in read.results}
    held = read.steering.held - over
    for job in sorted(begun.keys() | held):
        yield NightJob(
            key=report_key(job),
            job_id=job,
            state="held" if job in held else "working",
            need="wait",
            status="",
            cause=stage_told(begun[job]) if job in begun else "nothing of it is begun",
            decided="held" if job in held else "",
        )


def quote_lines(read: NightRead, run_id: str) -> Iterator[QuoteLine]:
    """What was foretold of the last run, and what it used by now."""
    entry = next((each for each in read_quotes(read.out) if each.get("run_id") == run_id), None)
    if entry is None:
        return
    mine = [attempt for attempt in read.attempts if attempt.run_id == run_id]
    used = used_now(mine)
    foretold, price = numbers(entry.get("foretold")), read.usd_per_gpu_hour
    for name, key, unit in (
        ("segments rendered", "segments", ""),
        ("GPU-hours", "gpu_h", "h"),
        ("time until the end", "finish_s", "s"),
    ):
        yield QuoteLine(name=name, unit=unit, foretold=foretold.get(key), used=used.get(key))
    if price is not None and "gpu_h" in foretold:
        cost = round(foretold["gpu_h"] * price, 4)
        spent = round(used.get("gpu_h", 0.0) * price, 4)
        yield QuoteLine(name="price", unit="USD", foretold=cost, used=spent)


def used_now(attempts: Iterable[Attempt]) -> dict[str, float]:
    """By the names of a quote; nothing before the first attempt ended."""
    known = list(attempts)
    if not known:
        return {}
    begin, end = min(a.started for a in known), max(a.finished for a in known)
    return {
        "segments": float(sum(a.segments_made for a in known)),
        "gpu_h": round(sum(a.gpu_s for a in known) / HOUR_S, 4),
        "finish_s": round((end - begin).total_seconds(), 1),
    }


def numbers(told: object) -> dict[str, float]:
    """What of a kept quote is a number."""
    items = told.items() if isinstance(told, dict) else ()
    return {name: round(float(n), 4) for name, n in items if isinstance(n, int | float)}
