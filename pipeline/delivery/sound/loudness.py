"""How loud a deliverable is wanted, and how loud a file is found to be: loudness after ITU-R
BS.1770 and EBU R 128, true peaks at four times the rate.

A mono file is measured as the one channel that it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import ffmpeg  # type: ignore[import-untyped]  # the package has no types

from manifests.errors import Transient
from model.shapes import MIX_RATE
from pipeline.media.ffmpeg import UNTAGGED, UNTRUSTED, command, name_of
from pipeline.media.process import ProgramFailed, reading

GATE_LUFS = -70.0
"""Nothing below is heard by the measure: what it says of silence, and of less than 0.4 s."""

GATE_S = 0.4
"""The shortest stretch that has a loudness."""

NO_PEAK_DBTP = -150.0
"""Stands for the peak of digital silence; 24 bits end at -138.5."""

TOLERANCE_LU = 0.5
PEAK_TOLERANCE_DB = 0.1
"""Meters differ by as much, each with its own filter."""

CODEC_HEADROOM_DB = 0.2
CODEC_TOLERANCE_DB = 0.5
"""What a lossy encode may add to a peak before it is told: players leave more room."""

_TIMEOUT_S = 3600.0
_BLOCK_BYTES = 1 << 16
_OVERSAMPLED = 4 * MIX_RATE


@dataclass(frozen=True, slots=True, kw_only=True)
class LoudnessTarget:
    """What a profile asks of its sound; `target_lufs` is None where it is left as it is."""

    name: str
    target_lufs: float | None = None
    ceiling_dbtp: float = 0.0

    @property
    def before_lossy_encode(self) -> LoudnessTarget:
        """The same with room for what AAC adds to peaks: up to 0.06 dB of speech, as measured."""
        return replace(self, ceiling_dbtp=self.ceiling_dbtp - CODEC_HEADROOM_DB)


AS_IS = LoudnessTarget(name="as_is")

LOUDNESS: Mapping[str, LoudnessTarget] = {
    row.name: row
    for row in (
        AS_IS,
        LoudnessTarget(name="r128", target_lufs=-23.0, ceiling_dbtp=-1.0),
        LoudnessTarget(name="a85", target_lufs=-24.0, ceiling_dbtp=-2.0),
        LoudnessTarget(name="web", target_lufs=-14.0, ceiling_dbtp=-1.0),
    )
}
"""EBU R 128, ATSC A/85, and what streaming services play at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LoudnessFound:
    """What a file was measured to be: integrated loudness, loudness range, true peak, length."""

    integrated_lufs: float
    range_lu: float
    true_peak_dbtp: float
    seconds: float

    @property
    def measurable(self) -> bool:
        """False of silence, and of less than the shortest stretch that has a loudness."""
        return self.integrated_lufs > GATE_LUFS


def loudness_of(path: Path) -> LoudnessFound:
    """Of the first sound track of a deliverable, decoded as a player does, in constant memory.

    Raises `Transient("sound_unmeasured")` where nothing can be decoded: our own files are made
    again.
    """
    last = b""
    try:
        with reading(_measuring(path), block_bytes=_BLOCK_BYTES, timeout_s=_TIMEOUT_S) as output:
            for block in output:
                last = (last + block)[-_BLOCK_BYTES:]
            said = output.said
    except ProgramFailed as failure:
        message = f"{path.name} has no sound that can be decoded; let it be made again."
        raise Transient("sound_unmeasured", message) from failure
    found = re.findall(r"lavfi\.r128\.I=(\S+)", last.decode())
    return LoudnessFound(
        integrated_lufs=max(GATE_LUFS, float(found[-1])) if found else GATE_LUFS,
        range_lu=_last_number("LRA:", said, path),
        true_peak_dbtp=max(NO_PEAK_DBTP, _last_number("Peak level dB:", said, path)),
        seconds=_last_number("Number of samples:", said, path) / _OVERSAMPLED,
    )


def _measuring(path: Path) -> list[str]:
    """Loudness to stdout, ten times a second; everything else is said on stderr at the end."""
    file = ffmpeg.input(name_of(path), **UNTRUSTED)
    parts = file["a:0"].filter_multi_output("asplit")
    heard = parts[0].filter("ebur128", metadata=1, framelog="quiet")
    heard = heard.filter("ametadata", mode="print", key="lavfi.r128.I", file="pipe:1")
    peaks = parts[1].filter("aresample", _OVERSAMPLED).filter("aformat", sample_fmts="flt")
    peaks = peaks.filter(
        "astats", measure_perchannel="none", measure_overall="Peak_level+Number_of_samples"
    )
    words = command(
        heard.output("pipe:2", format="null", **UNTAGGED),
        peaks.output("pipe:2", format="null", acodec="pcm_f32le", **UNTAGGED),
    )
    words[words.index("-loglevel") + 1] = "info"
    return [words[0], "-nostats", *words[1:]]


def _last_number(label: str, said: str, path: Path) -> float:
    found = re.findall(re.escape(label) + r"\s+(-?[0-9.]+|-inf|inf|nan)", said)
    if not found:
        raise Transient("sound_unmeasured", f"{path.name} was not measured to its end.")
    return float(found[-1])


def loudness_away(lufs: float | None, wanted: LoudnessTarget) -> float | None:
    """LU above what is asked; None where nothing is, where nobody measured, and of silence."""
    if wanted.target_lufs is None or lufs is None or lufs <= GATE_LUFS:
        return None
    return lufs - wanted.target_lufs


def peak_over(dbtp: float | None, wanted: LoudnessTarget) -> float | None:
    """DB above what is allowed, below 0 where there is room; None where nothing is asked."""
    if wanted.target_lufs is None or dbtp is None:
        return None
    return dbtp - wanted.ceiling_dbtp


def told_of_loudness(
    found: LoudnessFound, wanted: LoudnessTarget, *, lossy: bool
) -> tuple[str, ...]:
    """What of a delivered file is not as its profile asks, a sentence each."""
    return tuple(_told(found, wanted, lossy=lossy))


def _told(found: LoudnessFound, wanted: LoudnessTarget, *, lossy: bool) -> Iterable[str]:
    away = loudness_away(found.integrated_lufs, wanted)
    if away is None:
        return
    if abs(away) > TOLERANCE_LU:
        yield (
            f"loudness_missed: its sound is at {found.integrated_lufs:.1f} LUFS, {abs(away):.1f} LU"
            f" {'above' if away > 0 else 'below'} what `{wanted.name}` asks"
        )
    over = peak_over(found.true_peak_dbtp, wanted)
    if over is not None and over > (CODEC_TOLERANCE_DB if lossy else PEAK_TOLERANCE_DB):
        yield (
            f"true_peak_over: its sound peaks at {found.true_peak_dbtp:.1f} dBTP, {over:.1f} dB"
            f" over what `{wanted.name}` allows"
        )
