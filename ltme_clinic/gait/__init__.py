"""Recording -> GaitAnalysis: events, cycles, joint angles, spatiotemporal figures, kinetics, EMG, indices.

`gait.analysis.analyse_gait` is the whole of it; each part can be used by itself.
"""
