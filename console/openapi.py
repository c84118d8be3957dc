"""The OpenAPI 3.1 document, generated from the route table and the pydantic models.

In: operations. Out: a JSON object. Never: written by hand; what is not in the route table is not in the document.
"""

from __future__ import annotations

import re
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaMode, models_json_schema

from console import problems
from console.operations import CSRF_HEADER, KEY_HEADER, KEY_MAX, UNSAFE, Operation, by_path

_VARIABLE = re.compile(r"\{(\w+)(?::(?:[^{}]|\{[^{}]*\})+)?\}")  # its pattern may hold braces: {id:[0-9]{1,9}}


def document(operations: tuple[Operation, ...], version: str) -> dict[str, Any]:
    """The whole document."""
    schemas, references = _schemas(operations)
    paths: dict[str, Any] = {}
    for path, group in by_path(operations).items():
        plain = _VARIABLE.sub(r"{\1}", path)
        paths.setdefault(plain, {}).update(
            {operation.method.value.lower(): _operation(operation, references) for operation in group}
        )
    return {
        "openapi": "3.1.0",
        "info": {"title": "12345 hotline console", "version": version},
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": {"session": {"type": "apiKey", "in": "cookie", "name": "hotline_session"}},
        },
    }


References = dict[tuple[type[BaseModel], JsonSchemaMode], dict[str, Any]]


def _schemas(operations: tuple[Operation, ...]) -> tuple[dict[str, Any], References]:
    inputs = {model for operation in operations for model in (operation.body, operation.query) if model}
    outputs = {operation.reply for operation in operations if operation.reply} | {problems.ProblemBody}
    wanted: list[tuple[type[BaseModel], JsonSchemaMode]] = [
        *((model, "validation") for model in sorted(inputs, key=lambda model: model.__name__)),
        *((model, "serialization") for model in sorted(outputs, key=lambda model: model.__name__)),
    ]
    references, definitions = models_json_schema(
        wanted, ref_template="#/components/schemas/{model}", schema_generator=GenerateJsonSchema
    )
    return definitions.get("$defs", {}), dict(references)  # type: ignore[arg-type]  # pydantic's key is invariant


def _operation(operation: Operation, references: References) -> dict[str, Any]:
    result: dict[str, Any] = {
        "summary": operation.summary,
        "tags": [operation.tag],
        "operationId": operation.handler.__module__.rsplit(".", 1)[-1] + "." + operation.handler.__name__,
        "parameters": _parameters(operation),
        "responses": {
            str(_status(operation)): _reply(operation, references),
            "default": {
                "description": "A problem (RFC 9457); `type` ends in one of: " + ", ".join(sorted(problems.KINDS)),
                "content": {problems.CONTENT_TYPE: {"schema": references[(problems.ProblemBody, "serialization")]}},
            },
        },
    }
    if operation.roles is not None:
        result["security"] = [{"session": []}]
        result["x-roles"] = sorted(operation.roles)
    if operation.body is not None:
        schema = references[(operation.body, "validation")]
        result["requestBody"] = {"required": True, "content": {"application/json": {"schema": schema}}}
    if operation.upload:
        file = {"type": "string", "format": "binary"}
        result["requestBody"] = {"required": True, "content": {operation.upload: {"schema": file}}}
    return result


def _status(operation: Operation) -> int:
    silent = operation.reply is None and operation.content_type == "application/json"
    return 204 if silent and operation.status == 200 else operation.status


def _reply(operation: Operation, references: References) -> dict[str, Any]:
    if operation.reply is None:
        if operation.content_type == "application/json":
            return {"description": "Switched to WebSocket" if operation.status == 101 else "Done"}
        return {"description": "The content", "content": {kind: {} for kind in operation.content_type.split(", ")}}
    schema = references[(operation.reply, "serialization")]
    return {"description": "OK", "content": {"application/json": {"schema": schema}}}


def _parameters(operation: Operation) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name in _VARIABLE.findall(operation.path)
    ]
    if operation.query is not None:
        schema = operation.query.model_json_schema()
        found += [
            {"name": name, "in": "query", "required": name in schema.get("required", []), "schema": part}
            for name, part in schema["properties"].items()
        ]
    if operation.method.value in UNSAFE and operation.roles is not None:
        found.append({"name": CSRF_HEADER, "in": "header", "required": True, "schema": {"type": "string"}})
    if operation.if_match:
        tag = {"type": "string", "pattern": r'^"[0-9]{1,9}\.[0-9]{1,9}"$'}
        found.append({"name": "If-Match", "in": "header", "required": True, "schema": tag})
    if operation.keyed:
        key = {"type": "string", "minLength": 1, "maxLength": KEY_MAX}
        found.append({"name": KEY_HEADER, "in": "header", "required": True, "schema": key})
    return found
