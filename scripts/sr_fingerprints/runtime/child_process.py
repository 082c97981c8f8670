"""Call a function in a process of its own, which may die, hang or take all memory without harm to the job."""

import importlib
import json
import resource
import signal
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from sr_fingerprints.runtime.errors import InputError

SCRIPTS = Path(__file__).parents[2]

SECONDS = 600
"""Longest duration of a call."""

BYTES = 16_000_000_000
"""Most virtual memory of the process."""

START = f"import sys; sys.path.append(sys.argv[1]); from {__name__} import answer; answer()"


class ChildDiedError(RuntimeError):
    """The process ended without an answer; the message says how, and after which `report`."""


def call_in_child(function: Callable[..., Any], **arguments: Any) -> Any:
    """Result of ``function(**arguments)``, a function of a module, computed in a new process; all are JSON values.

    An `InputError` that it raises is raised here, with the last line on the child's standard error. Raises
    `ChildDiedError` if the process dies, raises another exception, or takes longer than `SECONDS` or more memory than
    `BYTES`.
    """
    request = {"module": function.__module__, "function": function.__name__, "arguments": arguments}
    command = [sys.executable, "-P", "-W", "ignore", "-c", START, str(SCRIPTS)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, errors="replace"
    ) as process:
        try:
            output, errors = process.communicate(json.dumps(request), timeout=SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            output, errors = process.communicate()
            raise ChildDiedError(_ending(f"did not end within {SECONDS} s", output, errors)) from None
    *_, last = output.splitlines() or ["{}"]
    answer = json.loads(last) if last.startswith('{"') and last.endswith("}") else {}
    if "refused" in answer:
        raise InputError(answer["refused"] + _last_line(errors))
    if process.returncode or "result" not in answer:
        raise ChildDiedError(_ending(_how_it_ended(process.returncode), output, errors))
    return answer["result"]


def report(what: str) -> None:
    """Say in the child what it does next, for the message in case that it dies of it."""
    print(json.dumps({"at": what}), flush=True)


def answer() -> None:
    """Answer the request on the standard input: the child's main function."""
    for limit, most in ((resource.RLIMIT_CORE, 0), (resource.RLIMIT_AS, BYTES)):
        with suppress(ValueError, OSError):  # where a lower limit is set, or the system has none
            resource.setrlimit(limit, (most, most))
    request = json.load(sys.stdin)
    function = getattr(importlib.import_module(request["module"]), request["function"])
    try:
        found = {"result": function(**request["arguments"])}
    except InputError as error:
        found = {"refused": str(error)}
    print(json.dumps(found), flush=True)


def _how_it_ended(code: int) -> str:
    if code < 0:
        return f"ended by {signal.Signals(-code).name}"
    return f"ended with code {code}"


def _ending(how: str, output: str, errors: str) -> str:
    reports = [json.loads(line)["at"] for line in output.splitlines() if line.startswith('{"at"') and line[-1] == "}"]
    where = f" at {reports[-1]}" if reports else ""
    return f"{how}{where}{_last_line(errors)}"


def _last_line(errors: str) -> str:
    return f" ({errors.strip().splitlines()[-1].strip()})" if errors.strip() else ""
