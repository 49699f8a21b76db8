"""The second opinion on a C3D file: the native library in a killable child, held against our own decoder."""
