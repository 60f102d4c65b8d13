"""The table of stages: one row for each, in the order in which a job passes them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from manifests.job import Job
from pipeline.delivery.encode import MasterRequest
from pipeline.generate import Generate
from pipeline.master import MasterStage
from pipeline.nouns import ChunkProgress, Master, Published, Reel, SegmentProgress, Take, TakeClips
from pipeline.prepare import Prepare
from pipeline.publish import Publish
from pipeline.sidecar import PublishRequest
from pipeline.split import CutList, Split, SplitRequest
from pipeline.stage import Resources, Stage, StageName
from pipeline.stitch import Stitch


@dataclass(frozen=True, slots=True, kw_only=True)
class StageRow:
    """A stage's recipe, the noun that it takes and the one that it makes.

    A stage that `generates` holds weights: it runs in a generator, chunk by chunk; all others run
    anywhere.
    """

    recipe: type[Stage[Any, Any]]
    takes: type[object]
    makes: type[object]
    generates: bool = False

    @property
    def name(self) -> StageName:
        return StageName(self.recipe.name)

    @property
    def needs(self) -> Resources:
        return self.recipe.needs


STAGES: Mapping[StageName, StageRow] = {
    row.name: row
    for row in (
        StageRow(recipe=Prepare, takes=Job, makes=Take),
        StageRow(recipe=Split, takes=SplitRequest, makes=CutList),
        StageRow(recipe=Generate, takes=ChunkProgress, makes=SegmentProgress, generates=True),
        StageRow(recipe=Stitch, takes=TakeClips, makes=Reel),
        StageRow(recipe=MasterStage, takes=MasterRequest, makes=Master),
        StageRow(recipe=Publish, takes=PublishRequest, makes=Published),
    )
}
