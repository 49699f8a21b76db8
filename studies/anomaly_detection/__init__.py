"""Impairments against health: the embedding beside everything a clinic has, at four severities."""
