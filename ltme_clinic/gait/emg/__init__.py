"""Surface EMG over the gait cycle: whose muscle a channel is, whether its signal can be used, and when it is active."""

from ltme_clinic.gait.emg.activity import MIN_BAND_CYCLES, muscle_activity, scaled_to_its_peak
from ltme_clinic.gait.emg.muscles import BAND_NAMES, NamedMuscle, muscle_of

__all__ = ["BAND_NAMES", "MIN_BAND_CYCLES", "NamedMuscle", "muscle_activity", "muscle_of", "scaled_to_its_peak"]
