"""Whether what is sent by one side is what the other side takes, by their JSON Schemas."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

Schema = dict[str, Any]
_NUMBERS = {"integer": {"integer", "number"}}
_OF_VALUE = {str: "string", bool: "boolean", int: "integer", float: "number"}


@dataclass(frozen=True, slots=True)
class Side:
    """A document's shapes."""

    components: dict[str, Schema]

    def follow(self, schema: Schema) -> Schema:
        while "$ref" in schema:
            schema = self.components[schema["$ref"].rsplit("/", 1)[-1]]
        return schema

    def alternatives(self, schema: Schema) -> list[Schema]:
        """Return what a value may be, each of one type."""
        schema = self.follow(schema)
        if "anyOf" in schema:
            return [kind for part in schema["anyOf"] for kind in self.alternatives(part)]
        if isinstance(schema.get("type"), list):
            return [{**schema, "type": kind} for kind in schema["type"]]
        return [schema]


@dataclass(frozen=True, slots=True)
class Fit:
    """What `sender` writes is held against what `taker` reads; the client is one of both."""

    sender: Side
    taker: Side
    client_sends: bool

    def faults(self, sent: Schema, taken: Schema, at: str) -> list[str]:
        """Return where what is sent is not taken, or is not what the client thinks."""
        wide = self.taker.alternatives(taken)
        found: list[str] = []
        for narrow in self.sender.alternatives(sent):
            tries = [list(self._faults_of(narrow, kind, at)) for kind in wide]
            best: list[str] = min(tries, key=len, default=[f"{at}: nothing is taken"])
            found += best
        return found

    def _faults_of(self, sent: Schema, taken: Schema, at: str) -> Iterator[str]:
        if _is_anything(taken):
            return
        if "enum" in sent or "const" in sent:
            yield from _faults_of_values(sent, taken, at)
        elif "enum" in taken or "const" in taken:
            yield f"{at}: any {sent.get('type')} is sent, only some are taken"
        elif not _is_kind(sent.get("type"), taken.get("type")):
            yield f"{at}: {sent.get('type')} is sent, {taken.get('type')} is taken"
        elif taken.get("format") and sent.get("format") != taken["format"]:
            yield f"{at}: format {sent.get('format')} is sent, {taken['format']} is taken"
        elif taken.get("type") == "array":
            yield from self.faults(sent.get("items", {}), taken.get("items", {}), f"{at}[]")
        elif taken.get("type") == "object":
            yield from self._faults_of_objects(sent, taken, at)

    def _faults_of_objects(self, sent: Schema, taken: Schema, at: str) -> Iterator[str]:
        fields, others = sent.get("properties", {}), taken.get("properties", {})
        client, service = (fields, others) if self.client_sends else (others, fields)
        for name in client:
            if name not in service:
                yield f"{at}.{name}: the document has no such field"
                continue
            yield from self.faults(self._without_null(fields[name]), others[name], f"{at}.{name}")
        for name in set(taken.get("required", ())) - set(sent.get("required", ())):
            yield f"{at}.{name}: is needed, and may be absent"
        more, wide = sent.get("additionalProperties"), taken.get("additionalProperties")
        if isinstance(more, dict) and isinstance(wide, dict):
            yield from self.faults(more, wide, f"{at}.*")

    def _without_null(self, field: Schema) -> Schema:
        """Return a field of a sender; the client leaves out None where a field has it by itself."""
        if not self.client_sends or field.get("default", ...) is not None:
            return field
        kinds = [kind for kind in self.sender.alternatives(field) if kind.get("type") != "null"]
        return {"anyOf": kinds}


def _is_anything(schema: Schema) -> bool:
    return not schema.keys() & {"type", "enum", "const"}


def _is_kind(sent: str | None, taken: str | None) -> bool:
    return sent is not None and taken in _NUMBERS.get(sent, {sent})


def _faults_of_values(sent: Schema, taken: Schema, at: str) -> Iterator[str]:
    values = sent.get("enum", [sent.get("const")])
    if "enum" in taken or "const" in taken:
        allowed = taken.get("enum", [taken.get("const")])
        if not set(values) <= set(allowed):
            yield f"{at}: {values} is sent, {allowed} is taken"
        return
    for value in values:
        if not _is_kind(_OF_VALUE[type(value)], taken.get("type")):
            yield f"{at}: {value!r} is sent, {taken.get('type')} is taken"
