"""Motion files of other formats, each told in a C3D file's terms, so that all that stands above reads them alike.

A reader takes one file whole (`whole_file`), checks every word of it, and gives a `RawC3D`: labels, points in the
file's own unit, rate, and what else it says as parameters. Sorting into subjects and markers, unit, vertical axis,
trial facts and quality are then the same as for any other recording. See docs/decisions/0007.

Points in space are `trc`, forces and curves `mot`; `bvh`, `amc`, `exponential_map` and `body_model` are a skeleton's
joint rotations, posed by `kinematics.joint_chain`. `trc_writing` and `mot_writing` are the way out.
"""
