"""The form of an OpenRPC 1.3.2 document: https://spec.open-rpc.org. What its schemas say is no matter here."""

VERSION = "1.3.2"

# What an object may hold: required and optional members.
DOCUMENT = {"openrpc", "info", "methods"}, {"servers", "components", "externalDocs"}
INFO = {"title", "version"}, {"description", "termsOfService", "contact", "license"}
METHOD = {"name", "params"}, {
    "description", "summary", "servers", "tags", "paramStructure", "result", "errors", "links", "examples",
    "deprecated", "externalDocs"}
DESCRIPTOR = {"name", "schema"}, {"description", "summary", "required", "deprecated"}
ERROR = {"code", "message"}, {"data"}
PAIRING = {"name", "params"}, {"description", "summary", "result"}
EXAMPLE = {"name", "value"}, {"description", "summary"}


def faults(document):
    """What is wrong with the form of a document, one text each."""
    yield from members(document, DOCUMENT, "document")
    yield from members(document["info"], INFO, "info")
    if document["openrpc"] != VERSION:
        yield f"openrpc is not {VERSION}"
    names = [method["name"] for method in document["methods"]]
    if len(set(names)) != len(names):
        yield "two methods have one name"
    for method in document["methods"]:
        yield from faults_of_method(method)
    errors = document["components"]["errors"]
    for name, error in errors.items():
        yield from members(error, ERROR, f"error {name}")
    if len({error["code"] for error in errors.values()}) != len(errors):
        yield "two errors have one code"
    for reference in references(document):
        if resolve(document, reference) is None:
            yield f"{reference} leads nowhere"


def faults_of_method(method):
    name = method["name"]
    yield from members(method, METHOD, name)
    for descriptor in [*method["params"], method["result"]]:
        yield from members(descriptor, DESCRIPTOR, f"{name} {descriptor['name']}")
    for example in method.get("examples", []):
        yield from members(example, PAIRING, f"{name} example")
        for part in [*example["params"], example["result"]]:
            yield from members(part, EXAMPLE, f"{name} example {example['name']}")


def members(value, allowed, what):
    required, optional = allowed
    for name in sorted(required - set(value)):
        yield f"{what}: no {name}"
    for name in sorted(set(value) - required - optional):
        if not name.startswith("x-"):
            yield f"{what}: {name} is no member of OpenRPC"


def references(value):
    if isinstance(value, dict):
        if isinstance(value.get("$ref"), str):
            yield value["$ref"]
        value = list(value.values())
    if isinstance(value, list):
        for part in value:
            yield from references(part)


def resolve(document, reference):
    value = document
    for step in reference.removeprefix("#/").split("/"):
        value = value.get(step) if isinstance(value, dict) else None
    return value
