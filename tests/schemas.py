"""JSON schemas of the documentation, and checks of outputs against them."""

import json
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator
from referencing import Registry, Resource

FOLDER = Path(__file__).resolve().parents[1] / "docs" / "schema"
SCHEMAS = {path.stem: json.loads(path.read_text()) for path in FOLDER.glob("*.json")}
REGISTRY: Registry[Any] = Registry().with_resources(
    [(f"{name}.json", Resource.from_contents(schema)) for name, schema in SCHEMAS.items()]
)


def validator(name: str) -> Draft202012Validator:
    """Return a validator for the schema of this name."""
    return Draft202012Validator(SCHEMAS[name], registry=REGISTRY)


def check_output(command: str, text: str) -> None:
    """Check the output of a command of ``hbfp`` with ``--json``."""
    for error in validator(command).iter_errors(json.loads(text)):
        raise AssertionError(f"{command}: {error.json_path}: {error.message}")
