"""The house's own laws: imports run one way, files say what they are for, nothing leaks."""

from __future__ import annotations

import ast
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
SOURCES = sorted([ROOT / "main.py", *ROOT.glob("engine/**/*.py"), *ROOT.glob("gui/**/*.py")])
TESTS = sorted(ROOT.glob("tests/**/*.py")) + sorted(ROOT.glob("benchmarks/**/*.py"))

# Higher floors stand on lower ones, never the other way round.
FLOORS = {"main": 2, "gui": 1, "engine": 0}
# Rooms of pure maths: none may lean on another, not even by way of a third.
LEAVES = (
    "activations",
    "initializers",
    "losses",
    "optimizers",
    "precision",
    "schedules",
    "statistics",
    "tasks",
)
GROUND = "engine.settings"
QT = {"PySide6", "shiboken6", "pyqtgraph", "PyQt5", "PyQt6", "qtpy"}


def module_name(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


NAMES = {module_name(path): path for path in SOURCES}


def imports(path: Path) -> Iterator[str]:
    """Every module a file imports: at its top, inside functions, and for types only."""
    package = module_name(path).split(".")
    if path.name != "__init__.py":
        package = package[:-1]
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else []
            origin = ".".join([*above, *([node.module] if node.module else [])])
            for alias in node.names:
                inner = f"{origin}.{alias.name}"
                yield inner if inner in NAMES else origin


def room(module: str) -> str:
    """The file or folder directly in `engine` or `gui` that a module belongs to."""
    return ".".join(module.split(".")[:2])


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: module_name(path))
def test_imports_run_one_way(path: Path) -> None:
    own = module_name(path).split(".")[0]
    for imported in imports(path):
        top = imported.split(".")[0]
        assert FLOORS.get(top, -1) <= FLOORS[own], f"{own} imports {imported}"
        assert top != "tests", f"{own} imports {imported}"
        if own == "engine":
            assert top not in QT, f"the engine imports {imported}"


def test_what_the_walk_sees_includes_hidden_imports() -> None:
    """The law would hold for nothing if the walk missed imports inside functions."""
    inside = set(imports(ROOT / "gui" / "command_line.py"))
    assert {"gui.headless", "engine.settings"} <= inside


def test_leaves_do_not_stand_on_one_another() -> None:
    leaves = {f"engine.{leaf}" for leaf in LEAVES}
    stands_on: dict[str, set[str]] = {}
    for name, path in NAMES.items():
        if name != "engine" and FLOORS[name.split(".")[0]] == 0:
            stands_on.setdefault(room(name), set()).update(
                room(i) for i in imports(path) if i.startswith("engine.")
            )
    assert leaves <= set(stands_on)
    for leaf in leaves:
        below, new = set(), {leaf}
        while new:
            below |= new
            new = set().union(*(stands_on[r] for r in new)) - below
        assert below & leaves == {leaf}, f"{leaf} stands on {below}"


def test_the_ground_floor_stands_on_nothing() -> None:
    assert not [i for i in imports(NAMES[GROUND]) if i.split(".")[0] in FLOORS]


def test_no_circles() -> None:
    graph = {
        name: {i for i in imports(path) if i in NAMES and i != name} for name, path in NAMES.items()
    }
    # A package's own face imports its rooms; a room may name the package it stands in.
    for name, imported in graph.items():
        imported -= {parent for parent in imported if name.startswith(f"{parent}.")}
    try:
        order = list(TopologicalSorter(graph).static_order())
    except CycleError as circle:
        pytest.fail(" → ".join(circle.args[1]))
    assert set(order) == set(NAMES)


@pytest.mark.parametrize("path", SOURCES + TESTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_file_says_what_it_is_for(path: Path) -> None:
    text = path.read_text("utf-8")
    if path.name == "__init__.py" and not text.strip():
        return
    assert text.startswith('"""'), "the first line says what the room is for"
    first = text.splitlines()[0]
    assert len(first.strip('" ')) > 15, first


def test_no_room_without_a_noun() -> None:
    vague = {"utils", "util", "helpers", "helper", "common", "core", "manager", "misc"}
    for path in SOURCES + TESTS:
        words = set(path.stem.split("_")) | {part.lower() for part in path.relative_to(ROOT).parts}
        assert not words & vague, path


def test_files_stay_small() -> None:
    lengths = sorted(len(path.read_text("utf-8").splitlines()) for path in SOURCES)
    assert lengths[-1] <= 400
    assert lengths[len(lengths) // 2] <= 150


def committed() -> list[Path]:
    """Files that git keeps, or would keep; in an archive without git, all of them."""
    git, names = shutil.which("git"), ""
    if git:
        command = [git, "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
        names = subprocess.run(
            command, cwd=ROOT, capture_output=True, text=True, check=False
        ).stdout
    if not names:
        ours = ("engine", "gui", "resources", "tests", "benchmarks", ".ci")
        return [path for top in ours for path in (ROOT / top).rglob("*") if path.is_file()]
    return [path for name in names.split("\0") if (path := ROOT / name).is_file()]


# Spelled in pieces, so that this file does not break its own law.
LEAKS = re.compile(
    r"/(?:home|Users|root|work)/\w|[A-Z]:\\Users|"
    r"(?:pypi|pythonhosted|index-url|registry\.|artifactory|nexus)[\w.-]*\.(?:org|com|net|io)"
)


def test_no_machine_path_and_no_registry_in_the_repository() -> None:
    for path in committed():
        if path.suffix in {".png", ".npz", ".ico", ".parquet"} or path == Path(__file__).resolve():
            continue
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
            assert not LEAKS.search(line), f"{path.relative_to(ROOT)}:{number}: {line.strip()}"


RACE_WITHOUT_QT = """
import sys
class Refuse:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in {names!r}:
            raise ImportError(f"{{name}} must not be imported here")
sys.meta_path.insert(0, Refuse())
from engine import ACTIVATIONS, Contestant, Experiment, Race, Recording
experiment = Experiment(contestants=(Contestant("relu"), Contestant("elu")))
experiment = experiment.with_value("population.seeds", 2).with_value("training.steps", 20)
race = Race(experiment)
race.advance(20)
race.snapshot()
assert race.finished and race.recording.last_step == 20 and len(race.recording.curves)
race.recording.save(sys.argv[1])
assert Recording.load(sys.argv[1]).last_step == 20
import engine.sweeps
assert not {{"scipy.stats", "pandas", "dask", "distributed"}} & set(sys.modules)
try:
    import PySide6
except ImportError:
    print("raced")
"""


def test_the_engine_races_where_qt_cannot_be_imported(tmp_path: Path) -> None:
    run = subprocess.run(
        [sys.executable, "-W", "error", "-c", RACE_WITHOUT_QT.format(names=QT), tmp_path / "r.npz"],
        cwd=ROOT, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert (run.returncode, run.stdout.strip()) == (0, "raced"), run.stderr
