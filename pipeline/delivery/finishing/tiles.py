"""A picture through a network tile by tile: memory does not grow with the picture."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from pipeline.media.picture.optical_flow import Picture
from pipeline.media.picture.super_resolution import Network, levels_of, planes_of

TILE, MARGIN = 160, 10
"""Sides of a tile as it is kept, and what of its neighbours the network sees with it."""

Span = tuple[int, int]


def spans(length: int, tile: int = TILE, margin: int = MARGIN) -> Iterator[tuple[Span, Span]]:
    """What is kept and what is seen of each tile along one side: the kept ones tile it. Tiles are
    of nearly one length, so that none is a sliver without surroundings."""
    count = -(-length // tile)
    edges = [length * index // count for index in range(count + 1)]
    for start, stop in pairwise(edges):
        yield (start, stop), (max(0, start - margin), min(length, stop + margin))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Tiled:
    """A finisher of a network that takes planes of any size."""

    network: Network
    digest: str
    tile: int = TILE

    def enlarge(self, picture: Picture) -> Picture:
        height, width = picture.shape[:2]
        rows = list(spans(height, self.tile))
        columns = list(spans(width, self.tile))
        strips = []
        for down, seen_down in rows:
            parts = []
            for across, seen_across in columns:
                seen = picture[slice(*seen_down), slice(*seen_across)]
                parts.append(
                    self._kept(seen, _inside(down, seen_down), _inside(across, seen_across))
                )
            strips.append(np.concatenate(parts, axis=1))
        return np.concatenate(strips, axis=0)

    def _kept(self, seen: Picture, down: Span, across: Span) -> Picture:
        made = self.network(planes_of(seen))
        times = made.shape[1] // seen.shape[0]
        return levels_of(
            made[:, down[0] * times : down[1] * times, across[0] * times : across[1] * times]
        )


def _inside(kept: Span, seen: Span) -> Span:
    return kept[0] - seen[0], kept[1] - seen[0]
