"""Meshes are read as they were stored, or refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from manifests.errors import Transient
from pipeline.media.face.facemesh import load_mesh


@pytest.mark.parametrize("damage", ["hole", "shape", "bytes"])
def test_a_mesh_that_is_none_costs_its_row_with_a_sentence(tmp_path: Path, damage: str) -> None:
    mesh, path = np.zeros((468, 3), np.float32), tmp_path / "landmarks.npy"
    mesh[7, 1] = np.nan if damage == "hole" else 0
    np.save(path, mesh[:9] if damage == "shape" else mesh)
    if damage == "bytes":
        path.write_bytes(b"NaN")
    with pytest.raises(Transient, match=r"landmarks.npy is no mesh .* remove its folder"):
        load_mesh(path)
