"""What a stage is: a cheap picklable recipe that says what it needs and loads its tool in the
worker."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar, Protocol, TypeVar

from pipeline.workspace.workspace import Workspace

Given = TypeVar("Given", contravariant=True)
Made = TypeVar("Made", covariant=True)


class StageName(StrEnum):
    """The stages in the order in which a job passes them; ledgers hold these words."""

    PREPARE = "prepare"
    SPLIT = "split"
    GENERATE = "generate"
    STITCH = "stitch"
    MASTER = "master"
    PUBLISH = "publish"


@dataclass(frozen=True, slots=True, kw_only=True)
class Resources:
    """What one worker of a stage occupies."""

    cpus: float = 1.0
    gpus: float = 0.0


class Stage(Protocol[Given, Made]):
    """A recipe: `name` and `needs` are known on the driver, weights exist only after `load`."""

    name: ClassVar[str]
    needs: ClassVar[Resources]

    def load(self) -> Callable[[Given, Workspace], Made]:
        """Make the tool; called once in each worker."""
