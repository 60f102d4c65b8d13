"""Settings that somebody else wrote: those that change pixels are taken.

Settings that name a program, a path or an address never are.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from pydantic import ValidationError

from jobs.config import RunConfig
from manifests.errors import ManifestUnusable
from pipeline.media.recognition.recognisers import AUTO, RecognitionSettings, engine_names

PIXELS = ("preset", "split", "audio", "image")
"""Settings of a run that others may name: numbers, and the name of a preset that is here."""


def settings_handed(theirs: object, ours: RunConfig) -> RunConfig:
    """`ours`, with what the run of others was made with where ours say nothing.

    A bundle is made to be handed on, and an output may be a bucket that others write to: programs,
    files to write, scratch, weights and webhooks are ours alone. Raises `ManifestUnusable` when
    theirs are of another version.
    """
    found = theirs if isinstance(theirs, Mapping) else {}
    taken = {name: found[name] for name in PIXELS if name in found}
    given = {name: getattr(ours, name) for name in ours.model_fields_set}
    try:
        settings = RunConfig.model_validate(taken | given)
    except ValidationError as error:
        message = "the settings of that run are of another version; give your own with --config"
        raise ManifestUnusable("config_wrong", message) from error
    return settings.model_copy(update={"hearing": _hearing(found, settings)})


def keeping_handed(theirs: object, ours: RunConfig) -> RunConfig:
    """`ours`, with what the run of others was told to keep where ours say nothing, and with the
    longer lease of both."""
    found = theirs if isinstance(theirs, Mapping) else {}
    given = {name: getattr(ours, name) for name in ours.model_fields_set}
    taken = {name: found[name] for name in ("keep_work", "lease_s") if name in found}
    try:
        settings = RunConfig.model_validate(taken | given)
    except ValidationError:  # of another version: ours alone
        return ours
    their_lease_s = RunConfig.model_validate({k: taken[k] for k in taken.keys() & {"lease_s"}})
    longer_s = max(settings.lease_s, their_lease_s.lease_s)
    return settings.model_copy(update={"lease_s": longer_s})


def _hearing(found: Mapping[str, Any], settings: RunConfig) -> RecognitionSettings:
    """Who listened there, by name; where it is found and how it is started is ours."""
    section = found.get("hearing")
    named = section.get("engine") if isinstance(section, Mapping) else None
    if settings.hearing.engine != AUTO or not isinstance(named, str) or named not in engine_names():
        return settings.hearing
    return replace(settings.hearing, engine=named)
