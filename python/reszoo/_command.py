"""Runs the command `reszoo` that lies beside the library, for what takes long or writes files.

Such work runs in a process of its own: a training that is interrupted saves its state as the command does, memory comes back at its end,
and its reports are the command's, which are documented and stay as they are.
"""

from __future__ import annotations

import functools
import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Mapping
from typing import Any, NoReturn

from ._library import FOLDER
from .errors import ArgumentError, Error, FormatError, NotFoundError, OutOfMemoryError, OutputError, ReadError

# Options that are given once for each value; other lists are joined by commas.
_REPEATED = {"base", "assume", "rename", "unfreeze", "node", "class"}
_SECONDS_TO_END = 60.0


def command_path() -> str:
    """The command's file."""
    path = os.environ.get("RESZOO_COMMAND") or os.path.join(FOLDER, "native", "reszoo")
    if not os.path.isfile(path):
        raise Error(f"the command reszoo is missing: there is no {path}. Install a wheel, or set RESZOO_COMMAND")
    return path


def arguments_of(options: Mapping[str, Any]) -> list[str]:
    """Options of Python as the command's: `num_classes=3` is --num-classes 3, True an option without a value, None and False none."""
    arguments: list[str] = []
    for name, value in options.items():
        option = "--" + name.replace("_", "-")
        if value is True:
            arguments.append(option)
        elif value is False and name == "exempt_norms":
            arguments.append("--no-exempt-norms")
        elif value is None or value is False:
            continue
        elif isinstance(value, (list, tuple)):
            texts = [_text(each) for each in value]
            arguments += [f"{option}={text}" for text in (texts if name in _REPEATED else [",".join(texts)])]
        else:
            arguments.append(f"{option}={_text(value)}")
    return arguments


def _text(value: Any) -> str:
    return os.fspath(value) if isinstance(value, (str, os.PathLike)) else repr(value)


def run_json(command: str, *arguments: str, accept: tuple[int, ...] = (0,)) -> Any:
    """Runs a command to its end and reads the JSON that it prints.

    - accept: exit codes that stand for a result.
    """
    process = start(command, *arguments, stdout=subprocess.PIPE)
    output, errors = communicate(process)
    if process.returncode not in accept or not output.strip():
        raise_error(process.returncode, errors)
    return json.loads(output)


def run_text(command: str, *arguments: str) -> str:
    """Runs a command to its end and returns what it prints."""
    process = start(command, *arguments, stdout=subprocess.PIPE)
    output, errors = communicate(process)
    if process.returncode != 0:
        raise_error(process.returncode, errors)
    return output.decode("utf-8")


def start(command: str, *arguments: str, stdout: Any) -> subprocess.Popen[bytes]:
    """Starts a command. It gets no Ctrl-C from the terminal, so that it can be told once and ends in an orderly way."""
    line = [*_dying_with_us(), command_path(), command, *arguments]
    return subprocess.Popen(line, stdin=subprocess.DEVNULL, stdout=stdout, stderr=subprocess.PIPE, start_new_session=True)


@functools.cache
def _dying_with_us() -> tuple[str, ...]:
    """A prefix that ends the command when this process is killed. Without it, one of util-linux, the command goes on to its end."""
    program = shutil.which("setpriv") if sys.platform == "linux" else None
    if program is None:
        return ()
    prefix = (program, "--pdeathsig", "TERM", "--")
    done = subprocess.run([*prefix, "true"], stdin=subprocess.DEVNULL, capture_output=True, check=False)
    return prefix if done.returncode == 0 else ()


def communicate(process: subprocess.Popen[bytes]) -> tuple[bytes, str]:
    """Waits for a command's end; Ctrl-C ends it first. Returns what it printed."""
    try:
        output, errors = process.communicate()
    except BaseException:
        end(process)
        raise
    return output or b"", errors.decode("utf-8", "replace")


def end(process: subprocess.Popen[bytes]) -> None:
    """Ends a command as Ctrl-C would: a training saves its state. One that does not end within a minute is killed."""
    if process.poll() is None:
        # Not SIGINT: a process that was started in the background may have it ignored.
        process.send_signal(signal.SIGTERM)
    try:
        process.communicate(timeout=_SECONDS_TO_END)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
    except BaseException:
        process.kill()
        process.communicate()
        raise


def raise_error(code: int, errors: str) -> NoReturn:
    """Raises the error for an exit code of the command, with what it printed."""
    lines = [line.removeprefix("reszoo: ").strip() for line in errors.strip().splitlines()]
    message = "; ".join(line for line in lines if line) or f"the command ended with {code}"
    if code == 66 and ("does not exist" in message or "no such" in message):
        raise NotFoundError(message)
    kinds: dict[int, type[Error]] = {
        64: ArgumentError,
        65: FormatError,
        66: ReadError,
        70: OutOfMemoryError,
        73: OutputError,
        74: OutputError,
    }
    raise kinds.get(code, Error)(message)


def main() -> NoReturn:
    """The script `reszoo` of the package: becomes the command."""
    path = command_path()
    os.execv(path, ["reszoo", *sys.argv[1:]])
