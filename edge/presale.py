"""Presale: what a newcomer's code is to the store, and what a wrong one costs."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from starlette.requests import Request

from waitroom.codes import code_id, normalise_code
from waitroom.metrics import EdgeMetrics
from waitroom.queue import CodeRefusal, Snapshot
from waitroom.rooms import CodePolicy
from waitroom.settings import Settings
from waitroom.tokens import KeySource
from waitroom.web.guesses import Guesses, TooManyGuessesError
from waitroom.web.networks import client_network
from waitroom.web.problems import Problem

REFUSED = "code-refused"
LONGEST_TYPED = 200
"""Characters of a code as a fan types it, with all that stands between."""


class Presale:
    """Reads codes, and slows the networks that guess them."""

    def __init__(self, guesses: Guesses, *, settings: Settings, keys: KeySource, metrics: EdgeMetrics) -> None:
        self._guesses = guesses
        self._settings = settings
        self._keys = keys
        self._metrics = metrics

    @contextmanager
    def trying(self, request: Request, snapshot: Snapshot, typed: str | None) -> Iterator[str]:
        """Give the id of the code as typed, '' for none; a refusal inside counts against the client's network.

        Raises Problem("too-many-joins") when that network has guessed too often. A room without codes looks at none.
        """
        is_code = snapshot.settings.codes is not CodePolicy.OFF and bool(normalise_code(typed or ""))
        if not is_code:
            yield ""
            return
        with self._slowed(request, snapshot.room) as note_wrong:
            try:
                yield self._id_of(snapshot, typed or "")
            except Problem as problem:
                if problem.name == REFUSED:
                    note_wrong()
                raise

    def refusal(self, room: str, why: CodeRefusal) -> Problem:
        """Count that the store took nobody in, and say why."""
        self._metrics.code_refused(room, why=why.value)
        return Problem("code-required") if why is CodeRefusal.REQUIRED else Problem(REFUSED, reason=why.value)

    @contextmanager
    def _slowed(self, request: Request, room: str) -> Iterator[Callable[[], None]]:
        network = client_network(request, self._settings.trusted_proxies)
        try:
            with self._guesses.trying(network) as note_wrong:
                yield note_wrong
        except TooManyGuessesError as slowed:
            self._metrics.code_refused(room, why="slowed")
            raise Problem("too-many-joins", headers={"Retry-After": str(slowed.retry_after)}) from None

    def _id_of(self, snapshot: Snapshot, typed: str) -> str:
        key = self._keys.current().find(snapshot.seed_key_id)
        if key is None:
            # Another edge, with the whole ring, can answer; this one says so at /readyz.
            raise Problem("queue-unavailable", headers={"Retry-After": "1"})
        return code_id(typed, secret=key.secret, epoch=snapshot.epoch)
