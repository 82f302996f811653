"""What the stub understands of English and Japanese text: small lexicons and rules, no model, no I/O.

Every function is pure and deterministic: the same text gives the same answer on every machine.
"""
