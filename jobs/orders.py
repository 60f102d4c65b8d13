"""From valid rows to orders: each named by the fingerprint of all that was asked for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, replace

from jobs.config import RunConfig
from jobs.engine.phases import Order
from jobs.engine.steering import FREE, RetakenVideo, Steering, VersionChoice
from manifests.errors import RushesError
from manifests.fingerprint import Value, fingerprint
from manifests.job import Job, seed_of
from manifests.storage import storage_of
from pipeline.captions.deliverables import is_captioned
from pipeline.delivery.naming import BY_ID
from pipeline.delivery.profiles import newly_asked
from pipeline.nouns import Retake
from pipeline.nouns.lines import changing, retaken, told_of_retake
from pipeline.presets import Preset
from pipeline.quality.versions import VersionRecipe
from pipeline.workspace.inputs import input_uris

_LOOKERS = 16
"""Inputs are looked at in parallel: on S3 each is one round trip."""

_NOT_ASKED = {"row", "manifest", "priority", "due"}
"""Fields that change when or where a row is worked on, not what comes out."""


_ADDED: Mapping[str, object] = {
    "script_uri": None,
    "source_script_uri": None,
    "cue_fit": "refuse",
    "voices": {},
    "transcript": None,
    "territories": (),
}
"""Columns that came later, and what they are in a row that says nothing of them: such a row keeps
the name that it had."""


_NOT_SEEN = {"preset", "consent_expires", "territories"}
"""Fields of a request that no approval depends on."""


def orders_of(jobs: Sequence[Job], config: RunConfig, steering: Steering = FREE) -> Iterator[Order]:
    """Orders in the order of the rows, as people want them."""
    presets = config.presets
    with ThreadPoolExecutor(_LOOKERS) as lookers:
        versions = lookers.map(input_versions, jobs)
        for place, (job, found) in enumerate(zip(jobs, versions, strict=True)):
            order = order_of(job, found, config.preset_of(job, presets), config, place)
            yield as_wanted(order, steering)


def _is_asked(name: str, value: object) -> bool:
    return name not in _NOT_ASKED and (name not in _ADDED or value != _ADDED[name])


def order_of(
    job: Job, versions: Sequence[str], preset: Preset, config: RunConfig, place: int
) -> Order:
    """The order of a row whose inputs have these versions."""
    seed = seed_of(job)
    fields = {name: value for name, value in asdict(job).items() if _is_asked(name, value)}
    expires = fields.pop("consent_expires")
    newly = newly_asked(job, config.delivery.table)
    request_id = fingerprint(
        "job",
        fields=fields,
        consent_expires=expires.isoformat() if expires else None,
        versions=list(versions),
        preset=preset.digest,
        seed=seed,
        split=asdict(config.split),
        limits=[
            asdict(config.audio),
            asdict(config.image),
            asdict(config.hearing),
            *(config.separator.part if not job.is_spoken else ()),
            *(config.cues.part if job.script_uri else ()),
            *(config.fonts.part if is_captioned(job, config.limits) else ()),
        ],
        **({"profiles": newly} if newly else {}),
        **({} if config.naming == BY_ID else {"naming": config.naming}),
    )
    row = row_fingerprint(fields, versions, seed)
    return Order(job=job, request_id=request_id, preset=preset, seed=seed, place=place, row=row)


def row_name_of(job: Job, versions: Sequence[str]) -> str:
    """The fingerprint of what a row says, as its order has it."""
    fields = {name: value for name, value in asdict(job).items() if _is_asked(name, value)}
    return row_fingerprint(fields, versions, seed_of(job))


def row_fingerprint(fields: Mapping[str, Value], versions: Sequence[str], seed: int) -> str:
    """The fingerprint of what a row says, whatever renders it and how long it may be shown and
    where: what people approve."""
    said = {name: value for name, value in fields.items() if name not in _NOT_SEEN}
    said |= {"consent_expires": "None"}  # as all rows had it before it was read
    return fingerprint("row", fields=said, versions=list(versions), seed=seed)


def with_retakes(
    order: Order, retakes: Sequence[Retake], video: RetakenVideo | None = None
) -> Order:
    """The order with the retakes that change something; without any, it is the same request. What
    gates decided of the `video` that is retaken stays, unless its row has changed since."""
    changes = changing(retakes, order.seed)
    if not changes:
        return order
    told: list[Value] = [told_of_retake(each) for each in changes]
    if video is None or (video.row, video.preset) != (order.row, order.preset.digest):
        request_id = fingerprint("retaken", asked=order.request_id, retakes=told)
        return replace(order, request_id=request_id, retakes=changes)
    recipe = VersionRecipe(
        seed=order.seed, retakes=changes, rerolls=video.rerolls, restarts=video.restarts
    )
    request_id = fingerprint("retaken", asked=order.request_id, recipe=asdict(recipe))
    return replace(order, request_id=request_id, retakes=changes, version=recipe)


def as_wanted(base: Order, steering: Steering) -> Order:
    """The order of a row as people want it: with their retakes, or as a version that they chose."""
    job_id = base.job.job_id
    retakes, choice = steering.retakes.get(job_id, ()), steering.choices.get(job_id)
    if choice is None or not choice.is_of(base):
        return with_retakes(base, retakes, steering.retaken_videos.get(job_id))
    return with_choice(base, choice, retakes)


def with_choice(base: Order, choice: VersionChoice, retakes: Sequence[Retake]) -> Order:
    """The order of a chosen version; retakes behind the choice are of that version."""
    wanted = changing(retakes_on(choice, retakes), choice.recipe.seed)
    recipe = replace(choice.recipe, retakes=wanted)
    request_id = fingerprint("chosen", asked=base.request_id, recipe=asdict(recipe))
    return replace(
        base, request_id=request_id, retakes=wanted, version=recipe, chosen=choice.number
    )


def retakes_on(choice: VersionChoice | None, retakes: Sequence[Retake]) -> tuple[Retake, ...]:
    """The retakes of the chosen version, if one was chosen, with those that people asked for
    behind the choice."""
    wanted = choice.recipe.retakes if choice else ()
    for retake in retakes:
        wanted = retaken(wanted, retake)
    return wanted


def input_versions(job: Job) -> tuple[str, ...]:
    """What storage says of each input without opening it; an absent one has a version too."""
    return tuple(version_of(uri) for uri in input_uris(job))


def version_of(uri: str) -> str:
    try:
        stat = storage_of(uri).stat(uri)
    except RushesError as error:  # told again, and to the right row, when it is fetched
        return error.code
    return f"{stat.bytes}/{stat.version}" if stat else "missing"
