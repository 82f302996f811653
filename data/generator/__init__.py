"""Makes the committed sample and dirty CSVs; entry point is ``data/generate.py``. Standard library only."""
