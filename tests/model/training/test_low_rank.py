"""Low-rank additions: one set in force at a time, merged into the weights at the end."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from model.training.low_rank import Additions


def test_each_set_changes_the_network_while_it_is_in_force_and_no_other() -> None:
    torch.manual_seed(1)  # where a draw leaves every output below 0, no addition is seen
    network = nn.Sequential(nn.Linear(4, 3), nn.ReLU()).requires_grad_(requires_grad=False)
    before, seen = network[0].weight.clone(), torch.randn(2, 4)
    plain = network(seen)
    added = Additions(network, ["0.weight", "0.bias"], 2, ("student", "fake"))
    with added.using("student"):
        assert torch.equal(network(seen), plain)  # `up` begins as zeros
    with torch.no_grad():
        added.parameters_of("student")["0.weight.up"].fill_(1.0)
    with added.using("fake"):
        assert torch.equal(network(seen), plain)
    with added.using("student"):
        moved = network(seen)
    assert not torch.equal(moved, plain)
    assert torch.equal(network(seen), plain)
    merged = added.merged("student")
    assert set(merged) == {"0.weight"}
    wanted = torch.relu(seen @ merged["0.weight"].T + network[0].bias)
    torch.testing.assert_close(moved, wanted)
    assert not torch.equal(merged["0.weight"], before)


def test_what_has_no_linear_layer_takes_no_additions() -> None:
    with pytest.raises(ValueError, match="linear layers"):
        Additions(nn.Sequential(nn.LayerNorm(4)), ["0.weight"], 2, ("student",))
