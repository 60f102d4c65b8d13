"""Which stages stand on which: what a stage begins with, and what the weights are of."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from manifests.errors import ManifestUnusable
from pipeline.training.stages import AnyStage, DiffusionStage, DistilStage, VaeStage


def stage_named(stages: Sequence[AnyStage], name: str) -> AnyStage:
    """`ManifestUnusable` where there is none."""
    found = [stage for stage in stages if stage.name == name]
    if not found:
        there = ", ".join(stage.name for stage in stages)
        raise _wrong(f"no stage is called {name}; there is: {there}")
    return found[0]


def parents_of(stage: AnyStage) -> tuple[str, ...]:
    """Names of the stages that this one stands on directly, its VAE's first."""
    named = (None if isinstance(stage, VaeStage) else stage.vae, stage.after)
    return tuple(name for name in named if name is not None)


def stages_before(stages: Sequence[AnyStage], stage: AnyStage) -> tuple[AnyStage, ...]:
    """The stages whose results this one begins with, in the order in which they were trained: those
    of its VAE, then those that taught transformer and reference network. The VAEs of the latter
    are not among them: `vae` alone says which VAE a stage learns by."""
    return tuple(chosen for name in parents_of(stage) for chosen in _chain(stages, name))


def _chain(stages: Sequence[AnyStage], name: str | None) -> tuple[AnyStage, ...]:
    """The stage and those it goes on from by `after`, the first one first."""
    if name is None:
        return ()
    stage = stage_named(stages, name)
    return (*_chain(stages, stage.after), stage)


def export_line(
    stages: Sequence[AnyStage], moving: Collection[str], *, started: bool
) -> tuple[AnyStage, ...]:
    """The stages whose results the weights hold, in the order in which they were trained.

    The last stage that taught the transformer decides (without one the weights that the training
    `started` from): it, what it stands on, and the last stage built on its VAE through stages
    that leave the latents as it learned them. `moving` are the VAE stages that do not. Empty
    where nothing was taught, or nothing of it fits.
    """
    learned = [stage for stage in stages if not isinstance(stage, VaeStage)]
    if not learned and not started:
        return ()
    last = learned[-1] if learned else None
    vae = last.vae if last else None
    line = _last_built_on(stages, vae, moving)
    return (*line, *(_chain(stages, last.name) if last else ()))


def _last_built_on(
    stages: Sequence[AnyStage], vae: str | None, moving: Collection[str]
) -> tuple[AnyStage, ...]:
    """The line of the last stage of the file that has the VAE's latents; the VAE's own where no
    other has."""
    own = _chain(stages, vae)
    lines = [_chain(stages, stage.name) for stage in stages if isinstance(stage, VaeStage)]
    fitting = [
        line
        for line in lines
        if line[: len(own)] == own and not any(stage.name in moving for stage in line[len(own) :])
    ]
    return fitting[-1] if fitting else own


def refuse_disorder(stages: Sequence[AnyStage], *, started: bool) -> None:
    """`ManifestUnusable` unless every stage goes on from stages before it that give it what it
    needs. `started`: the networks begin as a folder of weights."""
    before: dict[str, AnyStage] = {}
    for stage in stages:
        if stage.name in before:
            raise _wrong(f"two stages are called {stage.name}")
        for other in parents_of(stage):
            if stage_named(stages, other).name not in before:
                raise _wrong(f"{other} must come before {stage.name}")
        after = None if stage.after is None else before[stage.after]
        if isinstance(stage, VaeStage):
            _refuse_vae(stage, after, started=started)
        else:
            vae = None if stage.vae is None else before[stage.vae]
            _refuse_learning(stages, stage, vae, after, started=started)
        before[stage.name] = stage


def _refuse_vae(stage: VaeStage, after: AnyStage | None, *, started: bool) -> None:
    if after is not None and not isinstance(after, VaeStage):
        raise _wrong(f"{stage.name}: a VAE goes on from a VAE, and {after.name} trains none")
    if stage.tint and not started:
        raise _wrong(f"{stage.name}: tint changes the latents of networks.start; name it")


def _refuse_learning(
    stages: Sequence[AnyStage],
    stage: DiffusionStage | DistilStage,
    vae: AnyStage | None,
    after: AnyStage | None,
    *,
    started: bool,
) -> None:
    if vae is None and not started:
        raise _wrong(f"{stage.name}: name the stage of its VAE in vae")
    if vae is not None and not isinstance(vae, VaeStage):
        raise _wrong(f"{stage.name}: {vae.name} is no stage of the kind vae")
    if isinstance(after, VaeStage):
        raise _wrong(f"{stage.name}: after names {after.name}, which trains a VAE: say it in vae")
    for student in _chain(stages, stage.after):
        if isinstance(student, DistilStage):
            remedy = f"let after name {student.after}" if student.after else "take its after away"
            raise _wrong(
                f"{stage.name}: {student.name} is distilled, and teaches nobody, nor does it learn "
                f"on: {remedy}, and distil behind it"
            )


def _wrong(message: str) -> ManifestUnusable:
    return ManifestUnusable("config_wrong", message)
