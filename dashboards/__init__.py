"""The pages a clinician reads, and the 3D player: they read the store and draw; they compute nothing."""
