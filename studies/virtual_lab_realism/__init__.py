"""How like a hospital's recordings are those of the virtual laboratory?"""
