"""A quote in words, and as JSON: pure."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict
from datetime import datetime, timedelta

from jobs.console import many
from jobs.quote.advice import Advice, LongChain
from jobs.quote.forecast import HOUR_S
from jobs.quote.quote import MINUTE_S, Quote


def as_json(quote: Quote, now: datetime) -> str:
    """The whole quote, its end as a time too."""
    end = now + timedelta(seconds=quote.forecast.finish_s)
    critical = [chain.job_id for chain in quote.advice.chains if chain.critical]
    content = asdict(quote) | {"finish": end.isoformat(), "critical": critical}
    return json.dumps(content, indent=2)


def in_words(quote: Quote, now: datetime) -> Iterator[str]:
    """Lines for people; what nobody measured comes first."""
    yield from quote.assumed
    yield rows_line(quote)
    yield from refused_lines(quote)
    expected = quote.forecast
    if not expected.takes:
        yield "Nothing is left to be rendered."
        return
    if not expected.segments:
        yield f"Nothing is left to be rendered, but {many(expected.takes, 'take')} to be delivered."
        yield from enlarging_lines(quote)
        yield finish_line(quote, now)
        return
    most = "at most " if quote.changed else ""
    yield f"{expected.takes} takes, {expected.chunks} chunks, {most}{expected.segments} segments"
    if quote.changed:
        yield (
            f"{many(quote.changed, 'row')} made before and changed since: segments that the change "
            "does not touch are taken up, and are only known when the words are spoken"
        )
    yield work_line(quote)
    yield from refused_work_lines(quote)
    yield from enlarging_lines(quote)
    yield finish_line(quote, now)
    yield from late_lines(quote)
    for cost in quote.costs:
        yield (
            f"  {cost.preset} on {cost.device}: {cost.segment_s:.4g} s a segment, "
            f"{cost.take_s:.3g} s a chain, {cost.cold_s:.3g} s a cold start "
            f"({cost.segments} segments of {cost.runs} runs)"
        )
    yield from advice_lines(quote.advice)


def rows_line(quote: Quote) -> str:
    more = [
        f"{count} {name}"
        for count, name in (
            (quote.finished, "finished before"),
            (quote.cancelled, "cancelled"),
            (quote.held, "held until they are released"),
            (quote.invalid, "invalid"),
        )
        if count
    ]
    known = f" ({', '.join(more)})" if more else ""
    return f"{many(quote.rows, 'row')}{known}, {quote.minutes:.1f} minutes of video to make"


def refused_lines(quote: Quote) -> Iterator[str]:
    """Why rows are left out."""
    if quote.refused:
        why = ", ".join(f"{count} {code}" for code, count in sorted(quote.refused.items()))
        rows = "1 row will" if quote.invalid == 1 else f"{quote.invalid} rows will"
        left = "is left out" if quote.invalid == 1 else "are left out"
        yield f"{rows} be refused and {left}: {why}; see `rushes check`"


def work_line(quote: Quote) -> str:
    text = f"{quote.forecast.gpu_h:.4g} GPU-hours of work"
    if quote.price_usd is None or quote.held_usd is None:
        return text
    return (
        f"{text}: {quote.price_usd:,.2f} USD; {quote.held_usd:,.2f} USD "
        f"if {quote.counts.workers} workers are held until the end"
    )


def refused_work_lines(quote: Quote) -> Iterator[str]:
    """What gates will refuse, when they ever did, and what a delivered minute then costs."""
    if quote.redrawn or quote.delivered_minutes < quote.minutes:
        yield (
            f"gates refused work before: {quote.redrawn} segments more are drawn in vain, and "
            f"{quote.delivered_minutes:.1f} of {quote.minutes:.1f} minutes are delivered"
        )
    if quote.price_per_minute_usd is not None:
        yield f"{quote.price_per_minute_usd:,.2f} USD for a delivered minute"


def enlarging_lines(quote: Quote) -> Iterator[str]:
    """What finished frames take of CPUs."""
    for each in quote.finishing:
        hours = "hours not known" if each.hours is None else f"{each.hours:.4g} hours of one core"
        known = "measured" if each.measured else "assumed"
        told = hours if each.hours is None else f"{hours} ({known})"
        yield f"finishing to {each.lines} lines by {each.network}: {told}"


def finish_line(quote: Quote, now: datetime) -> str:
    expected = quote.forecast
    end = now + timedelta(seconds=expected.finish_s)
    kind, count = (
        ("worker", quote.counts.workers) if expected.segments else ("CPU slot", quote.counts.cpus)
    )
    slots = f"{count} {kind}" + "s" * (count > 1)
    between = f"between {span(expected.earliest_s)} and {span(expected.latest_s)}"
    guessed = f"since not all was measured, {between} is a guess"
    return (
        f"{slots}: done in {span(expected.finish_s)}, at {end:%Y-%m-%d %H:%M} UTC if begun now; "
        f"{guessed if quote.assumed else f'9 of 10 nights end {between}'}"
    )


def late_lines(quote: Quote) -> Iterator[str]:
    """Rows that would be late, the first of them by name."""
    if quote.late:
        first = quote.late[0]
        yield (
            f"{many(len(quote.late), 'row')} expected to be late, the first {first.job_id} by "
            f"{span(first.late_s)}: begin earlier or with more workers"
        )


def advice_lines(advice: Advice) -> Iterator[str]:
    """The longest chains by name, and what ends the night earlier."""
    for chain in advice.chains:
        yield f"  long chain {chain_line(chain)}"
    if advice.one_more_s:
        yield f"  one more worker ends {span(advice.one_more_s)} earlier"
    if advice.twice_s:
        yield f"  twice as many workers end {span(advice.twice_s)} earlier"


def chain_line(chain: LongChain) -> str:
    text = f"{chain.job_id}, chunk {chain.chunk}: {chain.segments} segments, {span(chain.seconds)}"
    if not chain.critical:
        return text
    where = f"one cut at {place(chain.cut_s)}" if chain.cut_s is not None else "halved, it"
    return f"{text}; CRITICAL: {where} ends {span(chain.earlier_s)} earlier"


def place(seconds: float) -> str:
    """A time of a take, such as 03:12.4."""
    tenths = round(seconds * 10)
    return f"{tenths // 600:02d}:{tenths // 10 % 60:02d}.{tenths % 10}"


def span(seconds: float) -> str:
    """A length of time as people say it."""
    if seconds >= HOUR_S:
        return f"{seconds / HOUR_S:.1f} h"
    if seconds >= MINUTE_S:
        return f"{seconds / MINUTE_S:.1f} min"
    return f"{seconds:.0f} s"
