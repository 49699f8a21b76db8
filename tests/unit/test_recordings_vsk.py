""".vsk files: what they say of a body, and what they may not do to us."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from processor_time import processor_time_below

from ltme_clinic.recordings import read_recordings
from ltme_clinic.recordings.vsk import read_vsk
from ltme_clinic.types import BodyMeasures, LtmeError

HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="no"?>\n'


def vsk(*parameters: str) -> str:
    inside = "".join(f"<StaticParameter {parameter}/>" for parameter in parameters)
    return f'{HEAD}<KinematicModel MODEL="M"><Parameters>{inside}</Parameters></KinematicModel>'


def read_text(folder: Path, text: str | bytes) -> tuple[BodyMeasures, tuple[str, ...]]:
    path = folder / "subject.vsk"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_vsk(path)


def test_entered_values_are_read_in_metres_and_radians(tmp_path: Path) -> None:
    measures, warnings = read_text(
        tmp_path,
        vsk(
            'NAME="LeftLegLength" VALUE="877" PRIOR="800"',
            'NAME="LeftKneeWidth" VALUE="144" PRIOR="120"',
            'NAME="RightAnkleWidth" VALUE="89"',
            'NAME="LeftStaticPlantFlex" VALUE="0.2527"',
            'NAME="InterAsisDistance" VALUE="306"',
        ),
    )
    assert measures.left_leg.leg_length_m == pytest.approx(0.877)
    assert measures.left_leg.knee_width_m == pytest.approx(0.144)
    assert measures.right_leg.ankle_width_m == pytest.approx(0.089)
    assert measures.left_leg.plantar_flexion_rad == pytest.approx(0.2527)
    assert measures.inter_asis_m == pytest.approx(0.306)
    assert measures.sources["left_leg.knee_width_m"] == "vsk"
    assert warnings == ()


def test_a_template_without_a_value_is_nobodys_measure(tmp_path: Path) -> None:
    measures, _ = read_text(tmp_path, vsk('NAME="LeftKneeWidth" VALUE="144"', 'NAME="LeftTibialTorsion" PRIOR="0"'))
    assert measures.left_leg.tibial_torsion_rad is None


@pytest.mark.parametrize("value", ["nan", "inf", "1e999", "12 mm", "", "0x12", "9" * 100, "-144", "1440"])
def test_what_is_no_width_is_no_width(tmp_path: Path, value: str) -> None:
    measures, _ = read_text(tmp_path, vsk('NAME="LeftLegLength" VALUE="877"', f'NAME="LeftKneeWidth" VALUE="{value}"'))
    assert measures.left_leg.knee_width_m is None


@pytest.mark.parametrize("value", ["nan", "-inf", "1e400"])
def test_an_offset_that_is_no_number_is_as_if_it_were_not_there(tmp_path: Path, value: str) -> None:
    measures, warnings = read_text(
        tmp_path, vsk('NAME="LeftKneeWidth" VALUE="144"', f'NAME="LeftTibialTorsion" VALUE="{value}"')
    )
    assert measures.left_leg.tibial_torsion_rad is None
    assert warnings == ()


def test_a_doubtful_number_is_said_with_the_file(tmp_path: Path) -> None:
    _, warnings = read_text(tmp_path, vsk('NAME="LeftLegLength" VALUE="877"', 'NAME="LeftKneeWidth" VALUE="1440"'))
    assert warnings == ("subject.vsk: LKNEEWIDTH of 1440 is no body's: it was not taken",)


def test_the_first_of_two_values_counts(tmp_path: Path) -> None:
    measures, _ = read_text(tmp_path, vsk('NAME="LeftKneeWidth" VALUE="144"', 'NAME="LeftKneeWidth" VALUE="99"'))
    assert measures.left_leg.knee_width_m == pytest.approx(0.144)


def test_entities_are_refused_before_they_unfold(tmp_path: Path) -> None:
    bomb = '<!DOCTYPE k [<!ENTITY a "aaaaaaaaaa">' + "".join(
        f'<!ENTITY {chr(98 + i)} "{f"&{chr(97 + i)};" * 10}">' for i in range(20)
    )
    with processor_time_below(0.5), pytest.raises(LtmeError, match=r"^subject\.vsk: declares a document type"):
        read_text(tmp_path, HEAD + bomb + "]><k>&u;</k>")


@pytest.mark.parametrize("encoding", ["utf-16", "utf-8-sig"])
def test_entities_are_refused_in_any_encoding(tmp_path: Path, encoding: str) -> None:
    text = '<!DOCTYPE k [<!ENTITY a SYSTEM "file:///etc/passwd">]><k>&a;</k>'
    with pytest.raises(LtmeError, match="declares a document type"):
        read_text(tmp_path, text.encode(encoding))


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is not readable XML"),
        (b"\x00\x01\x02", "is not readable XML"),
        (b"<k>", "is not readable XML"),
        (b"<k a='1' a='2'/>", "is not readable XML"),
        (b'<?xml version="1.0" encoding="klingon"?><k/>', "is not readable XML"),
        (b"<k>" * 200_001, "has more than 200000 elements"),
        (b"<k/>", "holds none of a gait model's measures"),
        (vsk('NAME="Bodymass" VALUE="85"').encode(), "holds none of a gait model's measures"),
        (b" " * ((8 << 20) + 1), "is larger than 8 MiB"),
    ],
)
def test_what_is_no_vsk_is_refused_in_one_line(tmp_path: Path, content: bytes, said: str) -> None:
    with pytest.raises(LtmeError, match=rf"^subject\.vsk: {said}") as refused:
        read_text(tmp_path, content)
    assert "\n" not in str(refused.value)


def test_a_deep_file_is_only_deep(tmp_path: Path) -> None:
    deep = "<k>" * 100_000 + '<StaticParameter NAME="LeftKneeWidth" VALUE="144"/>' + "</k>" * 100_000
    measures, _ = read_text(tmp_path, deep)
    assert measures.left_leg.knee_width_m == pytest.approx(0.144)


def test_a_file_that_is_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(LtmeError):
        read_vsk(tmp_path / "none.vsk")
    with pytest.raises(LtmeError):
        read_vsk(tmp_path)
    os.mkfifo(tmp_path / "pipe.vsk")
    with pytest.raises(LtmeError):
        read_vsk(tmp_path / "pipe.vsk")


def test_a_real_vsk_says_what_its_trials_say(shared_data: Path) -> None:
    folder = shared_data / "recordings" / "pycgm"
    if not (folder / "Test.vsk").is_file():
        pytest.skip("no Test.vsk")
    measures, warnings = read_vsk(folder / "Test.vsk")
    (recording,) = read_recordings(folder / "Movement_trial.c3d")
    stored = recording.body_measures
    assert warnings == ()
    assert len(measures.sources) > 20
    for name in measures.sources.keys() & stored.sources.keys():
        part, _, field = name.rpartition(".")
        ours, theirs = (getattr(m, part) if part else m for m in (measures, stored))
        assert getattr(ours, field) == pytest.approx(getattr(theirs, field), rel=1e-6), name
