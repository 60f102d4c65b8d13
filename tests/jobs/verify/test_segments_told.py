"""How `rushes verify` tells the segments that it rendered again."""

from __future__ import annotations

import io

from rich.console import Console

from jobs.commands.verify import segments_table
from jobs.verify.rerender import Rerendered


def test_a_narrow_table_of_segments_leaves_no_letter_of_a_job_out() -> None:
    job = "the-museum-of-the-sea-reel-4-pt-BR-second-version"
    same = Rerendered(
        job_id=job, number=12, fingerprint="a", verdict="same", detail="", compared="bits"
    )
    written = io.StringIO()
    Console(file=written, width=80).print(segments_table([same]))
    rows = [line.split("│") for line in written.getvalue().splitlines() if "│" in line]
    assert "".join(row[1].strip() for row in rows) == job
    assert "…" not in written.getvalue()
