"""The settings of a run, read from a file: the command line stands over it."""

from __future__ import annotations

import tomllib
from pathlib import Path

from pydantic import ValidationError

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
        found = "; ".join(
            f"{'.'.join(map(str, problem['loc']))}: {problem['msg']}" for problem in error.errors()
        )
        where = f"the settings file {path}" if path else "the call"
        raise ManifestUnusable("config_wrong", f"{where} has wrong settings: {found}") from error
    except (ValueError, RecursionError) as error:  # no TOML, no UTF-8, numbers or lists without end
        message = f"the settings file {path} is not TOML: {error}"
        raise ManifestUnusable("config_unreadable", message) from error
