"""The architecture figure: one description (`figure.py`), two files made from it (`generate.py`)."""
