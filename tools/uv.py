"""Runs uv with this machine's own pip configuration.

uv reads neither pip.conf nor PIP_…, so a mirror, a proxy's certificate or a folder of wheels that was set up for pip would be lost on it.
"""

import ast
import os
import subprocess
import sys

# pip's option → the variable by which uv is told the same.
SAME_FOR_UV = {
    "cert": "SSL_CERT_FILE",
    "client-cert": "SSL_CLIENT_CERT",
    "index-url": "UV_DEFAULT_INDEX",
    "extra-index-url": "UV_INDEX",
    "find-links": "UV_FIND_LINKS",
    "no-index": "UV_NO_INDEX",
    "trusted-host": "UV_INSECURE_HOST",
    "timeout": "UV_HTTP_TIMEOUT",
    "default-timeout": "UV_HTTP_TIMEOUT",
    "proxy": "ALL_PROXY",
}
COMMA_SEPARATED = {"UV_FIND_LINKS"}
# `pip config list` prints each file's values under the command that they are for; the later of these wins, as it does in pip.
SECTIONS = ("global", "install", ":env:")


def pip_options(listing: str) -> dict[str, str]:
    """What `pip config list` says, one value an option."""
    found: dict[str, dict[str, str]] = {section: {} for section in SECTIONS}
    for line in listing.splitlines():
        key, _, value = line.partition("=")
        section, _, option = key.rpartition(".")
        if section in found:
            found[section][option] = str(ast.literal_eval(value))
    return {option: value for section in SECTIONS for option, value in found[section].items()}


def uv_environment(options: dict[str, str]) -> dict[str, str]:
    """The same, in uv's words; like pip, uv then takes the best version that any of the indexes has."""
    said = {SAME_FOR_UV[option]: " ".join(value.split()) for option, value in options.items() if option in SAME_FOR_UV}
    for name in COMMA_SEPARATED & said.keys():
        said[name] = said[name].replace(" ", ",")
    return {"UV_INDEX_STRATEGY": "unsafe-best-match", **said}


def main(arguments: list[str]) -> int:
    listing = subprocess.run([sys.executable, "-m", "pip", "config", "list"], capture_output=True, text=True, check=True)
    # What was said to uv itself has the last word.
    environment = {**uv_environment(pip_options(listing.stdout)), **os.environ}
    uv = os.path.join(os.path.dirname(sys.executable), "uv")
    return subprocess.run([uv, *arguments], env=environment, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
