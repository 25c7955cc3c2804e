"""The command in a process of its own that need not import it first: forked from one that has.

A second of imports for each of a hundred commands is most of what testing them costs.
"""

import multiprocessing
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from subprocess import CompletedProcess, TimeoutExpired
from tempfile import TemporaryDirectory

_FORKS = multiprocessing.get_context("forkserver")
_FORKS.set_forkserver_preload([f"shells.cli.{name}" for name in ("main", "dead_letter_commands", "doctor", "key_commands")])


def simulcast(
    *arguments: str, environment: Mapping[str, str], cwd: Path | None = None, stdin: str = "", timeout: float = 60
) -> CompletedProcess[str]:
    """What `simulcast ARGUMENTS` prints and how it ends."""
    with TemporaryDirectory() as folder:
        streams = [Path(folder, name) for name in ("in", "out", "err")]
        streams[0].write_text(stdin)
        process = _FORKS.Process(target=_become, args=(arguments, dict(environment), cwd, streams))
        process.start()
        process.join(timeout)
        if process.exitcode is None:
            process.kill()
            process.join()
            raise TimeoutExpired(arguments, timeout)
        stdout, stderr = (stream.read_text() for stream in streams[1:])
        return CompletedProcess(arguments, process.exitcode, stdout, stderr)


def _become(arguments: tuple[str, ...], environment: dict[str, str], cwd: Path | None, streams: list[Path]) -> None:
    for number, stream in enumerate(streams):
        opened = os.open(stream, os.O_RDWR | os.O_CREAT)
        os.dup2(opened, number)
    os.environ.clear()
    os.environ.update(environment)
    if cwd is not None:
        os.chdir(cwd)
    sys.argv = ["simulcast", *arguments]
    # The streams as a fresh interpreter would have them.
    sys.stdin, sys.stdout, sys.stderr = open(0), open(1, "w"), open(2, "w", buffering=1)  # noqa: SIM115
    from shells.cli.main import main

    main()
