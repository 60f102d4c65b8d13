"""Many jobs on many GPUs; the command line."""

from __future__ import annotations

from typing import TYPE_CHECKING

import lazy_loader  # type: ignore[import-untyped]  # it ships no types

if TYPE_CHECKING:
    from jobs.config import RunConfig
    from jobs.run import run
else:  # the engine is loaded for those who run: a page of help needs none of it
    __getattr__, __dir__, _ = lazy_loader.attach(
        __name__, submod_attrs={"config": ["RunConfig"], "run": ["run"]}
    )

__all__ = ["RunConfig", "run"]
