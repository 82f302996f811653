"""Bedrock without AWS: `bedrock-runtime` and the part of the `bedrock` control plane that the job needs.

Start it with `uvicorn stub_bedrock.app:app`. It answers from the request alone: the tool's JSON Schema and
the text. It knows no dataset, keeps no conversation and calls nothing.
"""
