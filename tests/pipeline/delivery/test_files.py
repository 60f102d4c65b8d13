"""All files of a job: of one decode, each as its profile says, none lost to another's fault."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from manifests.errors import BadInput, Transient
from pipeline.delivery import encode, files
from pipeline.delivery.inspection.findings import findings
from pipeline.delivery.profile_files import carried_profiles
from pipeline.delivery.settings import DeliverySettings
from pipeline.media.delivered_video import PictureEncoding, encode_part
from pipeline.media.framing import Size
from pipeline.media.sound.wav import read_pcm
from pipeline.media.video import Frames
from pipeline.nouns import DeliveredFile
from pipeline.workspace.workspace import Workspace
from tests.media_builders import batches, some_frames
from tests.pipeline.delivery.builders import SmallTake, a_piece, a_small_take

NAMES = tuple(p.name for p in carried_profiles() if p.name not in ("web", "captioned"))
UNMARKED = tuple(replace(profile, watermark=False) for profile in carried_profiles())


@pytest.fixture(scope="module")
def take(tmp_path_factory: pytest.TempPathFactory) -> SmallTake:
    return a_small_take(tmp_path_factory.mktemp("take"))


@pytest.fixture(scope="module")
def decoded(take: SmallTake) -> tuple[list[str], dict[str, DeliveredFile]]:
    """The pieces that were decoded, and all carried profiles' files."""
    read: list[str] = []
    real = encode.read_frames

    def counting(path: Path) -> Iterator[Frames]:
        read.append(path.name)
        return real(path)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(encode, "read_frames", counting)
        made = files.make_deliveries(take.request(*NAMES, profiles=UNMARKED), take.workspace)
    return read, {file.profile: file for file in made}


@pytest.fixture(scope="module")
def made(decoded: tuple[list[str], dict[str, DeliveredFile]]) -> dict[str, DeliveredFile]:
    return decoded[1]


def test_all_files_of_a_job_cost_one_decode(
    decoded: tuple[list[str], dict[str, DeliveredFile]], take: SmallTake
) -> None:
    assert decoded[0] == [Path(piece.video.uri).name for piece in take.reel.pieces]
    assert tuple(decoded[1]) == ("web", *NAMES)


def test_every_file_holds_what_its_record_says(made: dict[str, DeliveredFile]) -> None:
    for name, file in made.items():
        assert findings(Path(file.file.uri), file) == (), name
        assert file.samples == 188 * 1920
        if name != "audio":
            assert (file.frames, file.colour, file.language) == (188, (1, 1, 1), "deu")
    assert (made["vertical"].width, made["vertical"].height) == (80, 144)
    assert made["prores_422hq"].timecode == "01:00:00:00"


def test_a_breach_of_a_record_is_told(made: dict[str, DeliveredFile]) -> None:
    web = made["web"]
    path = Path(web.file.uri)
    otherwise = replace(web, frames=187, rate="24", colour=(5, 6, 5), samples=1, language="eng")
    told = findings(path, otherwise)
    assert told[0] == "188 frames instead of 187"
    assert len(told) == 6


def test_a_second_run_finds_them_and_decodes_nothing(
    made: dict[str, DeliveredFile], take: SmallTake, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(encode, "read_frames", None)
    again = files.make_deliveries(take.request(*NAMES, profiles=UNMARKED), take.workspace)
    assert {file.profile: file for file in again} == made


def test_dialogue_in_a_master_is_the_mix_to_the_sample(
    made: dict[str, DeliveredFile], take: SmallTake
) -> None:
    mix = read_pcm(Path(take.reel.take.mix.uri))
    np.testing.assert_array_equal(read_pcm(Path(made["audio"].file.uri)), mix)
    for name in ("prores_422hq", "dnxhr_hqx", "archive"):
        with av.open(made[name].file.uri) as container:
            heard = [frame.to_ndarray() for frame in container.decode(audio=0)]
        np.testing.assert_array_equal(np.concatenate(heard, axis=1)[0] >> 8, mix[:, 0])


def test_there_is_one_lossy_encode(made: dict[str, DeliveredFile], take: SmallTake) -> None:
    """The delivered pictures are those of a direct encode of what was drawn."""
    profile = carried_profiles()[0]
    assert profile.video is not None
    encoding = PictureEncoding(
        size=replace(encode_size(take), width=256),
        rate=Fraction(25),
        pix_fmt=profile.video.pix_fmt,
        options=profile.video.options_at(Fraction(25)),
    )
    direct = take.folder / "direct.mov"
    encode_part(batches(take.frames), direct, encoding)
    assert abs(psnr(Path(made["web"].file.uri), take) - psnr(direct, take)) < 0.2


def encode_size(take: SmallTake) -> Size:
    return Size(width=take.reel.take.width, height=take.reel.take.height)


def psnr(path: Path, take: SmallTake) -> float:
    with av.open(str(path)) as container:
        shown = [
            frame.reformat(format="rgb24", src_colorspace="ITU709").to_ndarray()
            for frame in container.decode(video=0)
        ]
    error = np.stack(shown).astype(float) - take.frames
    return float(10 * np.log10(255**2 / np.mean(error**2)))


def test_a_retaken_chunk_is_encoded_alone(
    made: dict[str, DeliveredFile], take: SmallTake, monkeypatch: pytest.MonkeyPatch
) -> None:
    frames = some_frames(60, 256, 144)[13:]
    other = a_piece(take.folder / "other.mkv", frames[::-1])
    reel = replace(take.reel, pieces=(*take.reel.pieces[:3], other))
    encoded: list[int] = []
    real = files.encode_part

    def counting(batches: Iterator[Frames], path: Path, encoding: PictureEncoding) -> int:
        encoded.append(real(batches, path, encoding))
        return encoded[-1]

    monkeypatch.setattr(files, "encode_part", counting)
    request = replace(take.request("dnxhr_hqx", profiles=UNMARKED), reel=reel)
    again = files.make_deliveries(request, take.workspace)
    assert encoded == [94, 94]
    for file, before in zip(again, (made["web"], made["dnxhr_hqx"]), strict=True):
        assert file.parts[0] == before.parts[0]
        assert file.parts[1] != before.parts[1]
        assert findings(Path(file.file.uri), file) == ()


def test_an_encoder_that_fails_costs_its_own_file_alone(
    take: SmallTake, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace = replace(take.workspace, out=str(take.folder / "failing"))
    real = files.encode_part

    def failing(batches: Iterator[Frames], path: Path, encoding: PictureEncoding) -> int:
        if encoding.pix_fmt == "yuv422p10le":
            broken = replace(encoding, options=(("vcodec", "libx264"), ("profile:v", "baseline")))
            return real(batches, path, broken)
        return real(batches, path, encoding)

    request = take.request("dnxhr_hqx", "audio", profiles=UNMARKED)
    monkeypatch.setattr(files, "encode_part", failing)
    with pytest.raises(Transient) as caught:
        files.make_deliveries(request, workspace)
    assert caught.value.code == "encode_failed"
    left = sorted(path.name for path in Path(workspace.out).rglob("*.m*"))
    assert left == ["part.mov", "part.mov", "web.mp4"]
    monkeypatch.setattr(files, "encode_part", real)
    assert [file.profile for file in files.make_deliveries(request, workspace)] == [
        "web",
        "dnxhr_hqx",
        "audio",
    ]
    assert workspace.found.count("DeliveredFile") == 2


def test_a_damaged_segment_stops_all_of_them_and_leaves_nothing(take: SmallTake) -> None:
    workspace = Workspace(out=str(take.folder / "damaged"), scratch=take.folder / "scratch")
    broken = replace(take.reel.pieces[0], frames=48)
    reel = replace(take.reel, pieces=(broken, *take.reel.pieces[1:]), joins=())
    with pytest.raises(Transient, match="47 frames only"):
        files.make_deliveries(replace(take.request("dnxhr_hqx"), reel=reel), workspace)
    assert not list(Path(workspace.out).rglob("*.m*"))


def test_a_picture_that_is_too_small_for_a_codec_is_refused(take: SmallTake) -> None:
    small = replace(DeliverySettings().table["dnxhr_hqx"], size=100)
    with pytest.raises(BadInput, match="178 x 100; it takes 256 x 120 or more") as caught:
        files.make_deliveries(take.request("dnxhr_hqx", profiles=(small,)), take.workspace)
    assert caught.value.code == "profile_cannot_hold"


@pytest.mark.parametrize("rate", [Fraction(24000, 1001), Fraction(30)])
def test_another_rate_shows_each_picture_at_its_time(take: SmallTake, rate: Fraction) -> None:
    wanted = replace(DeliverySettings().table["archive"], rate=rate, watermark=False)
    _, file = files.make_deliveries(
        take.request("archive", profiles=(wanted, *UNMARKED[:1])), take.workspace
    )
    assert file.frames == -(-188 * rate // 25)
    assert file.samples == 188 * 1920
    assert file.frames - file.repeated.count + file.dropped.count == 188
    assert len(file.parts) == 2
