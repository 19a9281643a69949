"""The command line: what the arguments mean, and the commands that open no window."""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import signal
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

from engine.activations import ACTIVATIONS
from engine.exhibits import chosen, exhibits
from engine.exhibits.page import as_markdown
from engine.settings import Refusal

from . import system_check

DONE, FAILED, BAD_INPUT = 0, 1, 2
LONGEST_LINE = 600

_EPILOG = """commands that open no window:
  race EXPERIMENT.toml|RECORDING.npz|EXHIBIT --out DIR [--seeds N] [--steps N] [--workers N]
  race RECORDING.npz --out DIR --more-seeds N [--workers N]
  tune EXPERIMENT.toml|EXHIBIT --out FILE.toml
  sweep SWEEP.toml|EXHIBIT --out DIR [--workers N | --cluster ADDRESS]
  exhibits [--json | --markdown | --rerun | --record | --pictures] [NAME ...]
  activations [--json]
each explains itself: %(prog)s race --help"""


@dataclass(frozen=True)
class Opening:
    """What the window is to open first: a file, an exhibit, or neither."""

    file: Path | None = None
    exhibit: str | None = None


class _Parser(argparse.ArgumentParser):
    """Bad input is one line on standard error, and exit code 2."""

    def error(self, message: str) -> NoReturn:
        self.exit(BAD_INPUT, f"{self.prog}: {message}\n")


def opening(arguments: Sequence[str]) -> Opening:
    """What to open in the window; exits with 2 and one line where it cannot be."""
    parser = _Parser(
        description="Race neural-network activations, live in a window.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "file",
        nargs="?",
        type=Path,
        metavar="FILE",
        help="an experiment or a sweep (.toml), or a recording (.npz)",
    )
    parser.add_argument("--exhibit", metavar="NAME", help="a ready experiment")
    options = parser.parse_args(arguments)
    if options.file is not None and not options.file.is_file():
        commands = ", ".join(COMMANDS)
        parser.error(f"FILE = {str(options.file)!r}: no such file (the commands are {commands})")
    if options.file is not None and options.exhibit is not None:
        parser.error(f"--exhibit = {options.exhibit!r}: must stand without FILE")
    if options.exhibit is not None and options.exhibit not in exhibits():
        parser.error(f"--exhibit = {options.exhibit!r}: must be one of {', '.join(exhibits())}")
    if problem := not_installed():
        parser.exit(FAILED, f"{parser.prog}: {problem}\n")
    return Opening(options.file, options.exhibit)


def not_installed() -> str:
    """What the window and the plots need that is no part of the engine, with the remedy."""
    for library in ("PySide6", "pyqtgraph"):
        if importlib.util.find_spec(library) is None:
            return f"{library} is not installed: pip install 'activation-lab[gui]'"
    return ""


def main(arguments: Sequence[str]) -> int:
    """Run one of the commands; the exit code is 0 done, 2 bad input, 1 anything else."""
    parser = _commands()
    options = parser.parse_args(arguments)
    # Being told to end is met as Ctrl-C is: what is being written is taken away again.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        COMMANDS[options.command](options)
    except Refusal as refusal:
        return _fail(parser, str(refusal), BAD_INPUT)
    except KeyboardInterrupt as stop:
        return _fail(parser, str(stop) or "stopped", FAILED)
    except BrokenPipeError:
        # Whoever read the list has seen enough; Python must not complain about it at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED
    except (OSError, MemoryError) as error:
        return _fail(parser, str(error) or "this machine has too little memory for it", FAILED)
    return DONE


def _fail(parser: argparse.ArgumentParser, message: str, code: int) -> int:
    if len(message) > LONGEST_LINE:  # a value can be a whole file
        message = f"{message[: LONGEST_LINE // 2]} … {message[-LONGEST_LINE // 2 :]}"
    print(f"{parser.prog}: {message}", file=sys.stderr)
    return code


def _commands() -> argparse.ArgumentParser:
    parser = _Parser(description="Activation Lab without a window.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="|".join(COMMANDS))
    race = commands.add_parser("race", help="run a race and write all it shows into a folder")
    race.add_argument(
        "experiment", help="an experiment (.toml), a recording (.npz), or an exhibit's name"
    )
    race.add_argument(
        "--out", type=_place, required=True, metavar="DIR",
        help="where recording.npz, curves.csv, summary.json and the plots go",
    )  # fmt: skip
    race.add_argument("--seeds", type=_count, metavar="N", help="in place of the experiment's")
    race.add_argument("--steps", type=_count, metavar="N", help="in place of the experiment's")
    race.add_argument(
        "--more-seeds", type=_count, metavar="N",
        help="race so many further seeds of a recording, and join them to it",
    )  # fmt: skip
    race.add_argument(
        "--workers", type=_count, default=1, metavar="N",
        help="processes on this machine that share the seeds, else this one alone",
    )  # fmt: skip
    tune = commands.add_parser("tune", help="find each contestant's learning rate")
    tune.add_argument("experiment", help="an experiment (.toml) or an exhibit's name")
    tune.add_argument(
        "--out", type=_place, required=True, metavar="FILE.toml",
        help="where the experiment goes that has the rates",
    )  # fmt: skip
    sweep = commands.add_parser("sweep", help="run a race at every point of a grid")
    sweep.add_argument(
        "sweep",
        metavar="SWEEP.toml|EXHIBIT",
        help="an experiment with a [grid], or an exhibit's name",
    )
    sweep.add_argument(
        "--out", type=_place, required=True, metavar="DIR",
        help="where the races, their tables and plots go; what it has is not raced again",
    )  # fmt: skip
    where = sweep.add_mutually_exclusive_group()
    where.add_argument(
        "--workers", type=_count, metavar="N", help="processes on this machine, else all its cores"
    )
    where.add_argument("--cluster", metavar="ADDRESS", help="a Dask scheduler, as tcp://HOST:8786")
    _exhibits_command(commands.add_parser("exhibits", help="the ready races and sweeps"))
    activations = commands.add_parser("activations", help="all of them")
    activations.add_argument("--json", action="store_true", help="for machines")
    return parser


def _exhibits_command(exhibits: argparse.ArgumentParser) -> None:
    exhibits.add_argument("names", nargs="*", metavar="NAME", help="these only, else all")
    what = exhibits.add_mutually_exclusive_group()
    what.add_argument("--json", action="store_true", help="list them for machines")
    what.add_argument("--markdown", action="store_true", help="each claim and what was measured")
    what.add_argument(
        "--rerun", action="store_true",
        help="race them afresh; exit with 1 where one concludes other than is recorded",
    )  # fmt: skip
    what.add_argument("--record", action="store_true", help="race them and keep what they conclude")
    what.add_argument("--pictures", action="store_true", help="race them and draw their pictures")


def _place(text: str) -> Path:
    if not text.strip():
        raise argparse.ArgumentTypeError(f"{text!r}: must name a place to write to")
    return Path(text)


def _count(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r}: must be a whole number") from None


def _race(options: argparse.Namespace) -> None:
    # Reading arguments and listing what there is must not wait for NumPy's and Qt's greater part.
    from .headless import add_seeds, race

    more = options.more_seeds
    if more is not None and (options.seeds is not None or options.steps is not None):
        raise Refusal("--more-seeds", more, "must stand without --seeds and --steps")
    _need_plots()
    if more is None:
        race(options.experiment, options.out, options.seeds, options.steps, options.workers)
    else:
        add_seeds(options.experiment, options.out, more, options.workers)


def _need_plots() -> None:
    """Say what plots need before any work is done for them."""
    if problem := not_installed() or system_check.trouble({"QT_QPA_PLATFORM": "offscreen"}):
        raise OSError(problem)


def _tune(options: argparse.Namespace) -> None:
    from .headless import tune

    tune(options.experiment, options.out)


def _sweep(options: argparse.Namespace) -> None:
    from .headless_sweep import sweep

    _need_plots()
    sweep(options.sweep, options.out, options.workers, options.cluster)


def _exhibits(options: argparse.Namespace) -> None:
    if options.rerun or options.record:
        from . import headless_exhibits

        (headless_exhibits.rerun if options.rerun else headless_exhibits.record)(options.names)
        return
    if options.pictures:
        from .headless_pictures import pictures

        _need_plots()
        pictures(options.names)
        return
    found = chosen(options.names)
    if options.markdown:
        print(as_markdown(found), end="")
        return
    columns = ("key", "name", "claim", "source", "look", "view", "measured")
    rows = [{column: getattr(one, column) for column in columns} for one in found]
    for row, one in zip(rows, found, strict=True):
        row["kind"] = "sweep" if one.sweep else "race"
    _print(rows, ("key", "kind", "name", "claim"), options.json)


def _activations(options: argparse.Namespace) -> None:
    found = []
    for key, record in ACTIVATIONS.items():
        new = _new_parameters(key) if options.json else {}
        parameters = [
            {
                "name": p.name,
                "default": p.default,
                "allowed": p.allowed(),
                "trained": p.trained,
                "new": new.get(p.name),
            }
            for p in record.parameters
        ] + [{"name": c.name, "default": c.default, "allowed": c.options} for c in record.choices]
        found.append(
            {"key": key, "label": record.label, "source": record.source, "parameters": parameters}
        )
    _print(found, ("key", "label", "source"), options.json)


def _new_parameters(key: str) -> dict[str, dict[str, str]]:
    """Whether each parameter adds functions to the weights', one a layer and one a unit."""
    from engine.contestant import Contestant
    from engine.novelty import novelty

    new: dict[str, dict[str, str]] = {}
    for found in novelty(Contestant(key), depth=2):
        new.setdefault(found.parameter, {})[found.mode] = found.answer
    return new


def _print(found: list[dict[str, Any]], columns: tuple[str, ...], as_json: bool) -> None:
    """As JSON, or as columns for people."""
    if as_json:
        print(json.dumps(found, indent=2, ensure_ascii=False, allow_nan=False))
        return
    widths = [max(len(row[column]) for row in found) for column in columns]
    for row in found:
        cells = (row[column].ljust(width) for column, width in zip(columns, widths, strict=True))
        print("  ".join(cells).rstrip())


COMMANDS = {
    "race": _race,
    "tune": _tune,
    "sweep": _sweep,
    "exhibits": _exhibits,
    "activations": _activations,
}
