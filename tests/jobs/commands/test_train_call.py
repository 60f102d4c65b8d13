"""`rushes train` with settings or arguments that cannot be."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from jobs import cli
from jobs.commands.train import train_command
from manifests.errors import ManifestUnusable
from tests.jobs.commands.training_material import SETTINGS, write_material


@pytest.fixture(scope="module")
def material(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("material")
    write_material(folder)
    return folder


@pytest.mark.parametrize(
    ("changed", "to", "says"),
    [
        ('out = "out"', "out = ", "is not TOML"),
        ("seed = 3", "speed = 3", r"speed: Extra inputs are not permitted"),
        ('vae = "vae"', 'vae = "other"', "no stage is called other; there is: vae, base"),
        ('vae = "vae"', 'vae = "base"', "base must come before base"),
        ('vae = "vae"\n', "", "base: name the stage of its VAE in vae"),
        ('name = "base"', 'name = "vae"', "two stages are called vae"),
        ('name = "base"', 'name = "../base"', r"stages\.1\.diffusion\.name"),
        ("side = 32", "side = 33", "networks.side"),
        ("crop = 16", "crop = 16\ntint = 1.0", "vae: tint changes the latents of networks.start"),
        ('portraits = "pictures"', 'portraits = "nowhere"', "nowhere has none of the pictures"),
        ("pictures/landmarks.npz", "nowhere.npz", r"nowhere\.npz has no `names` and `lm`"),
        ('speech = "speech"', 'speech = "nowhere"', r"nowhere has no \.flac or \.wav"),
    ],
)
def test_wrong_settings_are_told_in_a_sentence(
    material: Path, tmp_path: Path, changed: str, to: str, says: str
) -> None:
    for name in ("pictures", "speech"):
        (tmp_path / name).symlink_to(material / name)
    settings = tmp_path / "train.toml"
    assert SETTINGS.count(changed) == 1
    settings.write_text(SETTINGS.replace(changed, to))
    with pytest.raises(ManifestUnusable, match=says):
        train_command(settings)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["nowhere.toml"], "nowhere.toml cannot be read"),
        (["train.toml", "--only", "bass"], "no stage is called bass; there is: vae, base"),
    ],
)
def test_a_wrong_call_has_exit_code_2_and_a_sentence(
    arguments: list[str],
    says: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (tmp_path / "train.toml").write_text(SETTINGS)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["rushes", "train", *arguments])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert ended.value.code == 2
    told = capsys.readouterr().err
    assert told.startswith("rushes: ")
    assert says in told
