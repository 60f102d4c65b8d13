"""Guidance: what each row of the batch is told, and how predictions are joined."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from model.sampling.guidance import Branch, Guidance

EVERYTHING = Branch(text=True, audio=True)
NOTHING = Branch(text=False, audio=False)


@pytest.mark.parametrize(
    ("guidance", "branches"),
    [
        (Guidance(), (NOTHING, EVERYTHING)),
        (Guidance(text=2, audio=2), (NOTHING, EVERYTHING)),
        (Guidance(text=1), (EVERYTHING,)),
        (Guidance(text=1, audio=1), (EVERYTHING,)),
        (Guidance(text=2, audio=4), (NOTHING, Branch(text=True, audio=False), EVERYTHING)),
    ],
)
def test_the_batch_holds_no_more_rows_than_the_scales_ask_for(
    guidance: Guidance, branches: tuple[Branch, ...]
) -> None:
    assert guidance.branches == branches


def test_the_unconditional_row_comes_first_and_is_zeros() -> None:
    told = Guidance().texts(torch.ones(1, 4, 2))
    assert torch.equal(told, torch.cat([torch.zeros(1, 4, 2), torch.ones(1, 4, 2)]))


def test_one_scale_over_both_is_the_originals_formula() -> None:
    without, everything = predictions = torch.randn(2, 5, dtype=torch.float64)
    joined = Guidance(text=3.5).joined(predictions)
    torch.testing.assert_close(joined[0], without + 3.5 * (everything - without))


@given(text=st.floats(-2, 9), audio=st.floats(-2, 9))
def test_scales_apart_guide_each_by_its_own_difference(text: float, audio: float) -> None:
    without, words, sound = 1.0, 2.0, 4.0
    guidance = Guidance(text=text, audio=audio)
    told = {(False, False): without, (True, False): words, (True, True): sound}
    rows = torch.tensor([[told[tuple(branch)]] for branch in guidance.branches])
    wanted = without + text * (words - without) + audio * (sound - words)
    assert guidance.joined(rows).item() == pytest.approx(wanted, abs=1e-4)
