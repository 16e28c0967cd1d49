"""Valkey and PostgreSQL as children of this process: real servers for the demo and the tests.

Each listens on 127.0.0.1 alone, owns its folder by a lock, and ends with the process that started it,
also when that process is killed.
"""

from waitroom.embedded.errors import (
    BinaryMissingError,
    FolderInUseError,
    FolderUnsafeError,
    PortTakenError,
    ServerFailedError,
)
from waitroom.embedded.locks import FolderLock
from waitroom.embedded.ports import free_port, refuse_taken_port
from waitroom.embedded.postgres import EmbeddedPostgres
from waitroom.embedded.process import Command, LeashedProcess
from waitroom.embedded.valkey import EmbeddedValkey

__all__ = [
    "BinaryMissingError",
    "Command",
    "EmbeddedPostgres",
    "EmbeddedValkey",
    "FolderInUseError",
    "FolderLock",
    "FolderUnsafeError",
    "LeashedProcess",
    "PortTakenError",
    "ServerFailedError",
    "free_port",
    "refuse_taken_port",
]
