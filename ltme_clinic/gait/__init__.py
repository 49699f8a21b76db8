"""Recording -> GaitAnalysis. The room is empty so far: events and joint angles are those the file holds."""
