"""Activation Lab: opens the window, or runs one of the commands that need none."""

import os
import sys
from pathlib import Path

# Small networks run up to 22 times slower on several BLAS threads; NumPy reads this on import.
for _library in ("OPENBLAS", "MKL", "OMP", "VECLIB"):
    os.environ.setdefault(f"{_library}_NUM_THREADS", "1")

# Installed, `engine` and `gui` stand beside this file in the package, as they do in a checkout.
_HERE = str(Path(__file__).resolve().parent)
if _HERE not in sys.path[:1]:
    sys.path.insert(0, _HERE)


def main() -> int:
    """Do what the command line asks; the exit code is 0 done, 2 bad input, 1 anything else."""
    from gui import app, command_line

    arguments = sys.argv[1:]
    if arguments and arguments[0] in command_line.COMMANDS:
        return command_line.main(arguments)
    opening = command_line.opening(arguments)
    return app.main(opening.file, opening.exhibit)


if __name__ == "__main__":
    sys.exit(main())
