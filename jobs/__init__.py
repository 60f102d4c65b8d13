"""Many jobs on many GPUs; the command line."""

from jobs.config import RunConfig
from jobs.run import run

__all__ = ["RunConfig", "run"]
