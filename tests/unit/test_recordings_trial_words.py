"""Names and entries of laboratories, each with what a technician would read in it; what is unclear says nothing."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import pytest
from recordings_c3d_maker import c3d_bytes, walker_mm

from ltme_clinic.recordings import read_recordings
from ltme_clinic.recordings.enf import facts_of_enf
from ltme_clinic.recordings.trial_words import said_by_name
from ltme_clinic.types import Recording

FACTS = ("kind", "footwear", "orthosis", "aid", "assistance", "medication", "operated_side")

# name: what it says, fact=value
SAID = """
afo_off: orthosis=no orthosis
afo_on: orthosis=AFO
off_AFO: orthosis=no orthosis
AFO_none: orthosis=no orthosis
AFO no: orthosis=no orthosis
AFO not worn: orthosis=no orthosis
AFO taken off: orthosis=no orthosis
afo_removed_walk: orthosis=no orthosis, kind=walk
removed AFO: orthosis=no orthosis
w/o AFO: orthosis=no orthosis
wo_afo_walk: orthosis=no orthosis, kind=walk
noAFO_bf: orthosis=no orthosis, footwear=barefoot
not with AFO: orthosis=no orthosis
orthosis_no_walk: orthosis=no orthosis, kind=walk
crutches_none_walk: aid=no aid, kind=walk
no longer uses cane: aid=no aid
walker none: aid=no aid
shoes_off:
no_shoes:
shoes were removed:
patient refused shoes:
hha_no:
not barefoot:
no shoes afo: orthosis=AFO
afo no shoes: orthosis=AFO
shoes no afo: footwear=shoes, orthosis=no orthosis
shoes_on_afo_off: footwear=shoes, orthosis=no orthosis
on shoes off afo: footwear=shoes, orthosis=no orthosis
AFOs on shoes off: orthosis=AFO
barefoot_afo_off: footwear=barefoot, orthosis=no orthosis
afo_off_barefoot: footwear=barefoot, orthosis=no orthosis
without AFO with shoes: orthosis=no orthosis, footwear=shoes
no cane walker: aid=walker
SMO no AFO: orthosis=SMO
no AFO or shoes: orthosis=no orthosis
AFO no shoes off:
without shoes and AFO:
AFO refused shoes:
AFO or brace:
AFO vs barefoot:
AFO instead of shoes: orthosis=AFO
unable to walk without cane: kind=walk
AFO_no_1:
walk_no_3_AFO: kind=walk, orthosis=AFO
pre-AFO_walk: kind=walk
after_afo_walk: kind=walk
pre_shoes: footwear=shoes
AFO_walk_off: kind=walk
Left AFO, right none: orthosis=AFO left
no left AFO:
left AFO off:
AFO left off:
LAFO off:
bilateral AFOs off: orthosis=no orthosis
left AFO right no AFO:
right AFO left shoe: orthosis=AFO right, footwear=shoes
left AFO right cane: orthosis=AFO left, aid=cane right
AFO left cane right: orthosis=AFO left, aid=cane right
AFO left cane: orthosis=AFO, aid=cane
AFO left turn: orthosis=AFO
turn left AFO: orthosis=AFO
AFO re-test: orthosis=AFO
AFO_R1: orthosis=AFO
walk01_R: kind=walk
L:
post:
on meds: medication=on
off_meds_2h: medication=off
not on meds:
no meds:
with meds:
with meds on: medication=on
meds on off:
shoes off meds on: medication=on
off meds shoes on: medication=off, footwear=shoes
afo off meds: orthosis=AFO, medication=off
dbs off meds on: medication=on
levodopa off since 12h: medication=off
med speed walk: kind=walk
static off: kind=static
off axis:
afo_off_axis: orthosis=AFO
barefoot_walk_off: kind=walk, footwear=barefoot
barefoot w crutches: footwear=barefoot, aid=crutches
walk_SH_AFO: kind=walk, footwear=shoes, orthosis=AFO
SH_walk: kind=walk
Li_AFO: orthosis=AFO
KAFO brace:
pre_op_left_walk: kind=walk
op left:
post op left AFO: orthosis=AFO left
op side left: operated_side=left
operated left: operated_side=left
left operated right:
non operated left:
to be operated left:
operiert rechts: operated_side=right
op seite links: operated_side=left
ohne Orthese: orthosis=no orthosis
Orthese aus: orthosis=no orthosis
Schiene links: orthosis=orthosis left
Orthese ohne Schuhe: orthosis=orthosis
barfuß an Unterarmgehstützen: footwear=barefoot, aid=crutches
Schuhe, kein Gehstock: footwear=shoes, aid=no aid
Rollator: aid=walker
pieds nus: footwear=barefoot
chaussures sans attelle: footwear=shoes, orthosis=no orthosis
pas de chaussures:
cannes anglaises: aid=crutches
canne gauche: aid=cane left
déambulateur: aid=walker
béquilles: aid=crutches
orthèse enlevée: orthosis=no orthosis
blootsvoets: footwear=barefoot
zonder schoenen:
schoenen geen AFO: footwear=shoes, orthosis=no orthosis
looprek: aid=walker
wandelstok rechts: aid=cane right
krukken: aid=crutches
descalzo sin muletas: footwear=barefoot, aid=no aid
zapatos y bastón: footwear=shoes, aid=cane
férula izquierda: orthosis=orthosis left
andador: aid=walker
"""
TABLE = [line.rsplit(":", 1) for line in SAID.strip().splitlines()]


@pytest.mark.parametrize(("name", "said"), TABLE, ids=[name for name, _ in TABLE])
def test_a_name_says_what_a_technician_reads_in_it(name: str, said: str) -> None:
    expected = dict(fact.strip().split("=") for fact in said.split(",") if fact.strip())
    assert set(expected) <= set(FACTS)
    assert dict(said_by_name(name).facts) == expected


@pytest.mark.parametrize(
    ("name", "fact"),
    [
        ("with_and_without_afo_walk", "orthosis"),
        ("mit und ohne Schuhe", "footwear"),
        ("avec et sans orthèse", "orthosis"),
        ("con y sin AFO", "orthosis"),
        ("AFO no AFO", "orthosis"),
    ],
)
def test_a_name_that_affirms_and_denies_contradicts_itself(name: str, fact: str) -> None:
    said = said_by_name(name)
    assert fact not in said.facts
    assert said.contradicted == (fact,)


def read(folder: Path, name: str, groups: dict | None = None) -> Recording:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_bytes(c3d_bytes(np.repeat(walker_mm(1), 60, axis=0), groups=groups))
    (recording,) = read_recordings(path)
    return recording


def test_what_a_name_leaves_unclear_the_folder_does_not_tell_instead(tmp_path: Path) -> None:
    assert read(tmp_path / "shoes AFO", "trial.c3d").trial.condition == "shoes, AFO"
    assert read(tmp_path / "shoes AFO", "no_shoes.c3d").trial.condition == "AFO"


def test_what_an_entry_denies_the_file_s_name_does_not_tell_instead(tmp_path: Path) -> None:
    (tmp_path / "shoes.Trial.enf").write_text("Footwear=shoes off\n")
    recording = read(tmp_path, "shoes.c3d")
    assert recording.trial.footwear == ""
    assert "footwear" not in recording.trial.sources
    assert any("footwear is unclear" in warning for warning in recording.warnings)
    told = read(tmp_path, "barefoot.c3d", {"TRIAL": {"FOOTWEAR": ["shoes removed"]}})
    assert told.trial.footwear == ""


@pytest.mark.parametrize(
    ("text", "facts"),
    [
        ("Orthosis=removed AFO", {"orthosis": "no orthosis"}),
        ("Orthosis=Left AFO, right none", {"orthosis": "AFO left"}),
        ("DESCRIPTION=patient refused shoes", {"footwear": ""}),
        ("Footwear=shoes off", {"footwear": ""}),
        ("Footwear=SH", {"footwear": "shoes"}),
        ("Operated side=non-operated left", {}),
        ("Orthosis=AFO off\nDESCRIPTION=AFO", {"orthosis": "no orthosis"}),
    ],
)
def test_an_entry_of_an_enf_file_is_read_with_its_negation(text: str, facts: dict[str, str]) -> None:
    assert facts_of_enf(text) == facts


def test_a_text_of_nothing_but_negations_is_read_at_once() -> None:
    begun_s = time.perf_counter()
    for text in ("no afo " * 36, "off " * 63, "with without afo or " * 12, "operated left " * 18):
        said_by_name(text[:255])
    assert time.perf_counter() - begun_s < 0.5
