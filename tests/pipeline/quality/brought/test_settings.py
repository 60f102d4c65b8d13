"""Networks in the settings of a run: what is wrong with them is told before the night begins."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from jobs.config import RunConfig
from jobs.orders import orders_of
from jobs.settings_file import load_config
from manifests.errors import ManifestUnusable
from pipeline.quality.gates import read_gates
from tests.noun_builders import a_job
from tests.pipeline.quality.brought.networks import coded_networks, torch_script

ZERO = "0" * 64


@pytest.fixture(autouse=True)
def _one_thread() -> None:
    torch.set_num_threads(1)


@pytest.fixture
def halves(tmp_path: Path) -> dict[str, str]:
    return coded_networks(tmp_path, brightness=100, energy=14)


def with_backbones(folder: Path, named: dict[str, str], gates: str = "") -> RunConfig:
    lines = ["[backbones]", *(f'{name} = "{told}"' for name, told in named.items())]
    if gates:
        (folder / "gates.toml").write_text(gates)
        lines = [f'gates = ["{folder / "gates.toml"}"]', *lines]
    (folder / "night.toml").write_text("\n".join(lines))
    return load_config(folder / "night.toml")


def test_networks_are_named_by_file_and_digest_and_change_no_order(
    tmp_path: Path, halves: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "face.png").touch()
    beside = {name: told.replace(f"{tmp_path}/", "") for name, told in halves.items()}
    config = with_backbones(tmp_path, beside)
    assert {file.row.name: file.path for file in config.brought} == {
        name: tmp_path / f"{name}.pt" for name in halves
    }
    job = a_job(portrait_uri=str(tmp_path / "face.png"))
    plain, measured = (list(orders_of([job], each)) for each in (RunConfig(), config))
    assert plain == measured


@pytest.mark.parametrize(
    ("spoiled", "told"),
    [
        ("syncnet_lips.pt", "has the digest"),
        ("gone", "is no file"),
    ],
)
def test_a_file_that_is_gone_or_another_one_is_refused_with_what_to_bring(
    tmp_path: Path, halves: dict[str, str], spoiled: str, told: str
) -> None:
    path = tmp_path / "syncnet_lips.pt"
    if spoiled == "gone":
        path.unlink()
    else:
        path.write_bytes(path.read_bytes() + b" ")
    with pytest.raises(ManifestUnusable, match=rf"{told}.*below \[backbones\]") as caught:
        with_backbones(tmp_path, halves)
    assert caught.value.code == "backbone_unusable"


def test_a_file_that_is_no_such_network_is_refused_before_anything_starts(
    tmp_path: Path, halves: dict[str, str]
) -> None:
    narrow = torch_script(tmp_path / "narrow.pt", "syncnet_lips", width=512).partition("=")[2]
    with pytest.raises(ManifestUnusable, match=r"gives \[1, 512\] for 1 items") as caught:
        with_backbones(tmp_path, halves | {"syncnet_lips": narrow})
    assert caught.value.code == "backbone_wrong"
    swapped = dict(zip(halves, reversed(halves.values()), strict=True))
    with pytest.raises(ManifestUnusable, match="fails on") as caught:
        with_backbones(tmp_path, swapped)
    assert caught.value.code == "backbone_wrong"


@pytest.mark.parametrize(
    ("named", "told"),
    [
        ({"inception": f"net.pt@sha256:{ZERO}"}, "for arcface, syncnet_lips, syncnet_sound"),
        ({"arcface": "net.onnx"}, "give NAME"),
        ({"syncnet_lips": f"net.pt@sha256:{ZERO}"}, "without syncnet_sound"),
    ],
)
def test_what_no_measure_is_taken_with_and_half_a_network_are_refused(
    tmp_path: Path, named: dict[str, str], told: str
) -> None:
    with pytest.raises(ManifestUnusable, match=told) as caught:
        with_backbones(tmp_path, named)
    assert caught.value.code == "backbone_unusable"


def test_a_gate_on_what_nothing_measures_is_refused_and_one_turned_off_is_not(
    tmp_path: Path, halves: dict[str, str]
) -> None:
    asked = '[[gate]]\nmeasure = "sync_confidence"\nwarn = 3\nfail = 2\n'
    with pytest.raises(ManifestUnusable, match="name syncnet_lips and syncnet_sound below"):
        with_backbones(tmp_path, {}, asked)
    assert with_backbones(tmp_path, halves, asked).brought
    assert with_backbones(tmp_path, {}, '[[gate]]\nmeasure = "sync_confidence"\n').gates


def test_no_carried_gate_asks_for_a_network_that_is_not_carried() -> None:
    assert RunConfig().acceptance.gates == read_gates()
