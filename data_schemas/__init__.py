"""Marker sets, exercises and the JSON Schemas they are checked against: data, read through `ltme_clinic.schemas`."""
