"""The rules before and beside LocalStack's handlers, one a module; `emulator/gateway.py` has their order.

Every request passes them, whichever service it is for. What is wrong with one service is a patch instead
(`host/patches/`). They reach into LocalStack's gateway and so lie here (ADR 0001).
"""
