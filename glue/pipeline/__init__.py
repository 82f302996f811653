"""The package of ``bronze_to_gold.py``: a CSV in Bronze becomes Silver (Delta) and Gold (PostgreSQL)."""
