"""Names of state machines, executions and activities.

1 to 80 characters without white space, brackets, wildcards, some special and all control characters.
https://docs.aws.amazon.com/step-functions/latest/apireference/API_CreateStateMachine.html
"""

from __future__ import annotations

import re

MAXIMUM_LENGTH = 80
_FORBIDDEN = re.compile(
    r"""[\s<>{}\[\]?*"#%\\^|~`$&,;:/\x00-\x1f\x7f-\x9f\ufffe\uffff\ud800-\udfff\U0010fffe\U0010ffff]"""
)


def is_valid(name: str) -> bool:
    """Return whether AWS takes the name; where not, the error is InvalidName."""
    return 0 < len(name) <= MAXIMUM_LENGTH and not _FORBIDDEN.search(name)
