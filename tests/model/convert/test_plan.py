"""The table is total both ways over every key of the full-size checkpoint; no weight is read."""

from __future__ import annotations

import json
from collections import Counter
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model.convert import ConversionError, Geometry, neighbours, plan_engine, plan_vae
from model.convert.networks import Network, shapes_of
from model.convert.plan import Shape, links, original_shapes
from model.convert.rules import Table, bind, prefixed
from model.convert.tables import NEIGHBOURS, PREFIX, TRANSFORMER, reference, vae
from tests.official_folder import engine_state

KEYS = json.loads((Path(__file__).parents[2] / "golden/hallo3-full-keys.json").read_text())
ENGINE: dict[str, Shape] = {key: tuple(shape) for key, shape in KEYS["dit"].items()}
VAE: dict[str, Shape] = {key: tuple(shape) for key, shape in KEYS["vae"].items()}
TABLES = (
    prefixed(PREFIX["transformer"], TRANSFORMER),
    prefixed(PREFIX["reference"], reference(42)),
    vae(4),
    NEIGHBOURS,
)
SMALL: dict[str, Shape] = {key: tuple(t.shape) for key, t in engine_state().items()}
LAST_MODULATION = "ref_model.diffusion_model.mixins.adaln_layer.adaLN_modulations.41.1"
PARAMETERS = {"transformer": 8_921_253_952, "reference": 5_625_284_160}


@pytest.fixture(scope="module")
def networks() -> dict[str, Network]:
    planned = (*plan_engine(ENGINE, Geometry(), with_vae=False), plan_vae(VAE, Geometry()))
    return {network.part: network for network in planned}


def elements(shape: Shape) -> int:
    return shape[0] * elements(shape[1:]) if shape else 1


def rules_meeting(table: Table, key: str) -> int:
    """How many of a table's rules and drops know the original key."""
    patterns = [rule.original for rule in table.rules] + [drop.pattern for drop in table.drops]
    return sum(bind(pattern, key) is not None for pattern in patterns)


@pytest.mark.parametrize("part", ["transformer", "reference", "vae"])
def test_every_key_is_used_or_dropped_with_a_reason_and_nothing_is_missing(
    networks: dict[str, Network], part: str
) -> None:
    plan = networks[part].plan
    own = VAE if part == "vae" else {k: s for k, s in ENGINE.items() if k.startswith(PREFIX[part])}
    used = {piece.key for recipe in plan.recipes for piece in recipe.pieces}
    assert (plan.missing, plan.extra, plan.misshaped) == ((), (), ())
    assert used | plan.dropped.keys() == own.keys()
    assert used.isdisjoint(plan.dropped)
    assert all(plan.dropped.values())


@pytest.mark.parametrize("part", ["transformer", "reference", "vae"])
def test_every_weight_of_the_network_is_filled_once_in_its_shape(
    networks: dict[str, Network], part: str
) -> None:
    wanted, recipes = shapes_of(networks[part].module), networks[part].plan.recipes
    assert Counter(recipe.key for recipe in recipes) == Counter([*wanted])
    for recipe in recipes:
        assert recipe.shape == wanted[recipe.key]
        assert sum(piece.stop - piece.start for piece in recipe.pieces) == recipe.shape[0]


@pytest.mark.parametrize("part", ["transformer", "reference", "vae"])
def test_no_row_of_an_original_is_used_twice(networks: dict[str, Network], part: str) -> None:
    rows: dict[str, list[tuple[int, int]]] = {}
    for recipe in networks[part].plan.recipes:
        for piece in recipe.pieces:
            rows.setdefault(piece.key, []).append((piece.start, piece.stop))
    for spans in rows.values():
        spans.sort()
        assert all(before[1] <= after[0] for before, after in pairwise(spans))


@pytest.mark.parametrize("part", ["transformer", "vae"])
def test_the_network_tells_every_original_key_and_shape(
    networks: dict[str, Network], part: str
) -> None:
    targets = shapes_of(networks[part].module)
    table = vae(4) if part == "vae" else prefixed(PREFIX[part], TRANSFORMER)
    back = original_shapes(links(table, targets), targets)
    own = VAE if part == "vae" else {k: s for k, s in ENGINE.items() if k.startswith(PREFIX[part])}
    assert back == {key: shape for key, shape in own.items() if table.reason_to_drop(key) is None}


def test_each_key_is_met_by_exactly_one_rule() -> None:
    met = {key: sum(rules_meeting(table, key) for table in TABLES) for key in ENGINE | VAE}
    assert {key: count for key, count in met.items() if count != 1} == {}


def test_each_rule_meets_a_key() -> None:
    """Only the VAE's table grants every level what some levels lack: a shortcut, a resampling."""
    keys = {*ENGINE, *VAE, "loss.a", "conditioner.a", "first_stage_model.a"}
    patterns = [rule.original for table in TABLES for rule in table.rules]
    patterns += [drop.pattern for table in TABLES for drop in table.drops]
    idle = [p for p in patterns if not any(bind(p, key) is not None for key in keys)]
    assert [p for p in idle if "nin_shortcut" not in p and "sample" not in p] == []


def test_no_parameter_of_the_paper_is_lost(networks: dict[str, Network]) -> None:
    """All of them, but the leftover positions and the reference network's dead end."""
    leftover = 64 * 3072
    made = {
        part: sum(elements(recipe.shape) for recipe in networks[part].plan.recipes)
        for part in PARAMETERS
    }
    dead = sum(
        elements(ENGINE[key])
        for key in networks["reference"].plan.dropped
        if "freqs" not in key and "position_embeddings" not in key
    )
    half_modulation = elements(ENGINE[LAST_MODULATION + ".weight"]) // 2
    half_modulation += elements(ENGINE[LAST_MODULATION + ".bias"]) // 2
    assert made["transformer"] == PARAMETERS["transformer"] - leftover
    assert made["reference"] == PARAMETERS["reference"] - leftover - dead - half_modulation


def test_keys_of_nobody_are_extra(networks: dict[str, Network]) -> None:
    own = [network for part, network in networks.items() if part != "vae"]
    plan = neighbours({"model_ema.decay": (1,), "conditioner.x": (1,), **ENGINE}, own)
    assert plan.extra == ("model_ema.decay",)
    assert plan.dropped.keys() == {"conditioner.x"}


def complaints(shapes: dict[str, Shape]) -> list[str]:
    """What planning says against a small checkpoint."""
    geometry = Geometry(latent_frames=5, latent_height=8, latent_width=12, audio_blocks=3)
    try:
        networks = plan_engine(shapes, geometry, with_vae=False)
    except ConversionError as error:
        return [str(error)]
    plans = [network.plan for network in networks]
    return [text for p in plans for text in (*p.missing, *p.extra, *p.misshaped)]


def test_a_right_checkpoint_has_no_complaints() -> None:
    assert complaints(SMALL) == []


@settings(max_examples=40, deadline=None)
@given(key=st.sampled_from(sorted(SMALL)), axis=st.integers(0, 2), more=st.sampled_from([-1, 1]))
def test_one_mis_shaped_key_is_the_one_that_is_named(key: str, axis: int, more: int) -> None:
    shape = list(SMALL[key])
    shape[axis % len(shape)] += more
    told = complaints({**SMALL, key: tuple(shape)})
    if is_dropped(key) and "freqs" not in key:
        assert told == []
    elif told:
        assert any(local(key) in text for text in told)
        assert len(told) <= 2
    else:
        assert is_free(key, axis % len(shape))


def is_free(key: str, axis: int) -> bool:
    """Sizes that one tensor alone decides; another value of them is another, sound checkpoint."""
    return "freqs" in key or (local(key), axis) == ("transformer.face_proj.proj.weight", 1)


@settings(max_examples=40, deadline=None)
@given(key=st.sampled_from(sorted(SMALL)))
def test_one_missing_key_is_the_one_that_is_named(key: str) -> None:
    told = complaints({k: shape for k, shape in SMALL.items() if k != key})
    assert (told == []) if is_dropped(key) else any(local(key) in text for text in told)
    assert len(told) <= 1


@settings(max_examples=10, deadline=None)
@given(key=st.sampled_from(sorted(SMALL)))
def test_one_extra_key_is_the_one_that_is_named(key: str) -> None:
    assert complaints({**SMALL, key + "s": SMALL[key]}) == [key + "s"]


def local(key: str) -> str:
    return key.split("diffusion_model.")[1]


def is_dropped(key: str) -> bool:
    return any(table.reason_to_drop(key) is not None for table in TABLES)
