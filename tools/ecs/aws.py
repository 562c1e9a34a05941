"""AWS by its command line, which every pipeline's machine has; answers are JSON."""

import json
import os
import subprocess
from typing import Any


class Refused(Exception):
    """AWS, or its command line, said no; the message is what it said."""


def call(*arguments: str) -> Any:
    """`aws SERVICE OPERATION --option value …`; what it answers, None where that is nothing. Raises Refused."""
    # No pager, said by the variable: the command line's first version does not know the option.
    alone = {**os.environ, "AWS_PAGER": ""}
    done = subprocess.run(["aws", *arguments, "--output", "json"], capture_output=True, text=True, check=False, env=alone)
    if done.returncode:
        raise Refused(f"aws {' '.join(arguments[:2])}: {done.stderr.strip()}")
    return json.loads(done.stdout) if done.stdout.strip() else None
