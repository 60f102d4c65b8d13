"""What a row may hand over: files up to a size, from the places that rows may name."""

from __future__ import annotations

import os
import socket
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import IO, Any

import boto3
import pytest

from jobs.commands.check import check_manifest
from jobs.config import RunConfig
from jobs.settings_file import load_config
from manifests import Job
from manifests.errors import BadInput, ManifestUnusable, Missing, TooLarge, Transient
from manifests.storage import LocalStorage, S3Storage
from pipeline.workspace.inputs import (
    COLUMNS,
    Admission,
    FileSizes,
    admitted,
    fetch_column,
    fetch_inputs,
)
from tests.night import a_manifest, results, run_here
from tests.s3_server import S3Server

SMALL = Admission(
    sizes=FileSizes(
        portrait_bytes=10,
        narration_bytes=10,
        bed_bytes=10,
        lexicon_bytes=10,
        script_bytes=10,
        source_script_bytes=10,
    )
)


def a_row(folder: Path, bed_uri: str | None = "bed.wav") -> Job:
    for name in ("face.png", "voice.wav", "bed.wav", "words.tsv", "a.xlf", "a.vtt"):
        (folder / name).write_bytes(b"eleven byte")
    return Job(
        job_id="a",
        portrait_uri=f"{folder}/face.png",
        audio_uri=f"{folder}/voice.wav",
        bed_uri=bed_uri and f"{folder}/{bed_uri}",
        lexicon_uri=f"{folder}/words.tsv",
        script_uri=f"{folder}/a.xlf",
        source_script_uri=f"{folder}/a.vtt",
    )


@pytest.mark.parametrize("column", COLUMNS)
def test_a_file_that_is_too_large_is_refused_with_the_setting_that_raises_it(
    tmp_path: Path, column: str
) -> None:
    job, desk = a_row(tmp_path), tmp_path / "desk"
    with pytest.raises(BadInput, match=f"raise {COLUMNS[column]}_bytes") as refused:
        fetch_column(job, column, desk, SMALL)
    assert refused.value.code == "file_too_large"
    assert list(desk.iterdir()) == []
    at_the_border = replace(SMALL, sizes=replace(SMALL.sizes, **{f"{COLUMNS[column]}_bytes": 11}))
    assert fetch_column(job, column, desk, at_the_border).read_bytes() == b"eleven byte"


def test_files_are_fetched_in_the_order_of_their_digests(tmp_path: Path) -> None:
    job = a_row(tmp_path, bed_uri=None)
    found = fetch_inputs(job, tmp_path / "desk", Admission())
    assert (found.bed, len(found.digests)) == (None, 5)
    assert found.lexicon is not None


def test_a_file_that_grows_while_it_is_copied_is_held_against_its_bytes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What stat said was true once."""
    path = tmp_path / "growing"
    path.write_bytes(bytes(4 << 20))
    real = os.fstat
    monkeypatch.setattr("os.fstat", lambda number: _of_one_byte(real(number)))
    with pytest.raises(TooLarge):
        LocalStorage().download(str(path), tmp_path / "copy", at_most=2 << 20)
    assert not (tmp_path / "copy").exists()


def _of_one_byte(found: os.stat_result) -> os.stat_result:
    return os.stat_result((*found[:6], 1, *found[7:]))


def test_an_object_that_is_too_large_is_not_read(s3: S3Server, tmp_path: Path) -> None:
    boto3.client("s3").put_object(Bucket=s3.bucket, Key="large", Body=bytes(1000))
    uri = f"s3://{s3.bucket}/large"
    with pytest.raises(TooLarge):
        S3Storage().download(uri, tmp_path / "copy", at_most=999)
    S3Storage().download(uri, tmp_path / "copy", at_most=1000)
    assert (tmp_path / "copy").stat().st_size == 1000


class _Lying:
    """A server that answers a range with more than was asked for, or tells no length."""

    def __init__(self, *, body: bytes, length: int | None) -> None:
        self._body, self._length = body, length

    def head_object(self, **_: object) -> dict[str, object]:
        told = {} if self._length is None else {"ContentLength": self._length}
        return {"ETag": "1", "Metadata": {}, **told}

    def get_object(self, **_: object) -> dict[str, object]:
        return {"Body": BytesIO(self._body)}


@pytest.mark.parametrize("length", [10, None])
def test_a_server_that_sends_more_than_it_said_is_not_believed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, length: int | None
) -> None:
    lying = _Lying(body=bytes(1000), length=length)
    monkeypatch.setattr("manifests.storage.s3._client", lambda _: lying)
    with pytest.raises(BadInput) as refused:
        S3Storage().download("s3://bucket/key", tmp_path / "copy", at_most=100)
    assert refused.value.code == "storage_refused"


def test_a_full_scratch_is_told_as_such_and_not_of_the_input(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("no /dev/full here")
    (tmp_path / "face.png").write_bytes(b"x" * 100)
    opened = Path.open

    def full(path: Path, mode: str = "r", buffering: int = -1) -> IO[Any]:
        return opened(Path("/dev/full"), "wb", 0) if mode == "xb" else opened(path, mode, buffering)

    monkeypatch.setattr(Path, "open", full)
    with pytest.raises(Transient, match="no room left for") as refused:
        LocalStorage().download(str(tmp_path / "face.png"), tmp_path / "desk" / "portrait.in")
    assert "desk/portrait.in" in refused.value.message
    assert "face.png" not in refused.value.message


def test_a_socket_or_a_pipe_is_no_file(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(tmp_path / "socket"))
        for name in ("pipe", "socket"):
            with pytest.raises(BadInput, match="not a regular file") as refused:
                LocalStorage().download(str(tmp_path / name), tmp_path / "copy")
            assert refused.value.code == "bad_uri"


def test_links_and_dots_lead_out_of_no_root(tmp_path: Path) -> None:
    (tmp_path / "studio").mkdir()
    (tmp_path / "other").mkdir()
    (tmp_path / "studio-2").mkdir()
    for place in ("studio/face.png", "other/face.png", "studio-2/face.png"):
        (tmp_path / place).touch()
    (tmp_path / "studio/link.png").symlink_to(tmp_path / "other/face.png")
    (tmp_path / "studio/inner.png").symlink_to(tmp_path / "studio/face.png")
    (tmp_path / "alias").symlink_to(tmp_path / "studio")
    roots = (f"{tmp_path}/studio", "s3://studio/in")
    own = f"{tmp_path}/studio/face.png"
    for inside in (own, f"{tmp_path}/alias/face.png", f"{tmp_path}/studio/inner.png"):
        assert admitted(inside, roots) == own
    assert admitted("s3://studio/in/a.png", roots) == "s3://studio/in/a.png"
    outside = (
        f"{tmp_path}/studio/link.png",
        f"{tmp_path}/studio/../other/face.png",
        f"{tmp_path}/studio-2/face.png",
        "/etc/shadow",
        "s3://studio/in-2/a.png",
        "s3://other/in/a.png",
    )
    for uri in outside:
        with pytest.raises(BadInput, match="add its folder to `inputs`") as refused:
            admitted(uri, roots)
        assert refused.value.code == "input_forbidden"


def test_a_root_that_is_a_link_is_what_it_leads_to(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "face.png").touch()
    (tmp_path / "real/face.png").touch()
    (tmp_path / "studio").symlink_to(tmp_path / "real")
    assert admitted(f"{tmp_path}/real/face.png", (f"{tmp_path}/studio",))
    assert admitted("/etc/hostname", ("/",)) == "/etc/hostname"


def test_where_nothing_is_set_a_local_manifest_names_anything_and_one_on_s3_its_bucket() -> None:
    local = Job(job_id="a", portrait_uri="/faces/a.png", script="Hi", manifest="/m.parquet")
    stored = replace(local, manifest="s3://studio/night/m.parquet")
    assert Admission().roots_for(local) == ()
    assert Admission().roots_for(stored) == ("s3://studio",)
    assert Admission(roots=("/faces",)).roots_for(stored) == ("/faces",)


def test_check_and_run_refuse_the_same_and_leave_the_file_alone(tmp_path: Path) -> None:
    """A lexicon's messages quote it: one that may not be named is not read."""
    secret = tmp_path / "credentials"
    secret.write_text("aws_key\t/AKIA SECRET/\n")
    (tmp_path / "studio").mkdir()
    (tmp_path / "studio/face.png").touch()
    job = Job(
        job_id="a",
        portrait_uri=f"{tmp_path}/studio/face.png",
        script="Hi.",
        lexicon_uri=str(secret),
    )
    manifest, told = a_manifest(tmp_path, [job]), []
    config = RunConfig(scratch=tmp_path / "s", inputs=(f"{tmp_path}/studio",))
    for media in (False, True):
        assert check_manifest([manifest], config, media=media, tell=told.append) == (1, 1)
    run_here(manifest, tmp_path / "out", tmp_path / "s", inputs=config.inputs)
    result = results(tmp_path / "out")["a"]
    assert (result.status, result.error_code) == ("invalid", "input_forbidden")
    assert sum("[input_forbidden]" in line for line in told) == 2
    assert all("AKIA" not in line for line in told)
    assert "AKIA" not in str(result.error_message)


def test_places_of_inputs_are_places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    given = load_config(None, inputs=("faces", "s3://studio/in/", "/")).inputs
    assert given == (f"{tmp_path}/faces", "s3://studio/in", "/")
    with pytest.raises(ManifestUnusable, match="inputs"):
        load_config(None, inputs=("http://studio/",))
    with pytest.raises(ManifestUnusable, match="sizes"):
        load_config(None, sizes={"portrait_bytes": 0})


def test_what_is_missing_stays_missing(tmp_path: Path) -> None:
    job = Job(job_id="a", portrait_uri=f"{tmp_path}/gone.png", script="Hi")
    with pytest.raises(Missing):
        fetch_column(job, "portrait_uri", tmp_path / "desk", Admission(roots=(str(tmp_path),)))
