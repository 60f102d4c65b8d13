from __future__ import annotations

import pytest

from manifests.errors import BadInput
from manifests.problems import shown
from manifests.storage import absolute, join, parent, redacted, resolve


@pytest.mark.parametrize(
    ("uri", "manifest", "expected"),
    [
        ("ada.png", "/night/m.parquet", "/night/ada.png"),
        ("../faces/ada b.png", "/night/m.parquet", "/faces/ada b.png"),
        ("ada.png", "file:///night/m.csv", "/night/ada.png"),
        ("ada.png", "s3://studio/night/m.parquet", "s3://studio/night/ada.png"),
        ("../ada.png", "s3://studio/night/m.parquet", "s3://studio/ada.png"),
        ("ada.png", "s3://studio/m.parquet", "s3://studio/ada.png"),
        ("/faces/ada.png", "s3://studio/m.parquet", "/faces/ada.png"),
        ("file:///faces/a%20b.png", "/m.csv", "/faces/a b.png"),
        ("file://localhost/faces/a?b#c.png", "/m.csv", "/faces/a?b#c.png"),
        ("s3://studio/a//b%20c.png", "/m.csv", "s3://studio/a//b%20c.png"),
    ],
)
def test_a_uri_is_resolved_against_its_manifest(uri: str, manifest: str, expected: str) -> None:
    assert resolve(uri, manifest) == expected
    assert resolve(expected, "/elsewhere/m.csv") == expected


@pytest.mark.parametrize(
    "uri",
    [
        "",
        "https://cdn.example/ada.png",
        "file://host/ada.png",
        "s3://a/x",
        "s3://k:secret@studio/x",
        "../../../ada.png",
        "a\0b",
        "a\nb",
    ],
)
def test_what_we_cannot_open_is_a_bad_uri(uri: str) -> None:
    with pytest.raises(BadInput) as caught:
        resolve(uri, "s3://studio/night/m.parquet")
    assert caught.value.code == "bad_uri"
    assert "secret" not in caught.value.message


def test_names_are_joined_and_parted() -> None:
    assert join("s3://studio/out/", "videos", "a.mp4") == "s3://studio/out/videos/a.mp4"
    assert parent("s3://studio/out/a.mp4") == "s3://studio/out"
    assert parent("s3://studio/a.mp4") == "s3://studio"
    assert parent("/out/a.mp4") == "/out"


@pytest.mark.parametrize(
    "text",
    [
        "https://cdn.example/a.png?X-Amz-Signature=hunter2",
        "https://cdn.example/a.png#hunter2",
        "https://user:hunter2@cdn.example/a.png",
        "s3://AKIA:hun/ter2@studio/a.png",
    ],
)
def test_messages_hold_no_credentials(text: str) -> None:
    for told in (redacted(text), shown(text), shown([text])):
        assert "ter2" not in told
        assert "://" in told


def test_a_long_value_is_shown_short() -> None:
    assert len(shown("x" * 1_000_000)) < 80


@pytest.mark.parametrize("relative", ["..", "../.", "../x/..", "../..", "../../other/a.png"])
def test_a_relative_path_names_neither_its_bucket_nor_another(relative: str) -> None:
    with pytest.raises(BadInput, match="leads out of s3://bucket"):
        resolve(relative, "s3://bucket/night/m.parquet")


@pytest.mark.parametrize("uri", ["", " "])
def test_a_place_without_a_name_is_not_the_current_folder(uri: str) -> None:
    with pytest.raises(BadInput, match="is empty; write a path"):
        absolute(uri)
