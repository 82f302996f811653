"""What a request's signature tells: the region it was made for.

Signatures are not checked: who may call is the gateway's business, not the model's.
"""

import re

from starlette.requests import Request

from stub_bedrock.settings import Settings

_CREDENTIAL_SCOPE = re.compile(r"Credential=[^/]+/[0-9]{8}/(?P<region>[a-z0-9-]+)/")


def region_of(request: Request, settings: Settings) -> str:
    """Return the region of the SigV4 credential scope, else the settings' (an unsigned call, a bearer
    token).
    """
    scope = _CREDENTIAL_SCOPE.search(request.headers.get("authorization", ""))
    return scope["region"] if scope else settings.region
