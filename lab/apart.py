"""Try something on a prepared world and have the world back as it was: in a forked copy of this process.

A world takes a second to prepare and a few milliseconds to fork. The copy shares nothing that lasts: it must not
use threads, sockets or files of its parent.
"""

import gc
import os
import pickle
import warnings
from collections.abc import Callable
from typing import TypeVar

Result = TypeVar("Result")


def apart(function: Callable[[], Result]) -> Result:
    """What `function` returns when it runs in a copy of this process; it may change whatever it likes there.

    The result is pickled on its way. Raises what the function raises. Needs a POSIX system.
    """
    reading, writing = os.pipe()
    with warnings.catch_warnings():
        # Since 3.12 Python warns of forks beside threads; the copy runs this one function and ends.
        warnings.simplefilter("ignore", DeprecationWarning)
        child = os.fork()
    if child == 0:
        _answer(function, writing)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        answer = pipe.read()
    os.waitpid(child, 0)
    if not answer:
        raise RuntimeError("the forked copy ended without an answer")
    result, error = pickle.loads(answer)  # noqa: S301 - written by our own copy a moment ago
    if error is not None:
        raise error
    returned: Result = result
    return returned


def _answer(function: Callable[[], object], writing: int) -> None:
    """In the copy: run, write the answer, end at once without the parent's clean-up."""
    code = 1
    gc.freeze()  # What was there before the fork stays shared: a collection would touch, and so copy, all of it.
    try:
        try:
            answer = pickle.dumps((function(), None))
        except Exception as error:  # noqa: BLE001 - handed to the parent, which raises it
            answer = pickle.dumps((None, error))
        with os.fdopen(writing, "wb") as pipe:
            pipe.write(answer)
        code = 0
    finally:
        os._exit(code)
