"""A laboratory's own controls: built, written, read again, and what is refused on each way."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from index_walks import on_101_points

from ltme_clinic import norms
from ltme_clinic.body import ANGLES, SIDES
from ltme_clinic.norms import ControlPerson, build_controls, load_controls, save_controls
from ltme_clinic.norms.deviation_scores import side_profile_score, variable_scores
from ltme_clinic.types import LtmeError


def people(count: int, seed: int = 1, origin: str = "measured") -> list[ControlPerson]:
    """Made-up adults who differ as the published controls do."""
    model, rng = norms.pair_model(), np.random.default_rng(seed)
    return [
        ControlPerson(
            person_id=f"C{number:03d}",
            origin=origin,
            curves={
                (angle, side): on_101_points(walk[left_right, row])
                for left_right, side in enumerate(SIDES)
                for row, angle in enumerate(ANGLES)
            },
            age_y=20.0 + number,
            dimensionless_speed=0.40 + 0.002 * number,
        )
        for number in range(count)
        for walk in [model.mean_deg + model.sample(rng)]
    ]


@pytest.fixture(scope="module")
def fifty() -> norms.ReferenceControls:
    return build_controls(people(50), name="able-bodied adults, our laboratory")


def curves_of(group: list[ControlPerson]) -> np.ndarray:
    """(curve, 9, 51), left and right of each."""
    return np.array([[p.curves[a, s][::2] for a in ANGLES] for p in group for s in SIDES])


def test_the_controls_own_scores_are_100_and_10_and_the_stated_gps(fifty):
    curves = curves_of(people(50))
    gdi = fifty.gdi.index(curves)
    assert (gdi.mean(), gdi.std(ddof=1)) == pytest.approx((100.0, 10.0))
    gps = side_profile_score(variable_scores(curves, fifty.mean_deg))
    assert fifty.scores["gps_deg"] == pytest.approx((gps.mean(), gps.std(ddof=1)))
    np.testing.assert_allclose(fifty.mean_deg, curves.mean(axis=0))
    np.testing.assert_allclose(fifty.sd_deg, curves.std(axis=0, ddof=1))
    assert (fifty.n_people, fifty.n_curves) == (50, 100)


def test_ages_and_speeds_are_stated_only_where_everybodys_are_known(fifty):
    assert fifty.ages_y == (20.0, 69.0)
    assert fifty.speed == pytest.approx((0.449, 0.002 * np.std(np.arange(50), ddof=1)))
    group = people(20)
    group[3] = replace(group[3], age_y=None, dimensionless_speed=None)
    unknown = build_controls(group, name="adults")
    assert (unknown.ages_y, unknown.speed) == (None, None)
    assert unknown.age_problem(None) is None
    assert fifty.age_problem(69.5) is None
    assert "nobody of this age" in fifty.age_problem(12.0)


def test_gps_from_20_people_and_gdi_from_90_curves():
    assert build_controls(people(20), name="adults").gdi is None
    assert build_controls(people(44), name="adults").gdi is None
    assert build_controls(people(45), name="adults").gdi is not None
    with pytest.raises(LtmeError, match="19 people are too few"):
        build_controls(people(19), name="adults")


def test_the_order_of_people_changes_nothing(fifty):
    again = build_controls(people(50)[::-1], name="able-bodied adults, our laboratory")
    assert again.provenance == fifty.provenance
    np.testing.assert_allclose(again.mean_deg, fifty.mean_deg)
    assert again.gdi.log_distance_mean == pytest.approx(fifty.gdi.log_distance_mean)


def test_51_points_do_as_well_as_101():
    group = people(20)
    thinned = [replace(p, curves={key: curve[::2] for key, curve in p.curves.items()}) for p in group]
    np.testing.assert_array_equal(build_controls(group, name="a").mean_deg, build_controls(thinned, name="a").mean_deg)


def test_measured_and_virtual_people_are_never_mixed_and_virtual_ones_are_called_so():
    mixed = [*people(20), replace(people(1, seed=9, origin="virtual")[0], person_id="V1")]
    with pytest.raises(LtmeError, match="measured and virtual walks are mixed"):
        build_controls(mixed, name="adults")
    with pytest.raises(LtmeError, match="generated walks can't be a reference"):
        build_controls(people(20, origin="generated"), name="adults")
    assert build_controls(people(20, origin="virtual"), name="adults").words.startswith("virtual, not measured: 20")


def test_one_person_twice_is_found_by_name_and_by_curves():
    group = people(20)
    by_name = [*group, replace(people(21, seed=3)[-1], person_id=" c000 ")]
    with pytest.raises(LtmeError, match="c000 and C000 are one person's"):
        build_controls(by_name, name="adults")
    with pytest.raises(LtmeError, match="X and C004 are one person's"):
        build_controls([*group, replace(group[4], person_id="X")], name="adults")


def test_a_person_without_an_angle_or_with_impossible_ones_is_named():
    group = people(20)
    lacking = {key: curve for key, curve in group[2].curves.items() if key != ("hip_rotation", "right")}
    with pytest.raises(LtmeError, match="C002: hip_rotation of the right side is missing"):
        build_controls([*group[:2], replace(group[2], curves=lacking), *group[3:]], name="adults")
    for value, said in ((np.nan, "missing or incomplete"), (5000.0, "reaches 5000 degrees")):
        spoilt = group[7].curves | {("knee_flexion", "left"): np.full(101, value)}
        with pytest.raises(LtmeError, match=f"C007: knee_flexion.*{said}"):
            build_controls([*group[:7], replace(group[7], curves=spoilt), *group[8:]], name="adults")
    short = group[7].curves | {("knee_flexion", "left"): np.zeros(60)}
    with pytest.raises(LtmeError, match="C007"):
        build_controls([*group[:7], replace(group[7], curves=short), *group[8:]], name="adults")


@pytest.mark.parametrize("name", ["", "  ", "adults\nwith a second line"])
def test_the_controls_need_a_printable_name(name: str):
    with pytest.raises(LtmeError, match="name"):
        build_controls(people(20), name=name)


@pytest.mark.parametrize("count", [20, 50])
def test_what_is_written_is_read_again(tmp_path: Path, count: int):
    controls = build_controls(people(count), name="able-bodied adults")
    save_controls(controls, tmp_path / "ours.json")
    again = load_controls(tmp_path / "ours.json")
    np.testing.assert_array_equal(again.mean_deg, controls.mean_deg)
    np.testing.assert_array_equal(again.sd_deg, controls.sd_deg)
    assert (again.scores, again.ages_y, again.speed) == (controls.scores, controls.ages_y, controls.speed)
    assert (again.gdi is None) == (controls.gdi is None)
    if again.gdi is not None:
        curves = curves_of(people(count))
        np.testing.assert_array_equal(again.gdi.index(curves), controls.gdi.index(curves))
    assert [path.name for path in tmp_path.iterdir()] == ["ours.json"]


def test_the_file_names_nobody_and_holds_nobodys_curve(tmp_path: Path, fifty):
    save_controls(fifty, tmp_path / "ours.json")
    text = (tmp_path / "ours.json").read_text()
    assert "C000" not in text
    content = json.loads(text)
    assert content["schema_version"] == 1
    assert np.array(content["mean_deg"]).shape == np.array(content["sd_deg"]).shape == (9, 51)


def test_a_place_that_cant_be_written_to_is_refused(tmp_path: Path, fifty):
    with pytest.raises(LtmeError, match="can't be written"):
        save_controls(fifty, tmp_path / "no such folder" / "ours.json")


@pytest.mark.parametrize(
    "change",
    [
        lambda c: c.pop("mean_deg"),
        lambda c: c.update(schema_version=2),
        lambda c: c.update(schema_version="1"),
        lambda c: c.update(origin="generated"),
        lambda c: c.update(n_people=3),
        lambda c: c.update(n_people=49),
        lambda c: c.update(name="\ud800"),
        lambda c: c.update(angles=["knee_flexion"]),
        lambda c: c["mean_deg"].pop(),
        lambda c: c["mean_deg"][0].__setitem__(0, "12"),
        lambda c: c["mean_deg"][0].__setitem__(0, 10**400),
        lambda c: c["sd_deg"][0].__setitem__(0, 0.0),
        lambda c: c["scores"].pop("gps_deg"),
        lambda c: c["gdi"]["features"][0].__setitem__(0, 1.0),
        lambda c: c["gdi"].update(log_distance_sd=-1.0),
        lambda c: c.update(ages_y=[1.0]),
        lambda c: c.update(surprise=1),
        lambda c: c.update(content_sha256="0" * 64),
    ],
)
def test_a_changed_file_is_refused_in_one_line(tmp_path: Path, fifty, change):
    save_controls(fifty, tmp_path / "ours.json")
    content = json.loads((tmp_path / "ours.json").read_text())
    change(content)
    (tmp_path / "ours.json").write_text(json.dumps(content))
    with pytest.raises(LtmeError, match=r"ours\.json") as refused:
        load_controls(tmp_path / "ours.json")
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b"\xff\xfe\x00",
        b'{"schema_version": NaN}',
        b'{"schema_version": 1e999}',
        b'{"schema_version": ' + b"9" * 10_000 + b"}",
        b"[" * 100_000,
        b" " * 4_000_001,
    ],
)
def test_any_other_file_is_refused(tmp_path: Path, content: bytes):
    (tmp_path / "ours.json").write_bytes(content)
    with pytest.raises(LtmeError, match=r"ours\.json"):
        load_controls(tmp_path / "ours.json")


def test_a_missing_file_and_a_folder_are_refused(tmp_path: Path):
    with pytest.raises(LtmeError, match="can't be read"):
        load_controls(tmp_path / "none.json")
    with pytest.raises(LtmeError, match="not a file"):
        load_controls(tmp_path)


def test_a_file_made_consistent_by_hand_still_has_to_make_sense(tmp_path: Path, fifty):
    """Whoever recalculates the hash can't get features in that are not orthonormal."""
    from ltme_clinic.norms.own_controls import _content_hash

    save_controls(fifty, tmp_path / "ours.json")
    content = json.loads((tmp_path / "ours.json").read_text())
    content.pop("content_sha256")
    content["gdi"]["features"][0][0] = 0.9
    content["content_sha256"] = _content_hash(content)
    (tmp_path / "ours.json").write_text(json.dumps(content))
    with pytest.raises(LtmeError, match=r"ours\.json: its features are not orthonormal"):
        load_controls(tmp_path / "ours.json")
