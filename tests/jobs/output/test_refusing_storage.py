"""A storage that takes no more while finished files get their names."""

from __future__ import annotations

from pathlib import Path

import pytest

from jobs.engine import retry_budget
from manifests import Job
from manifests.errors import Transient
from manifests.storage.aside import HIDDEN
from manifests.storage.local import LocalStorage
from tests.night import a_manifest, results, run_here
from tests.sketched import Sketched


@pytest.mark.parametrize("after", [0, 2])
def test_no_half_delivered_row_is_done_and_the_next_run_ends_it(
    tmp_path: Path, scratch: Path, monkeypatch: pytest.MonkeyPatch, after: int
) -> None:
    """Whichever of the video, its captions and its sidecar is the first that finds no room."""
    out = tmp_path / "out"
    rows = [
        Job(job_id=name, portrait_uri="/faces/ada.png", script=f"This is {name}.") for name in "ab"
    ]
    manifest = a_manifest(tmp_path, rows)
    create, left = LocalStorage.create, iter(range(after))

    def refusing(self: LocalStorage, uri: str, source: Path | bytes) -> bool:
        if "/videos/" in uri and next(left, None) is None:
            raise Transient("disk_full", f"There is no room left for {uri}")
        return create(self, uri, source)

    with monkeypatch.context() as fault:
        fault.setattr(LocalStorage, "create", refusing)
        fault.setitem(retry_budget.AGAIN, "Transient", 0)
        run_here(manifest, out, scratch, Sketched)
    done = {name for name, result in results(out).items() if result.status == "done"}
    failed = {name: each for name, each in results(out).items() if name not in done}
    assert failed
    assert {each.error_code for each in failed.values()} == {"disk_full"}
    assert not list((out / "videos").glob(f"{HIDDEN}*[!k]"))  # but for the folder's lock
    for name in done:
        assert (out / f"videos/{name}.mp4").stat().st_size == results(out)[name].bytes
    assert run_here(manifest, out, scratch, Sketched).complete
    assert {result.status for result in results(out).values()} == {"done"}
