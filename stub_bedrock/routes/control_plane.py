"""bedrock, the control plane: the models and inference profiles there are. Read only.

https://docs.aws.amazon.com/bedrock/latest/APIReference/API_Operations_Amazon_Bedrock.html
"""

import re
from typing import Any
from urllib.parse import unquote

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from stub_bedrock.bodies.shapes import Constraints
from stub_bedrock.catalog import FoundationModel
from stub_bedrock.errors import ValidationException
from stub_bedrock.models import InferenceProfile, find_model, find_profile, model_arn, models_in, profiles_in
from stub_bedrock.signing import region_of
from stub_bedrock.stub import Stub

router = APIRouter(tags=["bedrock"])

_SINCE = "2025-01-01T00:00:00Z"  # createdAt and updatedAt of every profile
_MOST_RESULTS = 1000
_NUMBER = re.compile(r"[0-9]{1,9}")  # isdigit() has digits that int() has not


@router.get("/foundation-models")
async def list_foundation_models(request: Request) -> Response:
    query, region = request.query_params, _region(request)
    constraints = Constraints()
    if "byInferenceType" in query:
        constraints.one_of(query["byInferenceType"], ["ON_DEMAND", "PROVISIONED"], "byInferenceType")
    if "byOutputModality" in query:
        constraints.one_of(query["byOutputModality"], ["TEXT", "IMAGE", "EMBEDDING"], "byOutputModality")
    constraints.check()
    wanted_type = query.get("byInferenceType")
    found = [
        _model(model, region)
        for model in models_in(region)
        if query.get("byProvider", model.provider_name).lower() == model.provider_name.lower()
        and query.get("byOutputModality", "TEXT") == "TEXT"
        and (wanted_type is None or wanted_type in _inference_types(model, region))
        and "byCustomizationType" not in query  # none of the models here is customizable
    ]
    return JSONResponse({"modelSummaries": found})


@router.get("/foundation-models/{identifier:path}")
async def get_foundation_model(request: Request, identifier: str) -> Response:
    region = _region(request)
    return JSONResponse({"modelDetails": _model(find_model(unquote(identifier), region), region)})


@router.get("/foundation-model-availability/{identifier:path}")
async def get_foundation_model_availability(request: Request, identifier: str) -> Response:
    stub: Stub = request.app.state.stub
    model = find_model(unquote(identifier), _region(request))
    denied = model.model_id in stub.faults.current.denied_models
    return JSONResponse(
        {
            "modelId": model.model_id,
            "agreementAvailability": {"status": "NOT_AVAILABLE" if denied else "AVAILABLE"},
            "authorizationStatus": "NOT_AUTHORIZED" if denied else "AUTHORIZED",
            "entitlementAvailability": "NOT_AVAILABLE" if denied else "AVAILABLE",
            "regionAvailability": "AVAILABLE",
        }
    )


@router.get("/inference-profiles")
async def list_inference_profiles(request: Request) -> Response:
    stub: Stub = request.app.state.stub
    query = request.query_params
    if query.get("type") == "APPLICATION":  # the stub has none, and cannot make any
        return JSONResponse({"inferenceProfileSummaries": []})
    start, size = _page(query.get("nextToken"), query.get("maxResults"))
    profiles = list(profiles_in(_region(request), stub.settings.account_id))
    body: dict[str, Any] = {
        "inferenceProfileSummaries": [_profile(p) for p in profiles[start : start + size]]
    }
    if start + size < len(profiles):
        body["nextToken"] = str(start + size)
    return JSONResponse(body)


@router.get("/inference-profiles/{identifier:path}")
async def get_inference_profile(request: Request, identifier: str) -> Response:
    stub: Stub = request.app.state.stub
    found = find_profile(unquote(identifier), _region(request), stub.settings.account_id)
    return JSONResponse(_profile(found))


def _region(request: Request) -> str:
    stub: Stub = request.app.state.stub
    return region_of(request, stub.settings)


def _page(token: str | None, size: str | None) -> tuple[int, int]:
    constraints = Constraints()
    number = None if size is None else int(size) if _NUMBER.fullmatch(size) else 0
    constraints.at_least(number, 1, "maxResults")
    constraints.at_most(number, _MOST_RESULTS, "maxResults")
    constraints.check()
    if token is not None and not _NUMBER.fullmatch(token):
        raise ValidationException("The provided nextToken is invalid.")
    return int(token or 0), number or _MOST_RESULTS


def _inference_types(model: FoundationModel, region: str) -> list[str]:
    """AWS writes INFERENCE_PROFILE for what is to be had through a profile only, beyond its own enum."""
    on_demand = ["ON_DEMAND"] if region in model.on_demand else []
    return on_demand or ["INFERENCE_PROFILE"]


def _model(model: FoundationModel, region: str) -> dict[str, Any]:
    """FoundationModelSummary and FoundationModelDetails, which are alike."""
    return {
        "modelArn": model_arn(model, region),
        "modelId": model.model_id,
        "modelName": model.model_name,
        "providerName": model.provider_name,
        "inputModalities": list(model.input_modalities),
        "outputModalities": ["TEXT"],
        "responseStreamingSupported": True,
        "customizationsSupported": [],
        "inferenceTypesSupported": _inference_types(model, region),
        "modelLifecycle": {"status": model.lifecycle},
    }


def _profile(profile: InferenceProfile) -> dict[str, Any]:
    return {
        "inferenceProfileName": profile.name,
        "description": profile.description,
        "createdAt": _SINCE,
        "updatedAt": _SINCE,
        "inferenceProfileArn": profile.arn,
        "models": [{"modelArn": arn} for arn in profile.model_arns],
        "inferenceProfileId": profile.inference_profile_id,
        "status": "ACTIVE",
        "type": "SYSTEM_DEFINED",
    }
