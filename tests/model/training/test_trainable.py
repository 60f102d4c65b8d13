from __future__ import annotations

import pytest
from torch import nn

from model.training.trainable import matching, train_only

NAMES = ["vae.encoder.weight", "vae.decoder.weight", "vae.decoder.bias", "reference.weight"]


@pytest.mark.parametrize(
    ("patterns", "chosen"),
    [
        (["vae.*"], NAMES[:3]),
        (["vae.*", "!vae.decoder.*"], NAMES[:1]),
        (["vae.*", "!vae.decoder.*", "*.bias"], [NAMES[0], NAMES[2]]),
        (["!vae.decoder.*", "vae.*"], NAMES[:3]),
        (["*", "!*"], []),
    ],
)
def test_the_last_pattern_that_fits_decides(patterns: list[str], chosen: list[str]) -> None:
    assert matching(NAMES, patterns) == set(chosen)


@pytest.mark.parametrize("pattern", ["transformer.*", "!transformer.*", "vae"])
def test_a_pattern_that_fits_nothing_is_named(pattern: str) -> None:
    with pytest.raises(ValueError, match=f"'{pattern.removeprefix('!').replace('*', '[*]')}'"):
        matching(NAMES, ["vae.*", pattern])


def test_only_what_was_chosen_learns_from_now_on() -> None:
    networks = {"vae": nn.Linear(2, 2), "reference": nn.Linear(2, 2)}
    networks["vae"].requires_grad_(requires_grad=False)
    chosen = train_only(networks, ["*.weight", "!reference.*"])
    assert list(chosen) == ["vae.weight"]
    assert chosen["vae.weight"] is networks["vae"].weight
    learning = {
        f"{component}.{name}"
        for component, network in networks.items()
        for name, parameter in network.named_parameters()
        if parameter.requires_grad
    }
    assert learning == {"vae.weight"}
