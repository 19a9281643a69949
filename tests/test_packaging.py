"""Installed, everything stands under one name and works from anywhere."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
WHEEL = PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["force-include"]


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """What the wheel puts on the path, laid out as the build's own map says."""
    site = tmp_path_factory.mktemp("site")
    for source, target in WHEEL.items():
        if (ROOT / source).is_dir():
            ignored = shutil.ignore_patterns("__pycache__")
            shutil.copytree(ROOT / source, site / target, ignore=ignored)
        else:
            (site / target).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / source, site / target)
    return site


def run(site: Path, code: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run code that finds the installed package, and no checkout, on its path."""
    opening = f"import sys; sys.path.insert(0, {str(site)!r})\n"
    return subprocess.run(
        [sys.executable, "-P", "-c", opening + code],
        cwd=folder, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip


def test_only_one_name_is_taken(installed):
    assert [path.name for path in installed.iterdir()] == ["activation_lab"]
    wanted = {"main.py", "engine", "gui", "resources"}
    assert {path.name for path in (installed / "activation_lab").iterdir()} == wanted


def test_the_window_and_the_commands_start_from_the_installed_package(installed, tmp_path):
    module, function = PROJECT["project"]["gui-scripts"]["activation-lab"].split(":")
    start = f"from {module} import {function}; sys.argv[1:] = ['exhibits', '--json']\n"
    done = run(installed, start + f"sys.exit({function}())", tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert '"digits"' in done.stdout


def test_the_engine_is_a_library_without_qt(installed, tmp_path):
    done = run(
        installed,
        "sys.modules['PySide6'] = sys.modules['pyqtgraph'] = None\n"
        "from activation_lab.engine import ACTIVATIONS, Contestant, Experiment, Race\n"
        "race = Race(Experiment(contestants=(Contestant('relu'),)))\n"
        "race.advance(3); print(race.step)",
        tmp_path,
    )
    assert (done.returncode, done.stdout.strip()) == (0, "3"), done.stderr


def test_nothing_else_becomes_importable(installed, tmp_path):
    done = run(installed, "import activation_lab, gui", tmp_path)
    assert "No module named 'gui'" in done.stderr
