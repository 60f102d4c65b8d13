"""The settings of a run, read from a file: the command line stands over it."""

from __future__ import annotations

import tomllib
from difflib import get_close_matches
from pathlib import Path

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from jobs.config import RunConfig
from manifests.errors import ManifestUnusable
from pipeline.quality.gates import settings_text


def load_config(path: Path | None, **flags: object) -> RunConfig:
    """The settings of a run; a flag that is None was not given.

    Raises `ManifestUnusable` that names every key that is unknown or has a wrong value.
    """
    values: dict[str, object] = {}
    try:
        if path is not None:
            values = tomllib.loads(settings_text(path))
        given = {name: value for name, value in flags.items() if value is not None}
        return RunConfig.model_validate(values | given)
    except OSError as error:
        message = f"the settings file {path} cannot be read: {error.strerror}"
        raise ManifestUnusable("config_unreadable", message) from error
    except ValidationError as error:
        found = "; ".join(map(_told, error.errors()))
        where = f"the settings file {path}" if path else "the call"
        raise ManifestUnusable("config_wrong", f"{where} has wrong settings: {found}") from error
    except (ValueError, RecursionError) as error:  # no TOML, no UTF-8, numbers or lists without end
        message = f"the settings file {path} is not TOML: {error}"
        raise ManifestUnusable("config_unreadable", message) from error


def _told(problem: ErrorDetails) -> str:
    """What is wrong with a setting, by its name where it is of one alone."""
    name = ".".join(map(str, problem["loc"]))
    if problem["type"] == "extra_forbidden":
        near = get_close_matches(name, RunConfig.model_fields, n=1, cutoff=0.7)
        return f"{name} is no setting" + (f"; did you mean {near[0]}?" if near else "")
    said = problem["msg"].removeprefix("Value error, ")
    return f"{name}: {said}" if name else said
