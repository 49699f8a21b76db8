"""What is looked at before anything is calculated: labels, markers, frames, measures and given events that can't be."""
