"""The table of delivery profiles: what a row may ask for in `deliverables`, one row for each."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from manifests.job import Job
from pipeline.captions.deliverables import CAPTIONED
from pipeline.captions.write import WRITERS
from pipeline.delivery.captioned import captioned
from pipeline.delivery.encode import MasterRequest
from pipeline.nouns import Captions
from pipeline.workspace.workspace import Workspace

Maker = Callable[[MasterRequest, Workspace], Captions]
"""Makes a file of the frames that a row's video shows, or finds it finished."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryProfile:
    """What a row may ask for by `name`.

    The file is called `ending` behind the job's id, `{language}` filled in. `make` makes it of the
    reel's frames, in the stage `master`; without it the file is written of the take's words, in
    `publish`.
    """

    name: str
    ending: str
    make: Maker | None = None

    def file_of(self, job: Job) -> str:
        """The file's friendly name."""
        return f"{job.job_id}.{self.ending.format(language=job.language)}"


WEB = DeliveryProfile(name="web", ending="mp4")
"""The video that every row is delivered as, whether it asks for it or not; all others are further
ones."""

PROFILES: Mapping[str, DeliveryProfile] = {
    profile.name: profile
    for profile in (
        WEB,
        DeliveryProfile(name=CAPTIONED, ending="captioned.mp4", make=captioned),
        *(DeliveryProfile(name=name, ending=f"{{language}}.{name}") for name in WRITERS),
    )
}


def further_videos(job: Job) -> tuple[str, ...]:
    """The profiles that a row asks for and that are made of frames beside its video, each once."""
    return tuple(name for name, row in PROFILES.items() if row.make and name in job.deliverables)
