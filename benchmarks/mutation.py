"""How many one-line faults the tests of the pure modules notice.

    python benchmarks/mutation.py [--only manifests/ledger.py ...] [--sample 15] [--seed 1]

mutation.toml names the modules, the tests of each, and the mutants that are left out with a reason.
Of each module a sample is drawn, keyed by the seed and the module's name. A mutant runs in a
process forked from one that has the libraries loaded; it is killed when its module's tests fail or
do not end.
Wants mutmut and libcst (requirements/mutation.txt).
"""

from __future__ import annotations

import argparse
import importlib
import importlib.abc
import importlib.util
import json
import os
import platform
import random
import signal
import subprocess
import sys
import tomllib
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from importlib.machinery import ModuleSpec
from importlib.metadata import version
from pathlib import Path
from types import ModuleType

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from benchmarks.subjects.mutants import Mutant, mutants_of  # noqa: E402
from benchmarks.where import where_it_ran  # noqa: E402

LIBRARIES = (
    *("numpy", "scipy.optimize", "scipy.signal", "scipy.ndimage", "skimage.data", "PIL.Image"),
    *("pyarrow.parquet", "pydantic", "typer", "rich.console", "boto3", "hypothesis", "pytest"),
    *("av", "cv2", "soundfile", "pocketsphinx", "onnxruntime", "torch"),
)
"""Loaded once, before anything is mutated."""

LIMIT_S = 120
"""Longer than the slowest module's tests take beside others."""

SURVIVED, NO_TESTS = 0, 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """Of one module: mutants there are, drawn, left out with a reason, killed; and who survived."""

    module: str
    mutants: int
    drawn: int
    excluded: int
    killed: int
    survivors: tuple[str, ...]

    @property
    def share(self) -> float:
        return self.killed / max(1, self.drawn - self.excluded)


class Mutated(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Imports one module from a given source."""

    def __init__(self, module: str, source: str) -> None:
        self._name = module.removesuffix(".py").replace("/", ".").removesuffix(".__init__")
        self._path, self._source = ROOT / module, source

    def find_spec(self, name: str, path: object, target: object = None) -> ModuleSpec | None:
        del path, target
        if name != self._name:
            return None
        return importlib.util.spec_from_file_location(name, self._path, loader=self)

    def create_module(self, spec: ModuleSpec) -> None:
        del spec

    def exec_module(self, module: ModuleType) -> None:
        exec(compile(self._source, str(self._path), "exec"), module.__dict__)  # noqa: S102 - our own source


def outcome(module: str, source: str, tests: Sequence[str]) -> int:
    """How pytest ends in a forked process that has the mutated module; another number when it
    does not end."""
    child = os.fork()
    if child:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    os.setsid()
    signal.alarm(LIMIT_S)
    with Path(os.devnull).open("w") as nothing:
        for stream in (1, 2):
            os.dup2(nothing.fileno(), stream)
    import pytest  # noqa: PLC0415 - loaded already

    sys.meta_path.insert(0, Mutated(module, source))
    options = ["-x", "-q", "-p", "no:cacheprovider", "--assert=plain", "--hypothesis-seed=1"]
    os._exit(int(pytest.main([*options, *(str(ROOT / test) for test in tests)])))


def scored(
    module: str,
    tests: Sequence[str],
    excluded: Sequence[dict[str, str]],
    asked: argparse.Namespace,
) -> Score:
    """Draw mutants of a module and count those that its tests notice."""
    source = (ROOT / module).read_text(encoding="utf-8")
    if outcome(module, source, tests) != SURVIVED:
        raise SystemExit(f"{module}: its tests fail without any mutant: {' '.join(tests)}")
    every = mutants_of(source)
    keyed = random.Random(f"{asked.seed}/{module}")  # noqa: S311 - a sample, no secret
    drawn = sorted(keyed.sample(every, min(asked.sample, len(every))), key=lambda m: m.line)
    known = {(out["before"], out["after"]) for out in excluded if out["module"] == module}
    tried = [mutant for mutant in drawn if (mutant.before, mutant.after) not in known]
    with ThreadPoolExecutor(asked.workers) as pool:
        ends = list(pool.map(lambda mutant: outcome(module, mutant.source, tests), tried))
    alive = [mutant for mutant, end in zip(tried, ends, strict=True) if end == SURVIVED]
    if NO_TESTS in ends:
        raise SystemExit(f"{module}: no tests ran")
    return Score(
        module=module,
        mutants=len(every),
        drawn=len(drawn),
        excluded=len(drawn) - len(tried),
        killed=len(tried) - len(alive),
        survivors=tuple(map(shown, alive)),
    )


def shown(mutant: Mutant) -> str:
    return f"{mutant.line}: {mutant.before}  ->  {mutant.after}"


def main() -> None:
    table = tomllib.loads((Path(__file__).parent / "mutation.toml").read_text(encoding="utf-8"))
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--only", nargs="*", default=[*table["tests"]], help="default: all")
    parser.add_argument("--sample", type=int, default=15, help="mutants drawn of each module")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--out", type=Path, default=ROOT / "benchmarks/results/mutation.json")
    asked = parser.parse_args()
    for library in LIBRARIES:
        importlib.import_module(library)
    os.environ.setdefault("CI", "1")
    scores = []
    for module in asked.only:
        scores.append(scored(module, table["tests"][module], table.get("excluded", []), asked))
        told = (f"{scores[-1].share:5.0%}  {module}", *scores[-1].survivors)
        print(*told, sep="\n       ", flush=True)
    write(scores, asked)


def write(scores: Sequence[Score], asked: argparse.Namespace) -> None:
    drawn = sum(score.drawn for score in scores)
    excluded = sum(score.excluded for score in scores)
    killed = sum(score.killed for score in scores)
    command = ["git", "-C", str(ROOT), "rev-parse", "--short", "HEAD"]
    head = subprocess.run(command, capture_output=True, text=True, check=True)
    told = {
        **where_it_ran(f"Python {platform.python_version()}"),
        "commit": head.stdout.strip(),
        "mutmut": version("mutmut"),
        "sample": asked.sample,
        "seed": asked.seed,
        "drawn": drawn,
        "excluded_share": round(excluded / drawn, 3),
        "killed_share": round(killed / (drawn - excluded), 3),
        "modules": [asdict(score) | {"share": round(score.share, 3)} for score in scores],
    }
    asked.out.write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")
    print(f"{told['killed_share']:.0%} of {drawn - excluded} killed, {excluded} left out")


if __name__ == "__main__":
    main()
