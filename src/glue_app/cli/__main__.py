"""`python -m glue_app.cli`, as `scripts/with-host` starts it in the host environment."""

from __future__ import annotations

import sys

from glue_app.cli.app import main

if __name__ == "__main__":
    sys.exit(main())
