"""`python -m bench run|check|cost|watching|controls|growth|admin|burst|render`: what `make bench` and its like call."""

import sys

from bench import admin, burst, cost, growth, report, rounds, watching

COMMANDS = {
    "run": rounds.main,
    "check": rounds.check,
    "cost": cost.main,
    "watching": watching.main,
    "controls": watching.controls,
    "growth": growth.main,
    "admin": admin.main,
    "burst": burst.main,
    "render": report.main,
}


def main() -> int:
    command = sys.argv[1] if len(sys.argv) > 1 else "run"
    if command not in COMMANDS:
        print(f"python -m bench {'|'.join(COMMANDS)}")
        return 2
    return COMMANDS[command]()


if __name__ == "__main__":
    sys.exit(main())
