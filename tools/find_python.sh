#!/bin/sh
# Prints a Python that is new enough and can make a virtual environment; the one that .python-version selects comes first.
usable='import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 12))'

for name in python3.12 python3 python3.13 python3.14 python; do
    # A pyenv shim exists also for a version that is not selected, so each is tried and not merely looked up.
    if "$name" -c "$usable" 2>/dev/null; then
        # Seen from inside an activated environment, the Python that it was made with.
        "$name" -c 'import sys; print(sys._base_executable)'
        exit 0
    fi
done

echo "Vanguard needs Python 3.12 or newer with its venv module, and this machine has none on its PATH." >&2
exit 1
