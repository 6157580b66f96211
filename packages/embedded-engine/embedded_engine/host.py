"""Executes a Pulumi program in Python, as Pulumi's own language host does. Run as a script by the project's Python.

Uses nothing but the standard library and the Pulumi SDK of that Python: it need not be the engine's.
"""

from __future__ import annotations

import asyncio
import ctypes
import gc
import json
import logging
import os
import runpy
import signal
import sys
import traceback
from concurrent.futures import ThreadPoolExecutor
from typing import Any

_PARENT_DEATH_SIGNAL = 1  # PR_SET_PDEATHSIG
_MESSAGE_WAS_SHOWN = 32
SELDOM = 100_000  # what a program makes stays until its end: to look through it for garbage costs a seventh of its time
ENDED_EARLY = 33  # with success, but not by reaching its last line


def main(specification: dict[str, Any]) -> int:
    """Runs the program; returns the exit code."""
    if sys.platform == "linux":  # a program without its engine has nobody to talk to
        ctypes.CDLL(None).prctl(_PARENT_DEATH_SIGNAL, signal.SIGTERM)
    program = specification["program"]
    sys.argv = [program]
    sys.path[0] = os.path.dirname(program)
    try:
        import pulumi
        from pulumi import runtime
    except ImportError as error:
        print(f"the Pulumi SDK is not installed in {sys.prefix}: {error}", file=sys.stderr)
        return 1
    gc.set_threshold(SELDOM)
    runtime.set_all_config(runtime.get_config_env(), runtime.get_config_secret_keys_env())
    settings = runtime.Settings(**specification["settings"])
    _skip_debug(settings.engine)
    runtime.configure(settings)
    logging.getLogger("asyncio").setLevel(logging.CRITICAL)  # it complains of what a failed program leaves undone
    executor = ThreadPoolExecutor(specification["settings"]["parallel"] * 4)
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    loop.set_default_executor(executor)
    try:
        loop.run_until_complete(runtime.run_in_stack(lambda: _run(program)))
        return 0
    except pulumi.RunError as error:
        pulumi.log.error(str(error))
        return 1
    except Exception:
        pulumi.log.error("Program failed with an unhandled exception:\n" + _traceback(program))
        return _MESSAGE_WAS_SHOWN
    except SystemExit as end:
        return ENDED_EARLY if end.code in (None, 0) else end.code if isinstance(end.code, int) else 1
    finally:
        executor.shutdown(wait=True)
        loop.close()


def _skip_debug(engine: Any) -> None:
    """The SDK sends the engine several debug messages a resource and waits for each; it shows none (`Monitor.Log`)."""
    from pulumi.runtime.proto import engine_pb2

    send = engine.Log
    engine.Log = lambda request: None if request.severity == engine_pb2.DEBUG else send(request)


def _run(program: str) -> None:
    runpy.run_path(program, run_name="__main__")


def _traceback(program: str) -> str:
    """The traceback from the program's own first frame on."""
    frames = traceback.extract_tb(sys.exc_info()[2])
    first = next((index for index, frame in enumerate(frames) if frame.filename == program), 0)
    return traceback.format_exc(limit=first - len(frames))


if __name__ == "__main__":
    sys.exit(main(json.loads(sys.argv[1])))
