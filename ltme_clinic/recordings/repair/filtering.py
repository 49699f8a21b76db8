"""The zero-lag low-pass over a whole recording, with its cut-off written into the recording."""

from __future__ import annotations

from dataclasses import replace

from ltme_clinic.kinematics.smoothing import butterworth_low_pass, highest_cutoff_hz
from ltme_clinic.types import LtmeError, Recording


def low_pass(recording: Recording, cutoff_hz: float, order: int = 4) -> Recording:
    """Low-pass all marker tracks without lag, each unbroken run by itself; nothing is bridged.

    Parameters
    ----------
    cutoff_hz : half-power frequency of the whole filter; 6 to 10 Hz is usual for gait, 12 to 20 for running
    order : order of the whole filter (two passes of half of it), even

    Raises
    ------
    LtmeError
        When the recording's rate is too low for the cut-off, or the cut-off or order make no sense.

    See Also
    --------
    kinematics.smoothing.butterworth_low_pass : the filter and its source
    """
    highest_hz = highest_cutoff_hz(recording.rate_hz, order) if order >= 2 else 0.0
    if cutoff_hz > highest_hz > 0:
        fact = f"a cut-off of {cutoff_hz:g} Hz can't be had at {recording.rate_hz:g} frames a second"
        raise LtmeError(recording.source_name, fact, f"Use {highest_hz:.3g} Hz or less")
    smooth_m = butterworth_low_pass(recording.positions_m, recording.rate_hz, cutoff_hz, order)
    step = f"low-pass: zero-lag Butterworth of order {order}, half power at {cutoff_hz:g} Hz, each unbroken run"
    return replace(recording, positions_m=smooth_m, processing=(*recording.processing, step))
