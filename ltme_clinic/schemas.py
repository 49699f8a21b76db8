"""Reads the data files of `data_schemas/` and checks each against its versioned JSON Schema."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

from ltme_clinic.types import LtmeError

MAX_YAML_BYTES = 1_000_000
"""A description written by hand is a few kilobytes; a larger file is something else."""


def data_folder(name: str = "") -> Path:
    """The installed `data_schemas` folder, or one folder inside it such as ``marker_sets``."""
    import data_schemas

    # Through the package's own path rather than importlib.resources, which fails on an editable installation that was
    # made before the folder became a package.
    root = next((Path(folder) for folder in data_schemas.__path__ if Path(folder).is_dir()), None)
    if root is None:
        raise LtmeError(
            "data_schemas", "the folder of marker sets and exercises is not installed", "Reinstall the package"
        )
    return root / name


def yaml_files(folder: str) -> list[Path]:
    """The YAML files of one folder of `data_schemas`, sorted by name."""
    return sorted(data_folder(folder).glob("*.yaml"))


@cache
def load_schema(name: str) -> dict[str, Any]:
    """The JSON Schema ``<name>.schema.json`` of `data_schemas`.

    Raises
    ------
    LtmeError
        When there is no such schema.
    """
    try:
        return json.loads((data_folder() / f"{name}.schema.json").read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise LtmeError(
            f"{name}.schema.json", "there is no such schema in data_schemas", "Reinstall the package"
        ) from None


def load_yaml(path: Path | str) -> dict[str, Any]:
    """Read one YAML file with the safe loader: plain values only, never objects, and no aliases (``*name``).

    ``path`` is a file, or a name inside `data_schemas` such as ``marker_sets/cgm2.yaml``.

    Raises
    ------
    LtmeError
        When the file can't be read, is too large, is not YAML, or is not a mapping.
    """
    import yaml

    source = _located(path)
    text = _text(source)
    try:
        content = yaml.load(text, Loader=_plain_loader())
    # Hostile nesting ends in RecursionError, an impossible date in ValueError: both are mistakes in the file.
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        raise LtmeError(source.name, f"it is not valid YAML ({_where(error)})", "Correct the file") from None
    if not isinstance(content, dict):
        raise LtmeError(
            source.name, "it does not hold a mapping of names to values", "Start from a file of data_schemas"
        )
    return content


def validate(content: Any, schema_name: str, source_name: str) -> None:
    """Check plain data against one schema of `data_schemas`; says where inside the file the first mistake is.

    Raises
    ------
    LtmeError
        Naming the file, the path inside it and what was expected there.
    """
    import jsonschema

    checker = jsonschema.Draft202012Validator(load_schema(schema_name))
    error = jsonschema.exceptions.best_match(checker.iter_errors(content))
    if error is None:
        return
    place = ".".join(str(step) for step in error.absolute_path) or "top level"
    message = error.message if len(error.message) <= 200 else error.message[:200] + " ..."
    raise LtmeError(source_name, f"at {place}: {message}", f"See data_schemas/{schema_name}.schema.json")


def load_validated_yaml(path: Path | str, schema_name: str) -> dict[str, Any]:
    """Read one YAML file and check it against ``<schema_name>.schema.json``.

    Parameters
    ----------
    path : a file, or a name inside `data_schemas` such as ``exercises/squat.yaml``
    schema_name : such as ``marker_set``

    Raises
    ------
    LtmeError
        When the file can't be read or does not follow its schema.
    """
    content = load_yaml(path)
    validate(content, schema_name, _located(path).name)
    return content


@cache
def _plain_loader() -> Any:
    """PyYAML's safe loader without aliases: eight lists of nine aliases are 300 bytes, and gigabytes once printed."""
    import yaml

    class PlainLoader(yaml.SafeLoader):
        def compose_node(self, parent: Any, index: Any) -> Any:
            if self.check_event(yaml.AliasEvent):
                mark = self.peek_event().start_mark
                raise yaml.composer.ComposerError(None, None, "aliases are not accepted", mark)
            return super().compose_node(parent, index)

    return PlainLoader


def _located(path: Path | str) -> Path:
    return data_folder() / path if isinstance(path, str) else path


def _text(source: Path) -> str:
    try:
        with source.open("rb") as stream:
            raw = stream.read(MAX_YAML_BYTES + 1)
        if len(raw) > MAX_YAML_BYTES:
            raise LtmeError(source.name, f"it is larger than {MAX_YAML_BYTES} bytes", "Descriptions are small files")
        return raw.decode("utf-8")
    except OSError as error:
        raise LtmeError(source.name, f"it can't be read ({error.strerror or 'not a file'})", "Check the path") from None
    except UnicodeDecodeError:
        raise LtmeError(source.name, "it is not UTF-8 text", "Save it as UTF-8") from None


def _where(error: Exception) -> str:
    mark = getattr(error, "problem_mark", None)
    problem = getattr(error, "problem", None) or type(error).__name__
    return f"line {mark.line + 1}: {problem}" if mark is not None else str(problem)
