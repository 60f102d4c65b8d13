"""The tables of codecs: what ffmpeg is told to make a picture or a sound, and what can hold it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from model.shapes import FPS, MIX_RATE

# `medium` is the knee: `slow` gains 0.1 dB at 60 % of its speed, `faster` loses 0.8 to 1.5 dB.
# x264's bytes depend on the number of its threads, so it is pinned.
WEB_VIDEO: dict[str, str | int] = {
    "vcodec": "libx264",
    "profile:v": "high",
    "preset": "medium",
    "crf": 17,
    "pix_fmt": "yuv420p",
    "threads:v": 4,
    "g": 2 * FPS,
}

# `fast` errs 5 to 9 dB less than `twoloop` (speech, mono, 128 kb/s: 34.6 against 25.9 dB),
# whose search is also thrown off its course by the last bit of a float.
WEB_SOUND: dict[str, str | int] = {"acodec": "aac", "aac_coder": "fast", "ar": MIX_RATE}
AAC_BITS_PER_S = {1: "128k", 2: "192k"}

X265 = (
    "pools=4:frame-threads=2:open-gop=0:info=0:log-level=error:"
    "colorprim=bt709:transfer=bt709:colormatrix=bt709:range=limited"
)
"""What ffmpeg hands on to x265, whose bytes depend on the number of its threads too."""

Options = tuple[tuple[str, str | int], ...]

_THREADS = ("threads:v", 4)


@dataclass(frozen=True, slots=True, kw_only=True)
class VideoCodec:
    """A picture's codec: `options` are ffmpeg's, `codec` and `profile` what a probe reads back,
    and `tag` the four letters that players of Apple want in an MP4.

    A group of pictures is `group_s` seconds long (0: each picture stands alone) and closed, so that
    files of the same codec can be joined without encoding anything again.
    """

    name: str
    options: Options
    pix_fmt: str
    containers: tuple[str, ...]
    codec: str
    profile: str = ""
    tag: str = ""
    group_s: int = 0
    smallest: tuple[int, int] = (16, 16)

    def holds(self, width: int, height: int) -> bool:
        """Whether a picture is large enough for it."""
        return width >= self.smallest[0] and height >= self.smallest[1]

    def options_at(self, rate: Fraction) -> Options:
        """With the length of its groups in frames."""
        return (*self.options, ("g", round(self.group_s * rate) or 1))


@dataclass(frozen=True, slots=True, kw_only=True)
class SoundCodec:
    """A sound's codec; `lossless` where the samples come back as they were."""

    name: str
    containers: tuple[str, ...]
    codec: str
    options: Options
    lossless: bool = False

    def options_for(self, channels: int) -> Options:
        """With the bits a second that so many channels need."""
        return self.options if self.lossless else (*self.options, ("b:a", AAC_BITS_PER_S[channels]))


VIDEO_CODECS: Mapping[str, VideoCodec] = {
    codec.name: codec
    for codec in (
        VideoCodec(
            name="h264",
            options=tuple(
                (key, value) for key, value in WEB_VIDEO.items() if key not in ("g", "pix_fmt")
            ),
            pix_fmt="yuv420p",
            containers=("mp4", "mov", "mkv"),
            codec="h264",
            profile="High",
            group_s=2,
        ),
        VideoCodec(
            name="hevc",
            options=(
                ("vcodec", "libx265"),
                ("preset", "medium"),
                ("crf", 20),
                ("x265-params", X265),
            ),
            pix_fmt="yuv420p",
            containers=("mp4", "mov", "mkv"),
            codec="hevc",
            profile="Main",
            tag="hvc1",
            group_s=2,
        ),
        VideoCodec(
            name="prores_422hq",
            options=(("vcodec", "prores_ks"), ("profile:v", 3), ("vendor", "apl0"), _THREADS),
            pix_fmt="yuv422p10le",
            containers=("mov",),
            codec="prores",
            profile="HQ",
        ),
        VideoCodec(
            name="dnxhr_hqx",
            options=(("vcodec", "dnxhd"), ("profile:v", "dnxhr_hqx"), _THREADS),
            pix_fmt="yuv422p10le",
            containers=("mov",),
            codec="dnxhd",
            profile="DNXHR HQX",
            smallest=(256, 120),
        ),
        VideoCodec(  # ten bits hold what eight bits of red, green and blue say, to the bit
            name="ffv1",
            options=(
                ("vcodec", "ffv1"),
                ("level", 3),
                ("coder", 1),
                ("context", 1),
                ("slices", 4),
                ("slicecrc", 1),
                _THREADS,
            ),
            pix_fmt="yuv444p10le",
            containers=("mov", "mkv"),
            codec="ffv1",
        ),
    )
}

SOUND_CODECS: Mapping[str, SoundCodec] = {
    codec.name: codec
    for codec in (
        SoundCodec(
            name="aac",
            containers=("mp4", "mov"),  # in Matroska its last samples would be more than delivered
            codec="aac",
            options=tuple(WEB_SOUND.items()),
        ),
        SoundCodec(
            name="pcm24",
            containers=("mov", "mkv", "wav"),
            codec="pcm_s24le",
            options=(("acodec", "pcm_s24le"), ("ar", MIX_RATE)),
            lossless=True,
        ),
    )
}

CONTAINERS = ("mp4", "mov", "mkv", "wav")
