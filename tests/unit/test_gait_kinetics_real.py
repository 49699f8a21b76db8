"""Plates and moments of real walks: standing people, stored ground reactions, stored moments and powers."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from ltme_clinic.gait.kinetics import KineticsFilter, joint_kinetics
from ltme_clinic.gait.plates.contacts import plate_contacts
from ltme_clinic.gait.plates.foot_forces import foot_forces
from ltme_clinic.gait.walker import Walker, walker_of
from ltme_clinic.kinematics.cgm import model_angles
from ltme_clinic.recordings.reading import read_recordings
from ltme_clinic.types import JointKinetics, PlateContact, Refused

WALKS = (
    "children/HC030A05.c3d",
    "children/HC033A22.c3d",
    "children/HC036A10.c3d",
    "children/HC038A11.c3d",
    "children/HC039A17.c3d",
    "children/HC040A14.c3d",
    "overground_small/test_small.c3d",
)
STORED = {
    "hip_extension": ("HipMoment", 0),
    "hip_abduction": ("HipMoment", 1),
    "knee_extension": ("KneeMoment", 0),
    "knee_abduction": ("KneeMoment", 1),
    "knee_external_rotation": ("KneeMoment", 2),
    "ankle_plantarflexion": ("AnkleMoment", 0),
    "ankle_eversion": ("AnkleMoment", 1),
}


def _walker(shared_data: Path, name: str) -> Walker:
    path = shared_data / "recordings" / name
    if not path.is_file():
        pytest.skip(f"{name} is not there")
    return walker_of(read_recordings(path)[0])


def _kinetics(walker: Walker, smoothing: KineticsFilter | None = None) -> JointKinetics:
    measures = walker.recording.body_measures
    angles = model_angles(walker.measured_m, walker.rate_hz, measures, heading_rad=walker.heading_rad)
    return joint_kinetics(walker, angles, plate_contacts(walker), smoothing)


def _stored(walker: Walker, contact: PlateContact, label: str, axis: int) -> tuple[np.ndarray, np.ndarray]:
    """A stored curve and its frames within a contact."""
    outputs = {output.name: output.values for output in walker.recording.model_outputs}
    values = outputs[f"{str(contact.side)[0].upper()}{label}"][:, axis].astype(float)
    first, last = int(np.ceil(contact.start_s * walker.rate_hz)), int(contact.stop_s * walker.rate_hz)
    frames = np.arange(first, last + 1)
    return values[frames], frames


@pytest.mark.parametrize("name", WALKS)
def test_moments_and_powers_agree_with_the_files(shared_data, name):
    walker = _walker(shared_data, name)
    ours = _kinetics(walker)
    clean = [contact for contact in ours.contacts if contact.clean]
    assert clean
    for contact in clean:
        for moment, (label, axis) in STORED.items():
            theirs, frames = _stored(walker, contact, label, axis)
            found = ours.moments_nm_kg[moment, contact.side][frames]
            assert np.corrcoef(found, theirs)[0, 1] > 0.97, moment
            assert np.sqrt(np.mean((found - theirs / 1000) ** 2)) < 0.11, moment
        for joint in ("hip", "knee", "ankle"):
            theirs, frames = _stored(walker, contact, f"{joint.capitalize()}Power", 2)
            assert np.corrcoef(ours.powers_w_kg[joint, contact.side][frames], theirs)[0, 1] > 0.97, joint


def test_the_ground_reaction_is_the_files_own_to_storage_precision(shared_data):
    for name in WALKS[:6]:
        walker = _walker(shared_data, name)
        ours = _kinetics(walker)
        for contact in ours.contacts:
            if contact.clean:
                per_cent, frames = _stored(walker, contact, "NormalisedGRF", 2)
                found = ours.ground_reaction_bw["vertical", contact.side][frames[1:-1]]
                np.testing.assert_allclose(found, per_cent[1:-1] * 9.81 / 9.80665 / 100, atol=1e-4)


def test_a_plates_offset_is_taken_off(shared_data):
    """The fourth plate shows -16 N when nobody is on it, and the file's own curve keeps that."""
    walker = _walker(shared_data, "overground_small/test_small.c3d")
    ours = _kinetics(walker)
    contact = next(contact for contact in ours.contacts if contact.plate == 4)
    per_kg, frames = _stored(walker, contact, "GroundReactionForce", 2)
    found = ours.ground_reaction_bw["vertical", "right"][frames[2:-2]] * 9.80665
    mass_kg = walker.recording.anthropometry.mass_kg
    assert np.median(found - per_kg[2:-2]) * mass_kg == pytest.approx(15.9, abs=0.3)


def test_standing_on_one_plate_with_both_feet_is_refused(shared_data):
    for path in sorted((shared_data / "recordings" / "children").glob("*A0[14].c3d")):
        (recording,) = read_recordings(path)
        if recording.is_static:
            walker = walker_of(recording)
            assert [contact.why_not for contact in plate_contacts(walker)] == ["both feet"]
            with pytest.raises(Refused, match="both feet"):
                _kinetics(walker)


def test_a_walk_without_a_body_mass_is_refused(shared_data):
    with pytest.raises(Refused, match="no body mass is known"):
        _kinetics(_walker(shared_data, "overground_adult/exampleOverground.c3d"))


def test_steps_over_an_edge_are_known_for_what_they_are(shared_data):
    """Toes over the plate's end (.34 s of force under the heel alone), a heel before its beginning, a foot on two."""
    edges = {"children/HC032A18.c3d": (1, "left"), "opensim/walking2.c3d": (2, "left")}
    for name, (plate, side) in edges.items():
        found = next(c for c in plate_contacts(_walker(shared_data, name)) if c.plate == plate)
        assert (found.side, found.clean) == (side, False)
        assert found.why_not.startswith("edge: the foot reaches 1")
    both = [c for c in plate_contacts(_walker(shared_data, "opensim/jogging.c3d")) if c.side == "right"]
    assert [c.why_not for c in both] == [
        "edge: the foot stands on plates 1 and 2",
        "edge: the foot stands on plates 2 and 1",
    ]


def test_a_foot_on_two_plates_has_its_whole_force(shared_data):
    """The jogger's right foot: two plates that carry 980 and 970 N carry 1500 N together, twice the body's weight."""
    walker = _walker(shared_data, "opensim/jogging.c3d")
    forces = foot_forces(walker, plate_contacts(walker))
    assert forces["right"].stances[0].plates == (1, 2)
    whole_n = float(np.nanmax(forces["right"].force_n[:, 2]))
    other_n = float(np.nanmax(forces["left"].force_n[:, 2]))
    assert whole_n == pytest.approx(other_n, rel=0.15)


def test_the_ankle_does_most_of_the_work_of_a_walk(shared_data):
    """Push-off: a plantarflexor moment of 1 to 1.6 Nm/kg and a burst of 1.5 W/kg or more, late in stance."""
    for name in WALKS:
        walker = _walker(shared_data, name)
        ours = _kinetics(walker)
        for contact in (contact for contact in ours.contacts if contact.clean):
            frames = _stored(walker, contact, "AnkleMoment", 0)[1]
            moment = ours.moments_nm_kg["ankle_plantarflexion", contact.side][frames]
            power = ours.powers_w_kg["ankle", contact.side][frames]
            assert 0.8 < np.nanmax(moment) < 1.7
            assert np.nanmax(power) > 1.5
            assert np.nanargmax(power) > 0.7 * len(frames)
