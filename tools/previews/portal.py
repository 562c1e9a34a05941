"""The policyholders' portal of a preview: the files that Nx builds, from its cache where nothing in them has changed."""

import os
import shutil
import subprocess

from tools import frontend
from tools.previews.place import ROOT, Preview, PreviewError, one_at_a_time

BUILT = ROOT / "dist" / "apps" / "portal"


def bring(preview: Preview) -> None:
    """Its own copy, so that what is built later changes nothing in it."""
    target = preview.folder / "portal"
    if (target / "index.html").exists():
        return
    with one_at_a_time("portal"):
        _build()
        shutil.copytree(BUILT, target, dirs_exist_ok=True)


def _build() -> None:
    try:
        command = [*frontend.nx(), "run", "portal:build"]
    except RuntimeError as error:
        raise PreviewError(f"A preview has the portal, and what builds it could not be brought. {error}") from None
    # For an API under its own name, whatever this shell builds it for.
    variables = {name: value for name, value in os.environ.items() if not name.startswith("PORTAL_")}
    done = subprocess.run(command, cwd=ROOT, env=frontend.environment(variables), capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise PreviewError(f"The portal could not be built:\n{done.stdout[-3000:]}{done.stderr[-3000:]}")
