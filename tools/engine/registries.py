"""pip.conf and uv.toml for a stand-in image, as pip is set up on this machine: `registries.py FOLDER`. The project sees nothing of it."""

import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
from tools.uv import pip_options

CERTIFICATES = "/etc/ssl/certs/ca-certificates.crt"


def written(options: dict[str, str]) -> tuple[str, str]:
    """The two files. Folders of this machine are left out: the image has none of them."""
    index = options.get("index-url", "")
    others = [url for url in options.get("extra-index-url", "").split() if url.startswith("http")]
    pip = ["[global]", f"cert = {CERTIFICATES}"]
    uv = ["native-tls = true"]
    if index:
        pip.append(f"index-url = {index}")
        uv.append(f'index-url = "{index}"')
    if others:
        pip.append(f"extra-index-url = {' '.join(others)}")
        uv.append(f"extra-index-url = [{', '.join(f'{url!r}' for url in others)}]")
    return "\n".join(pip) + "\n", "\n".join(uv) + "\n"


def main(folder: Path) -> int:
    listing = subprocess.run([sys.executable, "-m", "pip", "config", "list"], capture_output=True, text=True, check=True)
    pip, uv = written(pip_options(listing.stdout))
    (folder / "pip.conf").write_text(pip)
    (folder / "uv.toml").write_text(uv)
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
