"""What is done in each file of ../shared/data, by whom and where: read off names, the data's README and CMU's list.

Nothing here looks at a motion. CMU's list of trials is the one published with the motions (mocap.cs.cmu.edu, as text by
B. Hahne 2008): 02_01 and 02_02 walk, 02_03 run/jog, 02_04 jump, balance, 02_05 punch/strike, 03_01 to 03_04 walk on
uneven terrain, 07_01 to 07_12 walk.
"""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Literal

AgeGroup = Literal["child", "adult"]
Activity = Literal["walking", "running", "jumping", "uneven", "other"]
"""`uneven` is walking over steps and slopes: neither level walking nor another activity."""

STRAIGHT = (
    "HC030A05", "HC031A06", "HC032A03", "HC033A10", "HC036A10", "HC038A11", "HC039A17", "HC040A14",
)  # fmt: skip
TURNING = (
    "HC030A22", "HC031A23", "HC032A18", "HC033A22", "HC036A23", "HC038A27", "HC039A31", "HC040A40",
)  # fmt: skip
"""README: one static and two walking trials a child, straight and turn; in this order by their numbers."""

_CMU = "CMU's list of trials"
_README = "the data's README"
_NAME = "the name"

RULES: tuple[tuple[str, Activity | None, str], ...] = (
    *((f"recordings/children/{name}.c3d", "walking", f"{_README}: straight walk") for name in STRAIGHT),
    *((f"recordings/children/{name}.c3d", "walking", f"{_README}: walk with a turn") for name in TURNING),
    ("recordings/children/*.c3d", None, f"{_README}: static"),
    ("recordings/opensim/*walking*.c3d", "walking", _NAME),
    ("recordings/opensim/jogging.c3d", "running", _NAME),
    ("recordings/opensim/doubleLegLanding.c3d", "other", f"{_README}: a landing, not a jump"),
    ("recordings/opensim/sideCutting.c3d", "other", _NAME),
    ("recordings/opensim/aStaticTrial.c3d", None, f"{_NAME}: static"),
    ("recordings/pycgm/Static_trial.c3d", None, f"{_NAME}: static"),
    ("recordings/pycgm/Movement_trial.c3d", "other", f"{_README}: looks like stair ascent"),
    ("recordings/qualisys/Qualisys.c3d", "walking", f"{_README}: walk"),
    ("recordings/qualisys/Optotrak.c3d", None, f"{_README}: says nothing of what is done"),
    ("recordings/overground_adult/*.c3d", "walking", f"{_README}: overground walks"),
    ("recordings/overground_small/*.c3d", "walking", f"{_README}: overground walks"),
    ("recordings/exercise/squat.c3d", "other", f"{_NAME}: squats"),
    ("recordings/exercise/cmu_02_05.c3d", "other", f"{_CMU}: punch/strike"),
    ("recordings/encodings/*", None, f"{_README}: says nothing of what is done"),
    ("motions/cmu_expmap*/walking/*.txt", "walking", "the folder"),
    ("motions/cmu_expmap*/walking_extra/*.txt", "walking", "the folder"),
    ("motions/cmu_expmap*/running/*.txt", "running", "the folder"),
    ("motions/cmu_expmap*/jumping/*.txt", "jumping", "the folder"),
    ("motions/cmu_expmap*/soccer/*.txt", "other", "the folder"),
    ("motions/cmu_expmap*/basketball/*.txt", "other", "the folder"),
    ("motions/cmu_amc*/02_0[12].amc", "walking", f"{_CMU}: walk"),
    ("motions/cmu_amc*/02_03.amc", "running", f"{_CMU}: run/jog"),
    ("motions/cmu_amc*/02_04.amc", "jumping", f"{_CMU}: jump, balance"),
    ("motions/cmu_amc*/03_0?.amc", "uneven", f"{_CMU}: walk on uneven terrain"),
    ("motions/cmu_bvh*/002_0[12].bvh", "walking", f"{_CMU}: walk"),
    ("motions/cmu_bvh*/002_03.bvh", "running", f"{_CMU}: run/jog"),
    ("motions/cmu_bvh*/003_0?.bvh", "uneven", f"{_CMU}: walk on uneven terrain"),
    ("motions/cmu_bvh*/007_??.bvh", "walking", f"{_CMU}: walk"),
    ("motions/deepmimic*/humanoid3d_walk.txt", "walking", _NAME),
    ("motions/deepmimic*/humanoid3d_long_walk?.txt", "walking", _NAME),
    ("motions/deepmimic*/humanoid3d_run.txt", "running", _NAME),
    ("motions/deepmimic*/humanoid3d_jog.txt", "running", _NAME),
    ("motions/deepmimic*/humanoid3d_jump.txt", "jumping", _NAME),
    ("motions/deepmimic*/humanoid3d_*.txt", "other", f"{_NAME}: acted walks, falls, fights, dances"),
)
"""Pattern of the path under ../shared/data (an archive counts as a folder), what is done (None: left out), why; the
first that fits counts."""

TAKES = {
    "train/walking/walking_1.txt": "CMU 2 01",
    "train/walking/walking_4.txt": "CMU 7 01",
    "train/walking/walking_5.txt": "CMU 7 02",
}
"""Exponential maps that are trials also there as AMC or BVH: knee angles differ by under 3.2 degrees with no shift
between them, durations by under .02 s."""

C3D_PLACES: dict[str, tuple[str, str, AgeGroup]] = {
    "recordings/children": ("children's hospital", "", "child"),
    "recordings/overground_small": ("overground small", "overground small", "adult"),
    # the folder says adult, the legs of 0.58 m say a child of about five
    "recordings/overground_adult": ("overground lower body", "overground lower body", "child"),
    "recordings/qualisys": ("Qualisys", "Qualisys", "adult"),
    "recordings/opensim": ("OpenSim treadmill", "OpenSim", "adult"),
    "recordings/pycgm": ("pyCGM", "pyCGM", "adult"),
    "recordings/encodings": ("C3D sample", "C3D sample", "adult"),
}
"""Folder -> laboratory, person ("" where the file's name begins with it), age group."""
CHILD_CODE_LENGTH = 5
"""HC030A05: the first five characters are the child."""

RECORDED_AS_MARKERS = "CMU, markers"


@dataclass(frozen=True)
class FileLabel:
    """What is known of a file before it is opened."""

    activity: Activity | None
    """None: left out, for the reason given."""
    why: str
    laboratory: str
    person: str
    person_known: bool
    """Of most exponential maps nobody tells who moved: the file stands for a person there."""
    take: str
    """The trial; the same in every format in which it is there."""
    age_group: AgeGroup

    @property
    def skin_markers(self) -> bool:
        """Whether markers on a person were recorded, not the joints of a fitted skeleton."""
        return not self.laboratory.startswith(("CMU, AMC", "CMU, BVH", "CMU, exponential", "DeepMimic"))


def label_of(path: str) -> FileLabel | None:
    """The label of a file by its path under ../shared/data with `/`; None if no rule knows it."""
    for pattern, activity, why in RULES:
        if fnmatchcase(path, pattern):
            return FileLabel(activity, why, *_place(path))
    return None


def _place(path: str) -> tuple[str, str, bool, str, AgeGroup]:
    """Laboratory, person, whether that is known, take, age group."""
    parts = path.split("/")
    name, stem = parts[-1], parts[-1].rpartition(".")[0]
    if parts[0] == "recordings":
        return _c3d_place("/".join(parts[:-1]), stem)
    if name.endswith((".amc", ".bvh")):
        subject, trial = stem.split("_")
        kind = "AMC" if name.endswith(".amc") else "BVH"
        return f"CMU, {kind}", f"CMU {int(subject)}", True, f"CMU {int(subject)} {trial}", "adult"
    if parts[1].startswith("deepmimic"):
        return "DeepMimic", f"DeepMimic {stem}", False, f"DeepMimic {stem}", "adult"
    inside = "/".join(parts[-3:])
    take = TAKES.get(inside, f"CMU, {inside}")
    return "CMU, exponential maps", take.rpartition(" ")[0] if inside in TAKES else take, inside in TAKES, take, "adult"


def _c3d_place(folder: str, stem: str) -> tuple[str, str, bool, str, AgeGroup]:
    if stem.startswith("cmu_"):
        _, subject, trial = stem.split("_")
        return RECORDED_AS_MARKERS, f"CMU {int(subject)}", True, f"CMU {int(subject)} {trial}", "adult"
    laboratory, person, age_group = C3D_PLACES.get(folder, (folder.rpartition("/")[2], stem, "adult"))
    return laboratory, person or stem[:CHILD_CODE_LENGTH], True, f"{laboratory} {stem}", age_group
