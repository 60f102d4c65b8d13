"""Whoever reads a file's name in the project finds that file, and the heading behind it."""

from __future__ import annotations

import re
from collections import defaultdict
from pathlib import Path

ROOT = Path(__file__).parents[1]
FOLDERS = (
    ".ci", "benchmarks", "docs", "examples", "jobs", "manifests", "model", "pipeline",
    "requirements", "tests",
)  # fmt: skip
READ = frozenset({".py", ".md", ".toml", ".yaml", ".yml"})

NAME = re.compile(r"(?<![\w./{}*$-])(?:\.{1,2}/)*([\w-][\w./-]*\.(?:py|md|toml|ya?ml))(?![\w-])")
CITED = re.compile(r"\bdocs/(\w+\.md)[,;]?\s+\"([^\"]+)\"")

NOT_OURS = {
    "FILE.toml": "stands for a reader's own file in a setting",
    "LICENSES.md": "`rushes convert` writes it into a folder of weights",
    "SETTINGS.toml": "stands for a reader's own file in a command",
    "dashboard.py": "a process of Ray",
    "file.py": "stands for a module in a line of the log",
    "gates.toml": "a file of gates in tests",
    "house-gates.toml": "a studio's own gates, in pages",
    "house.toml": "a studio's own profiles, in pages and tests",
    "log_monitor.py": "a process of Ray",
    "monitor.py": "a process of Ray",
    "sample_video.py": "a script of the original Hallo3",
    "settings.toml": "the hostile benchmark writes it",
    "our_finisher.py": "a test's own plug-in",
    "own.toml": "the hostile benchmark names it and never writes it",
    "c.toml": "a test's own file",
    "night.toml": "settings of a run in tests",
    "none.toml": "a test needs a file that is not there",
    "nowhere.toml": "a test needs a file that is not there",
    "planted_guests.py": "a copy of a test's own renderers",
    "progress_renderer/__init__.py": "the page for those who write a renderer holds it",
    "progress_renderer/renderer.py": "the page for those who write a renderer holds it",
    "pylock.toml": "what uv writes and requirements/make_lock.py reads",
    "rushes.toml": "settings that a run finds in its folder",
    "studio_guests.py": "a test's own plug-in",
    "studio_voices.py": "a test's own plug-in",
    "train.toml": "settings of a training in tests",
    "training.toml": "stands beside trained weights",
}
"""Files that the project names and does not hold, and why."""


def project_files() -> list[Path]:
    inside = (path for folder in FOLDERS for path in (ROOT / folder).rglob("*"))
    found = [path for path in (*ROOT.iterdir(), *inside) if path.is_file()]
    return sorted(path for path in found if "__pycache__" not in path.parts)


def tails(files: list[Path]) -> set[str]:
    """Every way to name each file: `driver.py`, `engine/driver.py`, `jobs/engine/driver.py`."""
    parts = [file.relative_to(ROOT).parts for file in files]
    return {"/".join(each[start:]) for each in parts for start in range(len(each))}


def written_by_recipes() -> set[str]:
    """The new files of the recipes in CONTRIBUTING.md."""
    page = (ROOT / "CONTRIBUTING.md").read_text()
    return set(re.findall(r"`([\w/]+\.py)`:\n\n```python", page))


def test_no_file_names_a_file_that_the_project_does_not_have() -> None:
    files = project_files()
    known = tails(files) | written_by_recipes()
    lost, named = defaultdict(list), set()
    for file in files:
        if file.suffix in READ and file != Path(__file__):
            for name in NAME.findall(file.read_text()):
                named.add(name)
                if name not in known and name not in NOT_OURS:
                    lost[name].append(str(file.relative_to(ROOT)))
    assert len(named) > 100  # the pattern still finds them
    assert dict(lost) == {}
    assert {name for name in NOT_OURS if name in known or name not in named} == set()


def test_headings_that_docstrings_cite_are_there() -> None:
    cited = {
        (page, " ".join(heading.split()))
        for file in project_files()
        if file.suffix == ".py"
        for page, heading in CITED.findall(file.read_text())
    }
    assert len(cited) > 5  # the pattern still finds them
    pages = {page: (ROOT / "docs" / page).read_text() for page, _ in cited}
    lost = [(page, name) for page, name in cited if f"\n## {name}\n" not in pages[page]]
    assert lost == []
