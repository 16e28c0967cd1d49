"""Scripts: load the folder `lua/`, call one by its name.

Files that begin with an underscore are put before the others, in the order of their names: before each script those
whose names it uses, directly or through one another, since a server runs through all of it at each call.
"""

import hashlib
import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Protocol

from redis.exceptions import NoScriptError

Argument = str | bytes | int | float
WORD = re.compile(r"[A-Za-z_]\w*")
DEFINED = re.compile(r"^local function (\w+)", re.MULTILINE)
LISTED = re.compile(r"^local ([\w, ]+?) =", re.MULTILINE)


@dataclass(frozen=True)
class Script:
    """One operation: its whole text and the name under which a server caches it."""

    name: str
    text: str
    sha: str


class ScriptRunner(Protocol):
    """What is needed of a Redis client."""

    def evalsha(self, sha: str, numkeys: int, *keys_and_args: Any) -> Any:  # Any: the client's own types
        """Run a cached script."""
        ...

    def eval(self, script: str, numkeys: int, *keys_and_args: Any) -> Any:  # Any: as above
        """Run a script and cache it."""
        ...


@cache
def load_scripts() -> dict[str, Script]:
    """Read the folder once: every file without an underscore, by its name."""
    sources = {
        entry.name.removesuffix(".lua"): entry.read_text()
        for entry in files("waitroom.queue").joinpath("lua").iterdir()
        if entry.name.endswith(".lua")
    }
    preludes = {name: text for name, text in sorted(sources.items()) if name.startswith("_")}
    texts = {name: _with_preludes(text, preludes) for name, text in sources.items() if not name.startswith("_")}
    return {
        name: Script(name, text, hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest())
        for name, text in texts.items()
    }


def _with_preludes(text: str, preludes: dict[str, str]) -> str:
    defined = {name: set(DEFINED.findall(prelude)) | _listed(prelude) for name, prelude in preludes.items()}
    needed = {"_base"}
    while True:
        words = set(WORD.findall("\n".join([text, *(preludes[name] for name in needed)])))
        more = {name for name, names in defined.items() if names & words} - needed
        if not more:
            return "\n".join([*(prelude for name, prelude in preludes.items() if name in needed), text])
        needed |= more


def _listed(prelude: str) -> set[str]:
    return {name for names in LISTED.findall(prelude) for name in WORD.findall(names)}


async def run_script(
    client: ScriptRunner, script: Script, keys: tuple[str, ...], *arguments: Argument
) -> list[Any]:  # Any: strings, and lists of them
    """Call a script; a server that has lost its cache is sent the text, in one command either way."""
    try:
        reply = await client.evalsha(script.sha, len(keys), *keys, *arguments)
    except NoScriptError:
        reply = await client.eval(script.text, len(keys), *keys, *arguments)
    decoded = _decode(reply)
    if not isinstance(decoded, list):
        raise TypeError(f"{script.name}.lua must reply with a list")
    return decoded


def _decode(reply: object) -> object:
    if isinstance(reply, bytes):
        return reply.decode()
    if isinstance(reply, list):
        return [item.decode() if isinstance(item, bytes) else _decode(item) for item in reply]
    return reply
