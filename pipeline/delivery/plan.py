"""What a file to deliver will be, decided before anything is made: its pictures, parts and name."""

from __future__ import annotations

from dataclasses import dataclass

from manifests.errors import BadInput
from manifests.fingerprint import Value, fingerprint
from model.shapes import FPS, MIX_SAMPLES_PER_FRAME
from pipeline.captions.deliverables import drawn_name
from pipeline.delivery.encode import MasterRequest, master_name
from pipeline.delivery.finishing.finished_reel import finished_take
from pipeline.delivery.parts import PicturePart, part_starts, pieces_shown, plan_parts
from pipeline.delivery.picture.conform import ConformPlan, plan_conform
from pipeline.delivery.picture.handles import handle_frames, handle_samples
from pipeline.delivery.picture.plate import plate_reframing
from pipeline.delivery.picture.reframe import Reframing, reframing
from pipeline.delivery.pictures import PlannedPicture
from pipeline.delivery.profiles import DeliveryProfile
from pipeline.delivery.watermark.pattern import VERSION as PATTERN
from pipeline.delivery.watermark.pattern import holds_mark
from pipeline.media.font_files import Font
from pipeline.media.framing import Size
from pipeline.nouns import Plate

VERSION = 1
"""Of the way in which files are made; another one makes them anew."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedFile:
    """A file of a profile under the name that its finished work will have; `picture` is None where
    it is sound alone. Of its `samples`, `silence` are the handle on either side."""

    profile: DeliveryProfile
    name: str
    samples: int
    silence: int = 0
    picture: PlannedPicture | None = None

    @property
    def file(self) -> str:
        """What it is called in the work folder."""
        return f"{self.profile.name}.{self.profile.container}"


def plan_file(
    request: MasterRequest, profile: DeliveryProfile, fonts: tuple[Font, ...] = ()
) -> PlannedFile:
    """The file of a profile; captions are drawn with the fonts. Raises `BadInput` when the profile
    cannot hold the picture."""
    take, rate = request.reel.take, profile.delivered_rate
    picture = None if profile.video is None else plan_picture(request, profile, fonts)
    drawn = drawn_name(take, fonts, picture.size) if picture and profile.captions else ()
    name = fingerprint(
        "delivered",
        master=master_name(request),
        profile=profile.content,
        parts=list(picture.part_names) if picture else [],
        drawn=list(drawn),
        title=request.title,
        version=VERSION,
    )
    silence = handle_samples(handle_frames(profile.handles_s, rate), rate)
    return PlannedFile(
        profile=profile,
        name=name,
        samples=take.frames * MIX_SAMPLES_PER_FRAME + 2 * silence,
        silence=silence,
        picture=picture,
    )


def plan_picture(
    request: MasterRequest, profile: DeliveryProfile, fonts: tuple[Font, ...]
) -> PlannedPicture:
    reel, take = request.reel, finished_take(request.reel.take, profile.finish)
    plate = take.plate if profile.fit == "plate" else None
    framed = framed_for(request, profile, plate)
    size = framed.size
    codec = profile.video
    if codec is not None and not codec.holds(size.width, size.height):
        raise BadInput(
            "profile_cannot_hold",
            f"{profile.name} cannot hold a picture of {size.width} x {size.height}; it takes "
            f"{codec.smallest[0]} x {codec.smallest[1]} or more: give the profile a size",
        )
    conform = plan_conform(take.frames, profile.delivered_rate, profile.conform)
    handle = handle_frames(profile.handles_s, conform.rate)
    parts = plan_parts(part_starts(reel), conform, handle, handle)
    slate = slate_facts(request, profile, conform, size) if profile.slate else ()
    mark = request.mark if profile.watermark and holds_mark(size) else None
    looks: dict[str, Value] = {
        "video": profile.content["video"],
        "rate": str(conform.rate),
        "conform": conform.method,
        "reframing": str(framed),
        "plate": [plate.picture.sha256, str(plate.place), str(take.head)] if plate else [],
        "slate": [f"{name}: {value}" for name, value in slate],
        "drawn": list(drawn_name(take, fonts, size)) if profile.captions else [],
        "notice": profile.notice,
        "mark": [mark.payload, PATTERN] if mark else [],
        **finish_looks(profile, take.fingerprint),
        "version": VERSION,
    }
    names = tuple(name_of_part(request, part, looks) for part in parts)
    return PlannedPicture(
        reframing=framed,
        conform=conform,
        parts=parts,
        part_names=names,
        plate=plate,
        handle=handle,
        slate=slate,
        notice=profile.notice,
        mark=mark,
    )


def finish_looks(profile: DeliveryProfile, take: str) -> dict[str, Value]:
    """What decides the look of enlarged frames, nothing where they are not: grain is of a take."""
    if profile.finish is None:
        return {}
    grained: dict[str, Value] = {"grain_of": take} if profile.finish.grain else {}
    return {"finish": {**profile.finish.content, **grained}}


def framed_for(request: MasterRequest, profile: DeliveryProfile, plate: Plate | None) -> Reframing:
    """What of the drawn frames, or of their plate, is shown. Raises `ValueError` for a take without
    the plate that the profile asks for."""
    take = finished_take(request.reel.take, profile.finish)
    enlarged = request.enlarged if profile.finish is None else 1
    aspect = profile.aspect or request.aspect
    if profile.fit != "plate":
        source = Size(width=take.width, height=take.height)
        return reframing(aspect, profile.fit, profile.size, source, take.head, enlarged)
    if plate is None:
        raise ValueError(f"the take {take.fingerprint} keeps no picture for {profile.name}")
    return plate_reframing(plate, take, aspect, profile.size)


def slate_facts(
    request: MasterRequest, profile: DeliveryProfile, conform: ConformPlan, size: Size
) -> tuple[tuple[str, str], ...]:
    """What a slate says, in the order of its lines; lines without a value are left out."""
    return (
        ("Title", request.title),
        ("Job", request.job_id),
        ("Language", request.language),
        ("Profile", profile.name),
        ("Picture", f"{size.width} x {size.height}, {float(conform.rate):.6g} fps"),
        ("Length", f"{conform.source_frames / FPS:.2f} s"),
        ("Made by", request.comment),
    )


def name_of_part(request: MasterRequest, part: PicturePart, looks: dict[str, Value]) -> str:
    """Fingerprint of a part: the drawn frames that it shows, where, and how they are encoded."""
    shown = pieces_shown(request.reel, part.shows_from, part.shows_to)
    return fingerprint(
        "part",
        pieces=[[at, piece.video.sha256, piece.skip, piece.frames] for at, piece in shown],
        frames=[part.start, part.stop],
        looks=looks,
    )
