"""Releases on AWS ECS: `python3 -m tools.ecs deploy --image … --version …`. Python and the AWS command line are all that it needs.

`definition` makes the task definitions, `aws` asks the command line, `release` migrates, deploys and takes back, `previews` finds what is
left over of preview environments.
"""
