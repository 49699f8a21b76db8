"""Motion files of other formats, each told in a C3D file's terms, so that all that stands above reads them alike.

A reader takes one file whole (`whole_file`), checks every word of it, and gives a `RawC3D`: labels, points in the
file's own unit, rate, and what else it says as parameters. Sorting into subjects and markers, unit, vertical axis,
trial facts and quality are then the same as for any other recording.
"""
