"""Second half of a job's process: runs the script as `__main__`, the way `python script.py` does."""

from __future__ import annotations

import json
import os
import sys
import traceback
import types
from pathlib import Path
from typing import Any

_LONGEST_ERROR = 8000  # characters; a state machine's cause holds 32,768


def main() -> None:
    """Exit 0 when the script succeeded, with the code of its sys.exit, or 1 after an exception."""
    hand_over = json.load(sys.stdin)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    script = Path(hand_over["script"])
    sys.argv = [str(script), *(word for pair in hand_over["arguments"].items() for word in pair)]
    sys.path[0] = str(script.parent)
    try:
        _run_as_main(script)
    except SystemExit as end:
        if end.code not in (None, 0):
            _leave(hand_over["error_file"], f"SystemExit: {end.code}")
            raise
    except BaseException as error:
        _print_traceback(error)
        _leave(hand_over["error_file"], describe(error))
        sys.exit(1)


def describe(error: BaseException) -> str:
    """Return the ErrorMessage of a run that ended in an exception.

    AWS Glue shows `ValueError: boom`, and for an error of the JVM the text of py4j's first line with the
    Java exception's message. (AWS may put `Error Category: ...; Failed Line Number: ...;` before it.)
    """
    java = getattr(error, "java_exception", None)
    if java is not None:
        call = str(error).partition("\n")[0].rstrip(":. ")
        return f"{call}. {_java_message(java)}"[:_LONGEST_ERROR]
    text = "".join(traceback.format_exception_only(type(error), error)).strip()
    name, colon, rest = text.partition(":")
    if colon and not name.startswith(" ") and "\n" not in name:
        text = f"{name.rpartition('.')[2]}:{rest}"  # pyspark.sql.utils.AnalysisException → AnalysisException
    return text[:_LONGEST_ERROR]


def _java_message(java: Any) -> str:
    try:
        return str(java.getMessage() or java.toString())
    except Exception:  # the JVM is gone
        return "The JVM ended"


def _run_as_main(script: Path) -> None:
    """In a module of its own named __main__: Spark pickles the script's functions by value."""
    main_module = types.ModuleType("__main__")
    main_module.__file__ = str(script)
    main_module.__dict__["__builtins__"] = __builtins__
    sys.modules["__main__"] = main_module
    code = compile(script.read_bytes(), str(script), "exec", dont_inherit=True)
    exec(code, main_module.__dict__)  # noqa: S102  (running the script is this module's purpose)


def _print_traceback(error: BaseException) -> None:
    """Without the launcher's own frames: the first line a user sees is a line of the script."""
    frames = error.__traceback__
    while frames is not None and frames.tb_frame.f_code.co_filename == __file__:
        frames = frames.tb_next
    traceback.print_exception(type(error), error, frames)


def _leave(file: str, text: str) -> None:
    Path(file).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
