"""What is finished already of takes that are drawn, as their stored work tells it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory

from jobs.output.work_records import read_work_record
from jobs.quote.finish_history import finished_records, finished_segment_in
from jobs.quote.workload import DrawnTake
from manifests.errors import RushesError
from manifests.job import Job
from pipeline.limits import Limits
from pipeline.media.framing import Size
from pipeline.nouns import Take
from pipeline.prepare import take_name
from pipeline.presets import Preset
from pipeline.workspace.inputs import fetch_inputs

_READERS = 16


@dataclass(frozen=True)
class StoredFinishes:
    """Of the output `out`. Nothing is read before the first take is asked for."""

    out: str
    limits: Limits

    def of(self, job: Job, preset: Preset) -> DrawnTake | None:
        """None where its files cannot be had, or its take is gone: nothing of it counts as
        finished."""
        with suppress(RushesError), TemporaryDirectory() as folder:
            inputs = fetch_inputs(job, Path(folder), self.limits.admission)
            name = take_name(job, inputs, preset, self.limits)
            take = read_work_record(self.out, name, Take)
            size = Size(width=take.width, height=take.height)
            return DrawnTake(frames=take.frames, size=size, seen=self._seen.get(name, {}))
        return None

    @cached_property
    def _seen(self) -> Mapping[str, Mapping[str, float]]:
        """By take and network. Of segments that are too many to be read, only the newest count."""
        found: defaultdict[str, defaultdict[str, float]] = defaultdict(lambda: defaultdict(float))
        with ThreadPoolExecutor(_READERS) as readers:
            for segment in readers.map(finished_segment_in, finished_records(self.out).newest):
                if segment is not None and segment.spent is not None:
                    found[segment.take][segment.spent.digest] += segment.spent.megapixels
        return found
