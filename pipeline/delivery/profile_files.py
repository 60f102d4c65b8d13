"""Delivery profiles out of TOML files: the carried ones, and those of a user's own."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from manifests.errors import ManifestUnusable
from manifests.job import Aspect
from pipeline.delivery.codecs import SOUND_CODECS, VIDEO_CODECS, SoundCodec, VideoCodec
from pipeline.delivery.finishing.finishers import USUAL, Finishing, finishing_of
from pipeline.delivery.profiles import (
    OTHER_FILES,
    Conform,
    Container,
    DeliveryProfile,
    Fit,
    Loudness,
)
from pipeline.delivery.rates import RATES, timecode_fault
from pipeline.media.framing import RATIOS

CARRIED = Path(__file__).with_name("carried_profiles.toml")
LARGEST_BYTES = 1 << 20
LARGEST_SIDE = 4096
LINES = re.compile(r"([1-9][0-9]{1,3})p")
"""How finished frames are named: `1080p` has 1080 lines."""
NAME = re.compile(r"[a-z0-9][a-z0-9_]{0,39}")

MADE_OF = {
    *("video", "sound", "rate", "size", "watermark"),
    *("finish", "finish_network", "sharpen", "grain"),
}
"""Keys that become something else in a profile."""

Side = Annotated[int, Field(ge=16, le=LARGEST_SIDE, multiple_of=2)]


class ProfileTable(BaseModel):
    """One table of a file, as a person writes it; the table's name is the profile's."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, strict=True)

    container: Container
    video: str | None = None
    sound: str | None = None
    rate: str | int | float | None = None
    conform: Conform = "nearest"
    aspect: Aspect | None = None
    fit: Fit = "crop"
    size: Annotated[list[Side], Field(min_length=2, max_length=2)] | Side | None = None
    loudness: Loudness = "as_is"
    captions: bool = False
    watermark: bool | None = None
    notice: Annotated[str, Field(max_length=80)] = ""
    handles_s: Annotated[float, Field(ge=0, le=60)] = 0.0
    slate: bool = False
    timecode: str = ""
    finish: str | None = None
    finish_network: Annotated[str, Field(min_length=1, max_length=4096)] = USUAL
    sharpen: Annotated[float, Field(ge=0, le=2)] = 0.0
    grain: Annotated[float, Field(ge=0, le=16)] = 0.0

    @model_validator(mode="after")
    def _holds(self) -> Self:
        faults = list(self._faults())
        if faults:
            raise ValueError("; ".join(faults))
        return self

    def _faults(self) -> Iterator[str]:
        """What contradicts itself, each with what to write instead."""
        yield from _codec_fault("video", self.video, VIDEO_CODECS, self.container)
        yield from _codec_fault("sound", self.sound, SOUND_CODECS, self.container)
        if self.video is None:
            yield from self._of_sound_alone()
        if self.loudness != "as_is" and self.sound is None:
            yield "loudness: there is no sound in this profile; leave it out, or name sound"
        yield from self._of_what_is_drawn()
        yield from self._of_finishing()
        if self.rate is not None and self.frames_a_second is None:
            yield f"rate: {self.rate} cannot be delivered; write one of {', '.join(RATES)}"
        elif self.timecode and (fault := timecode_fault(self.timecode, self.exact_rate)):
            yield f"timecode: {fault}"
        if isinstance(self.size, list) and self.aspect not in (None, "source"):
            width, height = self.size
            if abs(Fraction(width, height) / RATIOS[self.aspect] - 1) > Fraction(1, 50):
                yield f"size: {width} x {height} is not {self.aspect}; leave aspect out"

    def _of_what_is_drawn(self) -> Iterator[str]:
        if self.notice and not (self.notice.isprintable() and self.notice.strip()):
            yield "notice: it is drawn in one line; write words that can be seen"
        if self.slate and not self.handles_s:
            yield "slate: it stands in the handle before the speech; set handles_s, 2 for instance"

    def _of_finishing(self) -> Iterator[str]:
        if self.finish is None:
            wanted = {"finish_network", "sharpen", "grain"} & self.model_fields_set
            yield from (f'{key}: it needs finish, such as "1080p"' for key in sorted(wanted))
        elif (lines := self.lines) is None:
            yield f'finish: write an even number of lines, 16 to {LARGEST_SIDE}, such as "1080p"'
        else:
            try:
                self._finishing(lines)
            except ValueError as error:
                yield _of_key("finish_network", error)

    @property
    def lines(self) -> int | None:
        """Of finished frames; None for what is no number of them."""
        found = LINES.fullmatch(self.finish or "")
        lines = int(found[1]) if found else 0
        return lines if lines % 2 == 0 and 16 <= lines <= LARGEST_SIDE else None  # noqa: PLR2004 - as Side

    def _finishing(self, lines: int) -> Finishing:
        return finishing_of(lines, self.finish_network, sharpen=self.sharpen, grain=self.grain)

    def _of_sound_alone(self) -> Iterator[str]:
        if self.sound is None:
            yield "video: there is neither video nor sound; name one of both"
        of_pictures = (
            "rate", "aspect", "size", "captions", "watermark", "notice", "slate", "timecode",
            "finish",
        )  # fmt: skip
        said = [key for key in of_pictures if getattr(self, key)]
        said += [key for key in ("fit", "conform") if key in self.model_fields_set]
        for key in said:
            yield f"{key}: there is no picture in this profile; leave it out, or name video"

    @property
    def frames_a_second(self) -> Fraction | None:
        return RATES.get(str(self.rate).removesuffix(".0"))

    @property
    def exact_rate(self) -> Fraction:
        return self.frames_a_second or RATES["25"]

    def named(self, name: str) -> DeliveryProfile:
        """The profile; a watermark is on where nothing is said of it and there is a picture."""
        given = self.model_dump(exclude=MADE_OF)
        marked = self.video is not None if self.watermark is None else self.watermark
        size = tuple(self.size) if isinstance(self.size, list) else self.size
        return DeliveryProfile(
            name=name,
            video=VIDEO_CODECS[self.video] if self.video else None,
            sound=SOUND_CODECS[self.sound] if self.sound else None,
            rate=self.frames_a_second,
            size=size,  # type: ignore[arg-type]  # two of them, as the table was checked for
            watermark=marked,
            finish=None if self.lines is None else self._finishing(self.lines),
            **given,
        )


def _of_key(key: str, error: ValueError) -> str:
    return f"{key}: {error}"


def _codec_fault(
    key: str,
    name: str | None,
    codecs: Mapping[str, VideoCodec] | Mapping[str, SoundCodec],
    container: str,
) -> Iterator[str]:
    if name is None:
        return
    if name not in codecs:
        yield f"{key}: {name!r} is no codec that is known; choose one of {', '.join(codecs)}"
    elif container not in codecs[name].containers:
        held = ", ".join(codecs[name].containers)
        yield f"{key}: {container} cannot hold {name}; choose container {held}"


def profile_table(files: Sequence[Path] = ()) -> tuple[DeliveryProfile, ...]:
    """The carried profiles and those of the files, in this order.

    Raises `ManifestUnusable` that names file, profile and key of each fault.
    """
    found = {profile.name: profile for profile in carried_profiles()}
    for file in files:
        for profile in read_profiles(file):
            if profile.name in found or profile.name in OTHER_FILES:
                raise _wrong(file, f"profile {profile.name}: there is one of this name; rename it")
            found[profile.name] = profile
    return tuple(found.values())


@cache
def carried_profiles() -> tuple[DeliveryProfile, ...]:
    return tuple(read_profiles(CARRIED))


def read_profiles(file: Path) -> Iterator[DeliveryProfile]:
    """The profiles of a file, one for each table."""
    tables = _tables_of(file)
    if not tables:
        raise _wrong(file, "there is no table in it; write one such as [broadcast]")
    faults = [fault for name, table in tables.items() for fault in _faults_of(name, table)]
    if faults:
        raise _wrong(file, "; ".join(faults))
    for name, table in tables.items():
        yield ProfileTable.model_validate(table).named(name)


def _faults_of(name: str, table: object) -> Iterator[str]:
    if not NAME.fullmatch(name):
        yield f"profile {name!r}: a name has 1 to 40 of a-z 0-9 _ and begins with no _"
        return
    try:
        ProfileTable.model_validate(table)
    except ValidationError as error:
        told = (
            _told_of_key(str(p["loc"][0]) if p["loc"] else "", p["msg"]) for p in error.errors()
        )
        yield from (f"profile {name}{fault}" for fault in dict.fromkeys(told))


def _told_of_key(key: str, message: str) -> str:
    """What is wrong with a key and what to write, where the reader's own words do not say it."""
    if not key:
        return f": {message.removeprefix('Value error, ')}"
    if key not in ProfileTable.model_fields:
        return (
            f", key {key}: there is no such key; there are {', '.join(ProfileTable.model_fields)}"
        )
    if key == "size":
        message = f"write [width, height] or the height, even numbers of 16 to {LARGEST_SIDE}"
    return f", key {key}: {message}"


def _tables_of(file: Path) -> dict[str, object]:
    try:
        with file.open("rb") as opened:
            content = opened.read(LARGEST_BYTES + 1)
        if len(content) > LARGEST_BYTES:
            raise _wrong(file, f"it has more than {LARGEST_BYTES:,} bytes")
        return tomllib.loads(content.decode("utf-8"))
    except OSError as error:
        raise _wrong(file, f"it cannot be read: {error.strerror}; name another") from error
    except (ValueError, RecursionError) as error:
        raise _wrong(file, f"it is not TOML: {error}") from error


def _wrong(file: Path, told: str) -> ManifestUnusable:
    return ManifestUnusable("profile_wrong", f"the file of delivery profiles {file}: {told}")
