from __future__ import annotations

import unicodedata
from pathlib import Path

import pytest

from manifests.errors import BadInput, Missing
from manifests.storage import resolve, storage_of
from manifests.storage.lookalikes import as_stored
from pipeline.media.remote import stored_length_s
from pipeline.workspace.inputs import Admission, fetch_column
from tests.manifests.builders import a_job
from tests.s3_server import S3Server

APART = unicodedata.normalize("NFD", "Zoé Müller.jpg")
WHOLE = unicodedata.normalize("NFC", APART)


@pytest.mark.parametrize(("there", "asked"), [(APART, WHOLE), (WHOLE, APART)])
def test_accents_apart_or_not_name_the_same_file(tmp_path: Path, there: str, asked: str) -> None:
    folder = tmp_path / there
    folder.mkdir()
    (folder / there).write_bytes(b"face")
    job = a_job(portrait_uri=f"{tmp_path}/{asked}/{asked}")
    assert fetch_column(job, "portrait_uri", tmp_path, Admission()).read_bytes() == b"face"


def test_keys_in_s3_are_found_in_their_other_form(s3: S3Server, tmp_path: Path) -> None:
    uri = f"s3://{s3.bucket}/faces/{APART}"
    storage_of(uri).create(uri, b"face")
    job = a_job(portrait_uri=f"s3://{s3.bucket}/faces/{WHOLE}")
    assert fetch_column(job, "portrait_uri", tmp_path, Admission()).read_bytes() == b"face"
    with pytest.raises(Missing, match=r"faces/Zo.* does"):
        as_stored(f"s3://{s3.bucket}/faces/{WHOLE.upper()}")


@pytest.mark.parametrize(
    ("asked", "why"),
    [
        ("faces/a.jpg\xa0", "blanks or quotes"),
        ('"faces/a.jpg"', "blanks or quotes"),
        ("faces\\a.jpg", "parted by /"),
        ("Faces/A.JPG", "upper and lower case"),
    ],
)
def test_a_name_that_was_perhaps_meant_is_told_and_not_taken(
    tmp_path: Path, asked: str, why: str
) -> None:
    (tmp_path / "faces").mkdir()
    (tmp_path / "faces" / "a.jpg").touch()
    with pytest.raises(Missing, match=why) as caught:
        as_stored(f"{tmp_path}/{asked}")
    assert f"{tmp_path}/faces/a.jpg does" in caught.value.message


@pytest.mark.parametrize(
    ("asked", "there"),
    [
        ("in+put/tom+smith+%282%29.jpg", "in put/tom smith (2).jpg"),
        ("in%20put/a%2Bb.jpg", "in put/a+b.jpg"),
        ("in put/tom smith.jpg", "in put/tom%20smith.jpg"),
    ],
)
def test_a_name_written_as_in_a_web_address_is_told(
    tmp_path: Path, s3: S3Server, asked: str, there: str
) -> None:
    (tmp_path / there).parent.mkdir()
    (tmp_path / there).touch()
    uri = f"s3://{s3.bucket}/{tmp_path.name}"
    storage_of(uri).create(f"{uri}/{there}", b"face")
    for folder in (str(tmp_path), uri):
        with pytest.raises(Missing, match="as in a web address") as caught:
            as_stored(f"{folder}/{asked}")
        assert f"{folder}/{there} does" in caught.value.message


def test_of_two_candidates_none_is_named(tmp_path: Path) -> None:
    for name in ("a.jpg", "A.jpg"):
        (tmp_path / name).touch()
    with pytest.raises(Missing, match="correct the path"):
        as_stored(f"{tmp_path}/A.JPG")


def test_a_quote_finds_the_recording_too(tmp_path: Path) -> None:
    (tmp_path / unicodedata.normalize("NFD", "é.wav")).write_bytes(b"no sound")
    with pytest.raises(BadInput, match="is not sound"):
        stored_length_s(f"{tmp_path}/é.wav")


@pytest.mark.parametrize("uri", ["C:\\faces\\a.jpg", "c:/faces/a.jpg", "\\\\server\\faces\\a.jpg"])
def test_a_path_of_windows_is_no_relative_path(uri: str) -> None:
    with pytest.raises(BadInput, match="path of Windows"):
        resolve(uri, "/night/m.csv")


@pytest.mark.parametrize("code", ["%1b", "%0a", "%07", "%7f", "%c2%9b"])
def test_control_characters_are_refused_in_every_writing(code: str) -> None:
    with pytest.raises(BadInput) as caught:
        resolve(f"file:///etc/{code}]0;evil", "/night/m.csv")
    assert caught.value.message.isprintable()
