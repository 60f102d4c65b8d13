"""What a settings file says of presets by name: licences, and options of their sampling."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from manifests.errors import ManifestUnusable
from model.sampling.guidance_band import GuidanceBand
from model.sampling.long_takes import LongTakes
from pipeline.presets import TINY, WITH_WEIGHTS, Preset

TAKES_WEIGHTS = (*WITH_WEIGHTS, TINY.name)


def licensed(presets: Mapping[str, Preset], licences: Mapping[str, str]) -> dict[str, Preset]:
    """The presets with what the studio says of the licences of their weights; presets with the same
    weights share it.

    Raises `ManifestUnusable` for a preset that takes no weights.
    """
    _known(licences, "a licence for", "have weights")
    shared = {presets[name].weights: said for name, said in licences.items() if name in presets}
    return {
        name: replace(preset, licence=licences.get(name) or shared.get(preset.weights, ""))
        for name, preset in presets.items()
    }


def kept_alike(
    presets: Mapping[str, Preset], options: Mapping[str, LongTakes]
) -> dict[str, Preset]:
    """The presets with the options for long takes that the settings name for each.

    Raises `ManifestUnusable` for a preset that starts no segment from frames of the one before.
    """
    _known(options, "options for long takes of", "take any")
    return {
        name: replace(preset, long_takes=options.get(name, preset.long_takes))
        for name, preset in presets.items()
    }


def guided_in(
    presets: Mapping[str, Preset], bands: Mapping[str, GuidanceBand]
) -> dict[str, Preset]:
    """The presets with the band of the trajectory in which the settings have each guided.

    Raises `ManifestUnusable` for a preset that is guided nowhere.
    """
    _known(bands, "a guidance_band of", "are guided")
    for name in bands:
        if {**WITH_WEIGHTS, **presets}[name].guidance == 1:
            message = f"guidance_band of {name}: it is guided nowhere; take the line out"
            raise ManifestUnusable("config_wrong", message)
    return {
        name: replace(preset, guidance_band=bands.get(name, preset.guidance_band))
        for name, preset in presets.items()
    }


def _known(names: Iterable[str], what: str, which: str) -> None:
    """All names are of presets with networks."""
    strange = sorted(set(names) - set(TAKES_WEIGHTS))
    if strange:
        known = ", ".join(TAKES_WEIGHTS)
        raise ManifestUnusable("unknown_preset", f"{what} {strange[0]}: only {known} {which}")
