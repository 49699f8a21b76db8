"""Data files are checked against their schemas, and a mistake is named with its file and place."""

from __future__ import annotations

from pathlib import Path

import pytest

from ltme_clinic.marker_sets.known import marker_set_of
from ltme_clinic.schemas import MAX_YAML_BYTES, load_schema, load_validated_yaml, load_yaml, yaml_files
from ltme_clinic.types import LtmeError

GOOD = "schema_version: 1\nname: mine\ntitle: Mine\nmidline:\n  c7: [NECK]\nboth_sides:\n  asis: ['{L}A']\n"


def written(folder: Path, text: str) -> Path:
    file = folder / "mine.yaml"
    file.write_text(text, encoding="utf-8")
    return file


def test_every_shipped_marker_set_follows_its_schema() -> None:
    files = yaml_files("marker_sets")
    assert len(files) >= 30
    for file in files:
        assert load_validated_yaml(file, "marker_set")["name"] == file.stem


def test_every_shipped_schema_is_itself_a_valid_schema() -> None:
    import jsonschema

    jsonschema.Draft202012Validator.check_schema(load_schema("marker_set"))
    assert load_schema("marker_set")["$id"].endswith("/1")


def test_a_file_that_follows_the_schema_is_given_back(tmp_path: Path) -> None:
    assert load_validated_yaml(written(tmp_path, GOOD), "marker_set")["both_sides"] == {"asis": ["{L}A"]}


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (GOOD.replace("[NECK]", "NECK"), "midline.c7"),
        (GOOD.replace("{L}A", "LA"), "both_sides.asis.0"),
        (GOOD.replace("schema_version: 1", "schema_version: 2"), "schema_version"),
        (GOOD + "colour: red\n", "colour"),
        ("- a\n- b\n", "mapping"),
        ("a: [1, 2\n", "line"),
        ("a: !!python/object/apply:os.system ['true']\n", "not valid YAML"),
        ("", "mapping"),
    ],
)
def test_a_mistake_is_named_with_its_file_and_place(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(LtmeError, match=r"^mine\.yaml: ") as caught:
        load_validated_yaml(written(tmp_path, text), "marker_set")
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)


def test_hostile_or_absent_files_are_refused_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(LtmeError, match="larger than"):
        load_yaml(written(tmp_path, "a: " + "x" * (MAX_YAML_BYTES + 1)))
    with pytest.raises(LtmeError, match="not valid YAML"):
        load_yaml(written(tmp_path, "[" * 5000))
    with pytest.raises(LtmeError, match="can't be read"):
        load_yaml(tmp_path / "absent.yaml")
    with pytest.raises(LtmeError, match="can't be read"):
        load_yaml(tmp_path)
    (tmp_path / "mine.yaml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(LtmeError, match="UTF-8"):
        load_yaml(tmp_path / "mine.yaml")
    with pytest.raises(LtmeError, match="no such schema"):
        load_schema("nothing")


def test_an_unknown_slot_and_a_label_for_two_slots_are_refused() -> None:
    content = {"name": "mine", "title": "Mine", "both_sides": {"elbow": ["{L}X"], "wing": ["{L}W"]}}
    with pytest.raises(LtmeError, match=r"left_wing.*not a slot"):
        marker_set_of(content, "mine.yaml")
    content["both_sides"] = {"elbow": ["{L}X"], "knee": ["{L}.x"]}
    with pytest.raises(LtmeError, match="given to both"):
        marker_set_of(content, "mine.yaml")
    with pytest.raises(LtmeError, match="given to both"):
        marker_set_of(content | {"both_sides": {"elbow": ["{L}X"]}, "also": ["L-x"]}, "mine.yaml")


@pytest.mark.parametrize("name", ["marker_words", "marker_places"])
def test_the_tables_beside_the_marker_sets_follow_their_schemas(name: str) -> None:
    assert load_validated_yaml(f"{name}.yaml", name)["schema_version"] == 1


def test_every_shipped_set_says_where_its_labels_are_published() -> None:
    unsourced = [file.stem for file in yaml_files("marker_sets") if not load_yaml(file).get("source")]
    assert unsourced == []


@pytest.mark.parametrize("field", ["title: *a8", "title: x\nmidline: {c7: *a8}"])
def test_a_bomb_of_aliases_is_refused_before_it_unfolds(tmp_path: Path, field: str) -> None:
    levels = [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]" for i in range(1, 9)]
    text = "\n".join(["a0: &a0 [x, x, x, x, x, x, x, x, x]", *levels, "schema_version: 1", "name: x", field, ""])
    with pytest.raises(LtmeError, match="aliases are not accepted"):
        load_validated_yaml(written(tmp_path, text), "marker_set")
