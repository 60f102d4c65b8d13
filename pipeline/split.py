"""Split: decide once where a take is cut, and write the decision down."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import partial
from typing import ClassVar

from manifests.fingerprint import fingerprint
from manifests.job import Continuity
from pipeline.cuts import SplitParams, plan_chunks
from pipeline.nouns import Chunk, Take
from pipeline.stage import Resources
from pipeline.workplace import Workplace


@dataclass(frozen=True, slots=True, kw_only=True)
class Cutting:
    """A take to be cut."""

    take: Take
    continuity: Continuity
    longest_chain_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class CutList:
    """The chunks of a take, in order."""

    chunks: tuple[Chunk, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Split:
    """The recipe: pure arithmetic, no tool to load."""

    name: ClassVar[str] = "split"
    needs: ClassVar[Resources] = Resources()
    params: SplitParams

    def load(self) -> Callable[[Cutting, Workplace], CutList]:
        return partial(split, params=self.params)


def split(cutting: Cutting, place: Workplace, *, params: SplitParams) -> CutList:
    """The take's cut list: the one written first, whoever wrote it."""
    name = fingerprint(
        "cuts",
        take=cutting.take.fingerprint,
        continuity=cutting.continuity,
        longest_chain_s=cutting.longest_chain_s,
        params=asdict(params),
    )
    decided = place.recorded(name, CutList)
    if decided is not None:
        return decided
    chunks = plan_chunks(
        cutting.take.frames,
        cutting.take.spans,
        cutting.continuity,
        cutting.longest_chain_s,
        params,
    )
    return place.settle(name, CutList(chunks=chunks))
