"""Schemathesis reads a contract and calls whatever it allows, and what it does not.

No answer is a fault of ours, each is one that the contract describes, wrong input is refused, and so is who may not
call, whatever was sent.
"""

import copy
import json
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx
import schemathesis
from anyio.from_thread import BlockingPortal
from hypothesis import HealthCheck, Phase, given, note, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import APIOperation, Case, GenerationMode
from schemathesis.core.errors import InvalidSchema
from schemathesis.core.parameters import ParameterLocation
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.schemas import OpenApiSchema

from tests.openapi import METHODS, Contract

ANY_PACE = settings(
    deadline=None,
    database=None,
    derandomize=True,
    print_blob=False,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)
Known = dict[str, Any]  # Any: path parameters of any type
Operation = APIOperation[Any, Any, Any, Any]  # Any: schemathesis's own parameters


@dataclass(frozen=True, kw_only=True)
class Caller:
    """Who calls an operation."""

    headers: Mapping[str, str] = field(default_factory=dict)
    known: Known = field(default_factory=dict)
    """What parameters of a path stand for; those that the first caller does not know are made up."""
    fitting: object = None
    """The one body that fits, where none that is made up would; it is sent once."""
    refused_with: Collection[int] = ()
    """The statuses of all answers to a caller who may not call; none for one who may."""


Callers = Callable[[Operation], Sequence[Caller]]


@dataclass(frozen=True, kw_only=True)
class Fuzzer:
    """Calls a running app, which has a thread of its own, by its contract."""

    contract: Contract
    client: httpx.AsyncClient
    portal: BlockingPortal
    answered: Counter[tuple[str, int]] = field(default_factory=Counter)
    """So many answers of an operation, by its label and the status."""
    tried: Counter[GenerationMode] = field(default_factory=Counter)
    """So many calls with right input, and with wrong."""

    def try_all(self, callers: Callers, *, examples: int) -> None:
        """Let all callers of every operation send what is made up, `examples` times right and as often wrong."""
        for operation in self._operations():
            everybody = callers(operation)
            for caller in everybody:
                if caller.fitting is not None:
                    self._send_what_fits(operation, caller)
            # What is refused changes nothing, so that what is right finds all as it was made.
            for mode in (GenerationMode.NEGATIVE, GenerationMode.POSITIVE):
                self._try_out(operation, mode, everybody, examples=examples)

    def try_other_methods(self, path_of: Callable[[str], str], headers: Mapping[str, str]) -> None:
        """Call each address of the contract by all methods that it does not know, and expect 405."""
        known = self.contract.operations()
        for path in self.contract.document["paths"]:
            allowed = {method.upper() for method in METHODS if (method, path) in known}
            for method in {"GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "INVENTED"} - allowed:
                answer = self._send(self.client.build_request(method, path_of(path), headers=headers))
                assert answer.status_code == 405, (method, path, answer.text)
                assert answer.json()["type"] == "/problems/method-not-allowed"
                assert set(answer.headers["allow"].split(", ")) - {"HEAD"} <= allowed, (method, path)

    def reached(self) -> set[str]:
        """The operations of which one call at least did what it asked for."""
        return {label for label, status in self.answered if status < 400}

    def labels(self) -> set[str]:
        """All operations of the contract."""
        return {f"{method.upper()} {path}" for method, path in self.contract.operations()}

    def _operations(self) -> list[Operation]:
        """Every call of the contract; the credentials are ours to send, and no part of what is made up."""
        document = copy.deepcopy(self.contract.document)
        document.pop("security", None)
        for method, path in self.contract.operations():
            document["paths"][path][method].pop("security", None)
        # Its module is loaded above, before the app has a thread: Python 3.11 fails when two compile at once.
        schema: OpenApiSchema = schemathesis.openapi.from_dict(document)
        return [result.ok() for result in schema.get_all_operations() if isinstance(result, Ok)]

    def _try_out(
        self, operation: Operation, mode: GenerationMode, everybody: Sequence[Caller], *, examples: int
    ) -> None:
        calls = 0
        known = {name: value for name, value in everybody[0].known.items() if f"{{{name}}}" in operation.path}

        @settings(ANY_PACE, max_examples=examples)
        @given(operation.as_strategy(generation_mode=mode, path_parameters=known or None))
        def calls_it(case: Case[Any]) -> None:
            nonlocal calls
            made_up = case.path_parameters
            for caller in everybody:
                case.path_parameters = made_up | caller.known
                request = self._request_of(case, caller)
                note(f"{request.method} {request.url} {request.content!r} {request.headers.raw}")
                calls += 1
                self._call(operation, case, caller, request)

        try:
            calls_it()
        except (Unsatisfiable, InvalidSchema):
            assert calls == 0
        self.tried[mode] += calls

    def _send_what_fits(self, operation: Operation, caller: Caller) -> None:
        body = {"content": caller.fitting} if isinstance(caller.fitting, bytes) else {"json": caller.fitting}
        path = operation.path.format(**caller.known)
        request = self.client.build_request(operation.method.upper(), path, headers=dict(caller.headers), **body)
        answer = self._answer_of(operation, request)
        assert answer.status_code < 400, (operation.label, answer.text)

    def _call(self, operation: Operation, case: Case[Any], caller: Caller, request: httpx.Request) -> None:
        answer = self._answer_of(operation, request)
        if caller.refused_with:
            assert answer.status_code in caller.refused_with, (operation.label, answer.text)
        if is_wrong(case, request):
            assert answer.status_code >= 400, (operation.label, answer.text)

    def _answer_of(self, operation: Operation, request: httpx.Request) -> httpx.Response:
        answer = self._send(request)
        self.answered[operation.label, answer.status_code] += 1
        assert answer.status_code < 500, (operation.label, answer.text)
        self.contract.check(answer)
        return answer

    def _send(self, request: httpx.Request) -> httpx.Response:
        return self.portal.call(self.client.send, request)

    def _request_of(self, case: Case[Any], caller: Caller) -> httpx.Request:
        made = case.as_transport_kwargs(base_url=str(self.client.base_url))
        headers = {"Accept": "application/json", **made["headers"], **caller.headers}
        return self.client.build_request(
            made["method"], made["url"], params=made.get("params"), headers=headers, **_body_of(made)
        )


def is_wrong(case: Case[Any], request: httpx.Request) -> bool:
    """Whether body or headers are against the contract.

    A query that nobody knows is no fault, nor a field that is null, nor a body of white space: they count as left out.
    """
    if "null" in json.dumps(case.body, default=str) or (request.content and not request.content.strip()):
        return False
    parts = {} if case.meta is None else case.meta.components
    wrong = {part for part, made in parts.items() if made.mode is GenerationMode.NEGATIVE}
    return bool(wrong & {ParameterLocation.BODY, ParameterLocation.HEADER})


def _body_of(made: dict[str, Any]) -> dict[str, Any]:
    # Cases: JSON; a form; bytes or text; nothing.
    if "json" in made:
        return {"json": made["json"]}
    name = "data" if isinstance(made.get("data"), Mapping) else "content"
    return {name: made.get("data")}
