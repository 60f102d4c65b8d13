"""`rushes status`: where a run stands, told from its output folder alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from jobs.book import results_so_far
from jobs.instructions import Watch
from jobs.runfile import read_run_file
from manifests.ledger import Attempt, Ledger
from manifests.results import Result

_LAST_STAGE = "publish"


def standing_of(out: str) -> Iterator[str]:
    """Lines for people; `ManifestUnusable` when `out` is not the output of a run."""
    ran = read_run_file(out)
    results = results_so_far(out)
    attempts = list(Ledger(out).read())
    yield f"{out}: run {ran['run_id']} began {ran['started']}, {ran['rows']} rows"
    yield counts(results, int(str(ran["rows"])))
    yield from moving(results, attempts)
    yield from troubles(results)
    yield from (f"  held  {job_id}" for job_id in sorted(Watch(out)().held))
    yield work(attempts)


def counts(results: Iterable[Result], rows: int) -> str:
    """How many rows ended in which way."""
    found = Counter(result.status for result in results)
    ended = ", ".join(f"{number} {status}" for status, number in sorted(found.items()))
    return f"{ended or 'none ended yet'}; {max(0, rows - found.total())} without a result"


def moving(results: Iterable[Result], attempts: Iterable[Attempt]) -> Iterator[str]:
    """Jobs that were begun and have no result yet, with the stages they have behind them."""
    over = {result.job_id for result in results}
    stages: dict[str, Counter[str]] = {}
    for attempt in attempts:
        if attempt.job_id not in over and attempt.state == "done":
            stages.setdefault(attempt.job_id, Counter())[attempt.stage] += 1
    for job_id, behind in sorted(stages.items()):
        if _LAST_STAGE not in behind:
            told = ", ".join(f"{s} x{n}" if n > 1 else s for s, n in behind.items())
            yield f"  begun  {job_id}: {told}"


def troubles(results: Iterable[Result]) -> Iterator[str]:
    """Rows that did not become a video, and who must act."""
    for result in results:
        if result.status != "done":
            reason = f"{result.error_message} [{result.error_code}]"
            yield f"  {result.status}  {result.job_id}: {reason}"


def work(attempts: Iterable[Attempt]) -> str:
    """What it has cost so far."""
    attempts = list(attempts)
    made = sum(attempt.segments_made for attempt in attempts)
    reused = sum(attempt.segments_reused for attempt in attempts)
    seconds = sum(attempt.gpu_s for attempt in attempts)
    failed = sum(attempt.state == "failed" for attempt in attempts)
    return (
        f"{len(attempts)} attempts ({failed} failed), {made} segments rendered in {seconds:.0f} s, "
        f"{reused} taken up from before"
    )
