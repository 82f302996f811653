"""The local stack's own AWS services, as a LocalStack 4.14.0 plugin: one room (folder) a service.

It runs in LocalStack's process and imports nothing of the commands (`stack`, `bootstrap`, `cli`, …).
"""
