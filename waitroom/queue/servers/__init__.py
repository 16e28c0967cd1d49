"""The servers that hold the queue: finding the one that has a room, and speaking to it; redis is imported here."""

from waitroom.queue.servers.circuit import Circuit
from waitroom.queue.servers.client import Client

__all__ = ["Circuit", "Client"]
