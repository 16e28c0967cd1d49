"""Run localstripe as the program that it is, on loopback alone; `python run_localstripe.py --port N --from-scratch`.

It binds to all interfaces and keeps its store in one file for everybody. Both are turned aside from outside.
"""

import builtins
import os
import runpy
import socket
from typing import Any

ANY, LOOPBACK = "::", "::ffff:127.0.0.1"
STORE = "/tmp/localstripe.pickle"

_bind, _open = socket.socket.bind, builtins.open


def _bind_to_loopback(self: socket.socket, address: tuple[Any, ...]) -> None:  # Any: as the family has it
    _bind(self, (LOOPBACK, *address[1:]) if address[0] == ANY else address)


def _open_elsewhere(file: Any, *arguments: Any, **options: Any) -> Any:  # Any: as the builtin has it
    return _open(os.devnull if file == STORE else file, *arguments, **options)


socket.socket.bind = _bind_to_loopback  # type: ignore[method-assign,assignment]  # narrower on purpose
builtins.open = _open_elsewhere
runpy.run_module("localstripe", run_name="__main__")
