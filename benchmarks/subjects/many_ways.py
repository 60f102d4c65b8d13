"""A world in which one sentence may be spoken in many ways: the harder task for few evaluations.

Latents grow from nothing towards one of four patterns, two for each of two sentences, and now and
then towards one of the other sentence. Their mean is no way at all, and that is what one evaluation
of a network draws that learned them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from pipeline.evaluate.series import interval_of

FRAMES, CHANNELS, SIDE = 3, 16, 4
WAYS, SENTENCES = 4, 2
WIDTH = 0.1
"""Of each element about its pattern, whose elements are 1 or -1 in the last frame."""

STRAYS = 0.1
"""The chance of each way of the other sentence."""

NEAR = 2.0
"""Times the width: a sample is one of a way where it lies within, by the mean of all elements."""

GROUP = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Samples:
    """Latents [n, T, C, h, w], and which of the sentences each was asked for [n]."""

    latents: Tensor
    sentence: Tensor


def patterns() -> Tensor:
    """[ways, T, C, h, w], one growing with the frames."""
    signs = torch.randint(2, (WAYS, 1, CHANNELS, SIDE, SIDE), generator=keyed("patterns"))
    growth = torch.linspace(0, 1, FRAMES).reshape(1, FRAMES, 1, 1, 1)
    return growth * (2.0 * signs - 1)


def real(count: int) -> Samples:
    """As the world has them: sentences in turn, ways by chance."""
    sentence = torch.arange(count) % SENTENCES
    chances = torch.full((SENTENCES, WAYS), STRAYS)
    for each in range(SENTENCES):
        chances[each, each::SENTENCES] = 0.5 - STRAYS
    way = torch.multinomial(chances[sentence], 1, generator=keyed("ways"))[:, 0]
    made = patterns()[way]
    noise = torch.randn(made.shape, generator=keyed("world"))
    return Samples(latents=made + WIDTH * noise, sentence=sentence)


def keyed(name: str) -> torch.Generator:
    return torch.Generator().manual_seed(int.from_bytes(name.encode()[:7]))


def figures(found: Samples, against: Samples) -> Mapping[str, object]:
    """What samples are worth: how far each lies from the nearest way, over the width; the share
    that is one of a way, and of a way of its own sentence; the share of the rarer of the two ways
    among those; and the energy distance to the samples of a teacher, group by group."""
    apart = (found.latents[:, None] - patterns()).square().mean(dim=(2, 3, 4, 5)).sqrt()
    nearest, way = apart.min(dim=1)
    landed = nearest < NEAR * WIDTH
    own = landed & (way % SENTENCES == found.sentence)
    second = (way >= SENTENCES)[own].double().numpy()
    told = {
        "distance": (nearest / WIDTH).double().numpy(),
        "landed": landed.double().numpy(),
        "own": own.double().numpy(),
        "energy": np.array(energies(found, against)),
    }
    rows: dict[str, object] = {name: {"mean": values.mean(), "interval": interval_of(values)}
            for name, values in told.items()}  # fmt: skip
    share = float(second.mean()) if len(second) else float("nan")
    return rows | {"rarer": min(share, 1 - share)}


def energies(found: Samples, against: Samples) -> list[float]:
    """2 E|x - y| - E|x - x'| - E|y - y'| without bias, by elements; 0 where both are of one
    distribution. Each group asks for one sentence."""
    values = []
    for sentence in range(SENTENCES):
        ours, theirs = (
            each.latents[each.sentence == sentence].flatten(1).split(GROUP)
            for each in (found, against)
        )
        for x, y in zip(ours, theirs, strict=True):
            within = [torch.cdist(z, z).sum() / (len(z) * (len(z) - 1)) for z in (x, y)]
            apart = 2 * torch.cdist(x, y).mean() - sum(within)
            values.append(float(apart) / x.shape[1] ** 0.5)
    return values
