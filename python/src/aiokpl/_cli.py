"""The command line: the C++ program in this process."""

from __future__ import annotations

import os
import signal
import sys


def main() -> int:
    """Runs the program with this process's arguments; returns its exit status."""
    # Ctrl-C is the program's business from here on, not a KeyboardInterrupt. Where it is ignored it stays so.
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    from aiokpl import _core

    # What Python has to say goes first: the program writes past it.
    for stream in (sys.stdout, sys.stderr):
        if stream is not None:
            stream.flush()
    return _core.run_program([os.fsencode(word) for word in ("aiokpl", *sys.argv[1:])])


__all__ = ["main"]
