"""`python -m ltme_clinic.cli` is `ltme`."""

from ltme_clinic.cli import main

if __name__ == "__main__":
    main()
