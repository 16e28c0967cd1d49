"""Holds answers against a committed OpenAPI file."""

import re
from pathlib import Path
from typing import Any

import httpx
import yaml
from jsonschema import Draft202012Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

ROOT = Path(__file__).parents[1]
METHODS = frozenset({"get", "post", "put", "patch", "delete"})
Json = dict[str, Any]  # Any: JSON values


class Contract:
    """One OpenAPI file."""

    def __init__(self, file: str) -> None:
        self.document: Json = yaml.safe_load((ROOT / file).read_text())
        resource: Resource[Any] = Resource.from_contents(self.document, DRAFT202012)  # Any: referencing's own
        self._registry = Registry().with_resource("urn:contract", resource)

    def operations(self) -> set[tuple[str, str]]:
        """Every (method, path) that the file describes."""
        paths: Json = self.document["paths"]
        return {(method, path) for path, item in paths.items() for method in item if method in METHODS}

    def check(self, response: httpx.Response) -> None:
        """Fail unless the file describes this answer: its status, its media type and its fields."""
        described = self._response(response)
        content: Json = described.get("content", {})
        if not content:
            assert not response.content, "the contract knows no body here"
            return
        media_type = response.headers["content-type"].partition(";")[0]
        assert media_type in content, f"{media_type} is not in the contract"
        if media_type.endswith("json"):
            pointer = {"$ref": f"urn:contract#{self._pointer(response, media_type)}"}
            Draft202012Validator(pointer, registry=self._registry).validate(response.json())

    def _response(self, response: httpx.Response) -> Json:
        operation = self._operation(response)
        status = str(response.status_code)
        assert status in operation["responses"], f"{response.request.url.path} may not answer {status}"
        described: Json = operation["responses"][status]
        if "$ref" in described:
            name = described["$ref"].rpartition("/")[2]
            shared: Json = self.document["components"]["responses"][name]
            return shared
        return described

    def _pointer(self, response: httpx.Response, media_type: str) -> str:
        path, method = self._match(response), response.request.method.lower()
        operation = self._operation(response)["responses"][str(response.status_code)]
        if "$ref" in operation:
            base = operation["$ref"].removeprefix("#")
        else:
            base = f"/paths/{_escape(path)}/{method}/responses/{response.status_code}"
        return f"{base}/content/{_escape(media_type)}/schema"

    def _operation(self, response: httpx.Response) -> Json:
        operation: Json = self.document["paths"][self._match(response)][response.request.method.lower()]
        return operation

    def _match(self, response: httpx.Response) -> str:
        asked = response.request.url.path
        method = response.request.method.lower()
        for path, item in self.document["paths"].items():
            if method in item and re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", path), asked):
                return str(path)
        raise AssertionError(f"{method} {asked} is not in the contract")


def _escape(part: str) -> str:
    return part.replace("~", "~0").replace("/", "~1")
