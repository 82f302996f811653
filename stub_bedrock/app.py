"""The stub's table of contents: `uvicorn stub_bedrock.app:app`."""

import sys

from fastapi import FastAPI

from stub_bedrock.errors import BedrockError
from stub_bedrock.handlers import NoWebPages, RequestId, bedrock_error, not_emulated, unexpected_error
from stub_bedrock.routes import control, control_plane, runtime
from stub_bedrock.settings import Settings
from stub_bedrock.stub import Stub


def create_app(settings: Settings | None = None) -> FastAPI:
    """Return the application with its own state; settings from the environment unless given."""
    app = FastAPI(
        title="stub_bedrock", docs_url="/_stub/docs", redoc_url=None, openapi_url="/_stub/openapi.json"
    )
    app.state.stub = Stub(settings or Settings.from_environment())

    app.include_router(
        runtime.router
    )  # /model/{modelId}/converse, …/invoke, both with streams, …/count-tokens
    app.include_router(control_plane.router)  # /foundation-models, /inference-profiles
    app.include_router(control.router)  # /_stub/health, /_stub/calls, /_stub/faults

    app.add_middleware(NoWebPages)
    app.add_middleware(RequestId)
    app.add_exception_handler(BedrockError, bedrock_error)
    app.add_exception_handler(404, not_emulated)
    app.add_exception_handler(405, not_emulated)
    app.add_exception_handler(Exception, unexpected_error)
    return app


# Answers are made in threads (stub.py): the loop gets its turn after 1 ms among them, not after 5.
sys.setswitchinterval(0.001)
app = create_app()
