"""Dataset contracts: what ``glue/datasets/<name>.yaml`` says, as frozen dataclasses.

``loader`` reads a contract into the classes of ``model``, or raises the errors of ``errors``. Needs PyYAML
and fastjsonschema only, never Spark. ``docs/datasets.md`` explains every field to its author.
"""
