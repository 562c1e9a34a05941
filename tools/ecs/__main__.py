"""`python3 -m tools.ecs …`: what the pipeline calls, and what an operator can call by hand.

The pipeline's role may start the migration and no job: `manage` wants an operator's.
"""

import argparse
import json
import sys
from pathlib import Path

from tools.ecs import aws, definition, previews, release


def main(arguments: list[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    try:
        return int(options.run(options))
    except (aws.Refused, definition.Incomplete, release.Failed) as failure:
        print(failure, file=sys.stderr)
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="tools.ecs", description=__doc__)
    commands = parser.add_subparsers(required=True)

    rendered = commands.add_parser("render", help="prints the web task's definition")
    rendered.add_argument("--facts", type=Path, help=f"a file instead of the parameter {release.FACTS}")
    rendered.set_defaults(run=_render)

    deployed = commands.add_parser("deploy", help="migrates, deploys, waits until stable; takes the release back where that fails")
    deployed.add_argument("--no-migrations", action="store_true", help="to go back to an earlier release")
    deployed.set_defaults(run=_deploy)

    for each in (rendered, deployed):
        each.add_argument("--image", required=True, help="with its digest: REPOSITORY@sha256:…")
        each.add_argument("--version", required=True, help="what /health is to say")

    managed = commands.add_parser("manage", help="runs a command of manage.py in a task, and waits for its end")
    managed.add_argument("--as-owner", action="store_true", help="as the owner of the tables: rotate_keys, reconcile_totals --repair")
    managed.add_argument("words", nargs=argparse.REMAINDER)
    managed.set_defaults(run=_manage)

    swept = commands.add_parser("left-over", help="prints the numbers of previews whose pull request is closed, as JSON")
    swept.add_argument("--bucket", required=True, help="where the previews' Terraform states are")
    swept.add_argument("--open", type=int, nargs="*", default=[], help="the numbers of open pull requests")
    swept.set_defaults(run=_left_over)

    gone = commands.add_parser("nothing-left", help="fails, and names it, where something of a preview is still there")
    gone.add_argument("number", type=int)
    gone.add_argument("--wait", type=float, default=0.0, help="so many seconds for what is left to vanish from AWS's list")
    gone.add_argument("--pause", type=float, default=release.PAUSE_SECONDS, help="so many seconds between two looks")
    gone.set_defaults(run=_nothing_left)
    return parser


def _render(options: argparse.Namespace) -> int:
    facts = json.loads(options.facts.read_text()) if options.facts else release.facts()
    print(json.dumps(definition.render(facts, options.image, options.version), indent=2))
    return 0


def _deploy(options: argparse.Namespace) -> int:
    release.Release(release.facts(), options.image, options.version).run(migrate=not options.no_migrations)
    return 0


def _manage(options: argparse.Namespace) -> int:
    command = ["python", "manage.py", *options.words]
    if options.as_owner:
        release.manage_as_owner(release.facts(), command)
    else:
        release.Task(release.facts()).run(definition.JOBS, command)
    print("Done.")
    return 0


def _left_over(options: argparse.Namespace) -> int:
    print(json.dumps(previews.left_over(options.bucket, set(options.open))))
    return 0


def _nothing_left(options: argparse.Namespace) -> int:
    left = previews.still_there(options.number, options.wait, options.pause)
    print("\n".join(left) if left else f"Nothing of pr-{options.number} is left.")
    return 1 if left else 0


if __name__ == "__main__":
    sys.exit(main())
