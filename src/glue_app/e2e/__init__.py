"""`make e2e` and `make run`: send a CSV through the whole pipeline and prove what came out.

It looks from outside, as a user of AWS would: by boto3, SQL and the Delta tables, never into the emulator.
"""
