"""What programs of others import keeps its name of before for one version, with a warning."""

from __future__ import annotations

from importlib import import_module

import pytest

import manifests
from manifests import TaskState, task_states
from pipeline.media.voice.voices import Voice


@pytest.mark.parametrize(
    ("module", "name", "now"),
    [
        ("manifests", "Standing", TaskState),
        ("manifests", "fold", task_states),
        ("pipeline.media.voices", "Voice", Voice),
    ],
)
def test_the_name_of_before_is_the_same_with_a_warning(module: str, name: str, now: object) -> None:
    with pytest.warns(DeprecationWarning, match=rf"{name} is "):
        assert getattr(import_module(module), name) is now


def test_other_names_are_refused() -> None:
    with pytest.raises(AttributeError, match="attribute Fold"):
        _ = manifests.Fold
