"""`python -m tools.previews up NAME | down NAME | list | clean`."""

import sys

from tools.previews import life, template
from tools.previews.place import PreviewError, everyone


def main(arguments: list[str]) -> int:
    try:
        match arguments:
            case ["up", name]:
                life.up(name)
            case ["down", name]:
                life.down(name)
            case ["list"]:
                print(life.table())
            case ["clean"]:
                for preview in everyone():
                    life.down(preview.name)
                template.remove()
            case _:
                print(__doc__, file=sys.stderr)
                return 2
    except PreviewError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
