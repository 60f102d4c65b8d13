from __future__ import annotations

import json
import tomllib
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from jobs.cli import app
from jobs.commands.run import next_steps
from jobs.config import RunConfig
from jobs.output.results_writer import NOTHING
from jobs.run import refuse_settings
from jobs.settings_file import load_config
from manifests.artifact import sha256_of
from manifests.errors import ManifestUnusable
from pipeline.delivery.provenance.check import check_file
from pipeline.delivery.provenance.development import FILES, write_development_certificate
from pipeline.delivery.provenance.signing import SigningSettings
from tests.pipeline.delivery.provenance.builders import NOW


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("keys")
    write_development_certificate(folder, NOW)
    return folder


def settings_file(folder: Path, keys: Path, **more: str) -> Path:
    table = {"key": str(keys / FILES[0]), "certificate": str(keys / FILES[1])} | more
    path = folder / "settings.toml"
    lines = (f"{name} = {json.dumps(value)}\n" for name, value in table.items())
    path.write_text(f"[signing]\n{''.join(lines)}")
    return path


def test_a_development_certificate_is_for_its_user_alone_and_signs_at_once(tmp_path: Path) -> None:
    folder = tmp_path / "keys"
    told = CliRunner().invoke(app, ["signing", "make", str(folder)])
    assert told.exit_code == 0
    assert "not trusted" in told.output
    assert {path.stat().st_mode & 0o777 for path in folder.iterdir()} == {0o600}
    table = tomllib.loads(told.output[told.output.index("[signing]") :])
    refuse_settings(RunConfig(signing=SigningSettings(**table["signing"]), require_signing=True))


def test_keys_are_not_written_over(keys: Path) -> None:
    before = (keys / FILES[0]).read_bytes()
    with pytest.raises(ManifestUnusable, match="is there already"):
        write_development_certificate(keys, NOW)
    assert (keys / FILES[0]).read_bytes() == before


def test_weights_are_signed_and_keep_their_bytes(tmp_path: Path, keys: Path) -> None:
    weights = tmp_path / "net.safetensors"
    weights.write_bytes(b"numbers" * 100)
    digest = sha256_of(weights)
    listed = {"format": "tiny", "files": {weights.name: {"sha256": digest}}}
    (tmp_path / "digests.json").write_text(json.dumps(listed))
    call = ["signing", "weights", str(tmp_path), "--config", str(settings_file(tmp_path, keys))]
    assert CliRunner().invoke(app, call).exit_code == 0
    assert sha256_of(weights) == digest
    assert check_file(weights).state == "development"
    assert check_file(tmp_path / "digests.json").untouched


def test_a_key_from_the_environment_is_taken_and_hidden_from_logs(
    keys: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    signing = SigningSettings(key="STUDIO_KEY", certificate=keys / FILES[1])
    with pytest.raises(ManifestUnusable, match=r"STUDIO_KEY.*is not set here"):
        refuse_settings(RunConfig(signing=signing))
    monkeypatch.setenv("STUDIO_KEY", (keys / FILES[0]).read_text())
    refuse_settings(RunConfig(signing=signing))
    assert signing.variables == ("STUDIO_KEY",)


def test_settings_never_hold_a_key(tmp_path: Path, keys: Path) -> None:
    secret = (keys / FILES[0]).read_text()
    with pytest.raises(ManifestUnusable, match="holds a key itself") as caught:
        load_config(settings_file(tmp_path, keys, key=secret))
    assert secret.splitlines()[1] not in caught.value.message


@pytest.mark.parametrize(
    "url", ["ftp://a/b", "http://", "a.example", "http://u:p@a.example/", "http://a b/"]
)
def test_what_is_no_time_stamp_authority_is_refused(tmp_path: Path, keys: Path, url: str) -> None:
    with pytest.raises(ManifestUnusable, match="time_stamps") as caught:
        load_config(settings_file(tmp_path, keys, time_stamps=url))
    assert caught.value.code == "config_wrong"


def test_a_key_without_a_certificate_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "settings.toml"
    path.write_text('[signing]\nkey = "KEY"\n')
    with pytest.raises(ManifestUnusable, match="given together"):
        load_config(path)


def test_files_that_cannot_be_read_are_named(tmp_path: Path, keys: Path) -> None:
    gone = tmp_path / "gone.pem"
    for wrong in (
        SigningSettings(key=str(gone), certificate=keys / FILES[1]),
        SigningSettings(key=str(keys / FILES[0]), certificate=gone),
        SigningSettings(trust=(gone,)),
    ):
        with pytest.raises(ManifestUnusable, match=r"gone\.pem of \[signing\] cannot be read"):
            refuse_settings(RunConfig(signing=wrong))


def test_the_table_of_signing_is_not_written_down(keys: Path) -> None:
    signing = SigningSettings(key=str(keys / FILES[0]), certificate=keys / FILES[1])
    assert "signing" not in RunConfig(signing=signing).model_dump()


def test_a_run_tells_once_that_nothing_is_signed(keys: Path) -> None:
    made = replace(NOTHING, done=3)
    signing = SigningSettings(key=str(keys / FILES[0]), certificate=keys / FILES[1])
    for settings, told in ((RunConfig(), 1), (RunConfig(signing=signing), 0)):
        lines = list(next_steps(made, "out", settings, stopped=False))
        assert len([line for line in lines if line.startswith("Nothing is signed")]) == told
