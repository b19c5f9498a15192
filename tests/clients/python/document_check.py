"""Holds the operations of the client against the OpenAPI document of the service."""

import re
from collections.abc import Callable, Iterator
from typing import Any

import msgspec
from fitting_room_client.operations import KEY_HEADER, Operation

from tests.clients.python.schema_fit import Fit, Schema, Side

_TEMPLATE = "#/components/schemas/{name}"
_JSON = "application/json"


def faults_of(operation: Operation[Any], document: dict[str, Any]) -> list[str]:
    """Return what the client and the document do not agree on."""
    method = operation.method.lower()
    described = document["paths"].get(operation.path, {}).get(method)
    name = f"{operation.method} {operation.path}"
    if described is None:
        return [f"{name}: the document has no such operation"]
    service = Side(document["components"]["schemas"])
    checks: tuple[Callable[..., Iterator[str]], ...] = (
        _faults_of_parameters, _faults_of_body, _faults_of_answers,
    )  # fmt: skip
    found = [fault for check in checks for fault in check(operation, described, service)]
    found += _faults_of_key(described, document)
    return [f"{name}: {fault}" for fault in found]


def shape_of(kind: type) -> tuple[Schema, Side]:
    (schema,), components = msgspec.json.schema_components([kind], ref_template=_TEMPLATE)
    return schema, Side(components)


def _faults_of_parameters(
    operation: Operation[Any], described: Schema, service: Side
) -> Iterator[str]:
    known = {(given["in"], given["name"]): given for given in described.get("parameters", ())}
    sent = {("path", name): {"type": "string"} for name in re.findall(r"{(\w+)}", operation.path)}
    client = Side({})
    if ("path", "product_id") in sent:
        # Ids that no path can carry.
        sent["query", "id"] = {"type": "string"}
    if operation.query is not None:
        schema, client = shape_of(operation.query)
        fields = client.follow(schema)["properties"]
        sent |= {("query", name): field for name, field in fields.items()}
    fit = Fit(client, service, client_sends=True)
    for place, schema in sent.items():
        if place not in known:
            yield f"the document has no parameter {place}"
            continue
        whole = {"type": "object", "properties": {"it": schema}}
        taken = {"type": "object", "properties": {"it": known[place]["schema"]}}
        yield from fit.faults(whole, taken, str(place))
    for place, given in known.items():
        if given.get("required") and place not in sent:
            yield f"the parameter {place} is needed, and never sent"


def _faults_of_body(operation: Operation[Any], described: Schema, service: Side) -> Iterator[str]:
    is_sent = operation.body is not None or bool(operation.listed)
    body = described.get("requestBody")
    if body is None or not is_sent:
        if body is not None or is_sent:
            yield "only one side has a body"
        return
    taken = _of_whole(operation, service.alternatives(body["content"][_JSON]["schema"]))
    if taken is None:
        yield "no body of this form is taken"
        return
    if operation.body is not None:
        fields = dict(taken.get("properties", {}))
        if operation.listed:
            # What stands in the list is looked at by itself.
            whole = {**taken, "properties": {**fields, "events": {"type": "array"}}}
            taken = fields["events"]
        else:
            whole = taken
        yield from _faults_of_shape(operation.body, whole, service)
    for kind in operation.listed:
        yield from _faults_of_shape(kind, taken["items"], service)


def _of_whole(operation: Operation[Any], ways: list[Schema]) -> Schema | None:
    """Return what the document says of the form that the client sends, of several ones."""
    if operation.body is None:
        return next((way for way in ways if way.get("type") == "array"), None)
    if not operation.listed:
        return ways[0]
    return next((way for way in ways if "events" in way.get("properties", ())), None)


def _faults_of_shape(kind: type, taken: Schema, service: Side) -> Iterator[str]:
    schema, client = shape_of(kind)
    yield from Fit(client, service, client_sends=True).faults(
        schema, taken, f"body {kind.__name__}"
    )


def _faults_of_answers(
    operation: Operation[Any], described: Schema, service: Side
) -> Iterator[str]:
    schema, client = shape_of(operation.answer)
    fit = Fit(service, client, client_sends=False)
    for status in operation.statuses:
        content = described["responses"].get(str(status), {}).get("content", {})
        if _JSON not in content:
            yield f"the document has no answer {status} of JSON"
            continue
        yield from fit.faults(content[_JSON]["schema"], schema, f"answer {status}")
    for status, answer in described["responses"].items():
        is_read = status.startswith("2") and _JSON in answer.get("content", {})
        if is_read and int(status) not in operation.statuses:
            yield f"an answer {status} is not foreseen"


def _faults_of_key(described: Schema, document: Schema) -> Iterator[str]:
    schemes = document["components"]["securitySchemes"]
    ways = [schemes[name] for way in described.get("security", ()) for name in way if len(way) == 1]
    if not any(way.get("in") == "header" and way.get("name") == KEY_HEADER.lower() for way in ways):
        yield f"the document lets nobody in by {KEY_HEADER} alone"
