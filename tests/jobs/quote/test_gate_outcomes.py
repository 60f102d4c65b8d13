"""What gates refused before is cost, and no delivery: in a quote, and in what a run used."""

from __future__ import annotations

from dataclasses import replace

import pytest

from jobs.output.result_rows import REDRAWN
from jobs.quote.forecast import WorkerCounts
from jobs.quote.outcomes import outcomes_of, with_outcomes
from jobs.quote.quote import Asked, quote_of
from jobs.quote.render import refused_work_lines
from manifests import Result
from tests.jobs.quote.quote_builders import CERTAIN, a_load

ASKED = Asked(counts=WorkerCounts(workers=1, cpus=8), device="d", usd_per_gpu_hour=3.6)


def a_row(status: str, redrawn: int = 0) -> Result:
    return Result(
        job_id="a",
        status=status,  # type: ignore[arg-type]  # one of them
        segments=10 if status == "done" else 0,
        preset="animatic",
        quality={REDRAWN: float(redrawn)} if redrawn else {},
    )


def test_history_tells_how_much_is_drawn_in_vain_and_how_many_rows_are_rejected() -> None:
    rows = [a_row("done"), a_row("done", 5), a_row("done"), a_row("rejected", 7), a_row("failed")]
    (cost,) = with_outcomes([CERTAIN], outcomes_of(rows))
    assert cost.redrawn == pytest.approx(5 / 30)
    assert cost.rejected == pytest.approx(1 / 4)
    (other,) = with_outcomes([replace(CERTAIN, preset="tiny")], outcomes_of(rows))
    assert (other.redrawn, other.rejected) == (0.0, 0.0)


def test_a_quote_pays_for_rejected_work_and_divides_by_delivered_minutes() -> None:
    load = a_load(10, 30)
    plain = quote_of(load, [CERTAIN], ASKED)
    assert plain.price_usd == pytest.approx(40 * 10 * 3.6 / 3600)
    assert plain.price_per_minute_usd == pytest.approx((plain.price_usd or 0) / plain.minutes)
    assert [*refused_work_lines(replace(plain, price_per_minute_usd=None))] == []
    bad = quote_of(load, [replace(CERTAIN, redrawn=0.5, rejected=0.25)], ASKED)
    assert bad.redrawn == 20
    assert bad.forecast.segments == plain.forecast.segments
    assert bad.price_usd == pytest.approx(1.5 * (plain.price_usd or 0))
    assert bad.delivered_minutes == pytest.approx(0.75 * plain.minutes)
    assert bad.price_per_minute_usd == pytest.approx(2 * (plain.price_per_minute_usd or 0))
    assert "20 segments more are drawn in vain" in next(iter(refused_work_lines(bad)))


def test_nothing_left_costs_nothing_a_minute() -> None:
    assert quote_of(a_load(), [CERTAIN], ASKED).price_per_minute_usd is None
