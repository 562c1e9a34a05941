"""A release: migrate by a task of its own, then deploy, wait until it is stable, and take it back where it is not."""

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from http.client import HTTPException
from typing import Any, NamedTuple
from urllib.request import urlopen

from tools.ecs import aws, definition

FACTS = "/vanguardai/delivery"
# Between two questions, and until a wait is given up. A deployment that fails is told by ECS's circuit breaker long before.
PAUSE_SECONDS = 10.0
TASK_SECONDS = 3600.0
DEPLOYMENT_SECONDS = 1800.0
# How long a release may take to answer from outside: one broken connection takes no release back.
ANSWER_SECONDS = 60.0


class Failed(Exception):
    """The release did not happen; the message says why, and what was done about it."""


class Service(NamedTuple):
    name: str
    earlier: str  # the task definition's ARN that it ran
    wanted: str


@dataclass
class Task:
    """One task of its own: a migration, or a command of manage.py."""

    facts: dict[str, Any]
    pause: float = PAUSE_SECONDS

    def run(self, task_definition: str, command: list[str] | None = None) -> None:
        """Waits for its end; Failed, with where its words are, unless that is 0."""
        task = self._started(task_definition, command)
        for _ in _until(self.pause, TASK_SECONDS, f"{task} has not ended"):
            [now] = aws.call("ecs", "describe-tasks", "--cluster", self.facts["cluster"], "--tasks", task)["tasks"]
            if now["lastStatus"] == "STOPPED":
                break
        family = task_definition.rpartition("/")[2].partition(":")[0]
        what = family.removeprefix(f"{definition.FAMILY}-")
        ended = next(each for each in now["containers"] if each["name"] == definition.CONTAINER)
        if ended.get("exitCode") != 0:
            reason = ended.get("reason") or now.get("stoppedReason") or f"it ended with {ended.get('exitCode')}"
            stream = f"{what}/{definition.CONTAINER}/{task.rpartition('/')[2]}"
            raise Failed(f"The task {what} failed: {reason}. What it wrote: log group /ecs/vanguardai, stream {stream}")

    def _started(self, task_definition: str, command: list[str] | None) -> str:
        network = {"subnets": self.facts["subnets"], "securityGroups": self.facts["security_groups"], "assignPublicIp": "DISABLED"}
        instead = {"containerOverrides": [{"name": definition.CONTAINER, "command": command}]}
        begun = aws.call(
            *("ecs", "run-task", "--cluster", self.facts["cluster"], "--task-definition", task_definition, "--launch-type", "FARGATE"),
            *("--started-by", "release", "--network-configuration", json.dumps({"awsvpcConfiguration": network})),
            *(("--overrides", json.dumps(instead)) if command else ()),
        )
        if begun.get("failures") or not begun.get("tasks"):
            raise Failed(f"The task could not be started: {begun.get('failures')}")
        return str(begun["tasks"][0]["taskArn"])


def manage_as_owner(facts: dict[str, Any], command: list[str], pause: float = PAUSE_SECONDS) -> None:
    """A command that needs the owner of the tables, in a task of the newest release as a migration's is. Raises Failed."""
    newest = aws.call("ecs", "describe-task-definition", "--task-definition", definition.JOBS)["taskDefinition"]
    container = next(each for each in newest["containerDefinitions"] if each["name"] == definition.CONTAINER)
    version = next(each["value"] for each in container["environment"] if each["name"] == "APP_VERSION")
    arn = _register(definition.migration(definition.render(facts, container["image"], version), facts))
    try:
        Task(facts, pause).run(arn, command)
    finally:
        _deregister(arn)


@dataclass
class Release:
    """One release in one environment. `facts` is Terraform's word on it (the SSM parameter FACTS)."""

    facts: dict[str, Any]
    image: str
    version: str
    pause: float = PAUSE_SECONDS

    def run(self, *, migrate: bool = True) -> None:
        """Raises Failed after it took back what it had begun; a migration is never taken back."""
        web = definition.render(self.facts, self.image, self.version)
        if migrate:
            self._migrate(definition.migration(web, self.facts))
        made = [_register(web), _register(definition.jobs(web))]
        services = [
            Service(name, self._runs(name), arn) for name, arn in zip((self.facts["service"], self.facts["sealer"]), made, strict=True)
        ]
        try:
            self._switch(services)
            self._answers()
        except (Failed, aws.Refused) as failure:
            wrong = self._take_back(services)
            earlier = ", ".join(each.earlier for each in services)
            told = f"Not all of it could be taken back to {earlier}: {'; '.join(wrong)}"
            if not wrong:
                told = f"Taken back: the services run {earlier} again."
            raise Failed(f"{failure}\n{told}") from None

    def _migrate(self, task_definition: dict[str, Any]) -> None:
        arn = _register(task_definition)
        try:
            self._run_to_its_end(arn)
        finally:
            _deregister(arn)

    def _run_to_its_end(self, arn: str) -> None:
        Task(self.facts, self.pause).run(arn)
        print("Migrated.")

    def _runs(self, service: str) -> str:
        return str(self._described(service)["taskDefinition"])

    def _described(self, service: str) -> dict[str, Any]:
        answer = aws.call("ecs", "describe-services", "--cluster", self.facts["cluster"], "--services", service)
        if not answer["services"]:
            raise Failed(f"There is no service {service} in {self.facts['cluster']}.")
        return dict(answer["services"][0])

    def _switch(self, services: list[Service]) -> None:
        for each in services:
            self._update(each.name, each.wanted)
        for each in services:
            self._stable(each.name, each.wanted)

    def _update(self, service: str, task_definition: str) -> None:
        aws.call(
            *("ecs", "update-service", "--cluster", self.facts["cluster"], "--service", service, "--task-definition", task_definition),
            "--force-new-deployment",
        )
        print(f"{service}: {task_definition.rpartition('/')[2]} is being rolled out.")

    def _stable(self, service: str, wanted: str) -> None:
        """Waits until every task of it is of `wanted` and healthy. ECS rolls back by itself, so what is primary is looked at."""
        for _ in _until(self.pause, DEPLOYMENT_SECONDS, f"{service} is not stable"):
            deployments = self._described(service)["deployments"]
            ours = next((each for each in deployments if each["taskDefinition"] == wanted), None)
            if ours is None or ours["status"] != "PRIMARY" or ours.get("rolloutState") == "FAILED":
                raise Failed(f"{service}: {(ours or {}).get('rolloutStateReason') or 'ECS has rolled it back'}.")
            if ours.get("rolloutState") == "COMPLETED" and len(deployments) == 1:
                print(f"{service}: stable.")
                return

    def _answers(self) -> None:
        """The load balancer's own answer: it is healthy, and it is this release. Asked again for a minute before it is given up."""
        url = self.facts.get("health_url")
        if not url:
            return
        deadline = time.monotonic() + ANSWER_SECONDS
        while wrong := self._wrong_with_answer(url):
            if time.monotonic() >= deadline:
                raise Failed(wrong)
            time.sleep(self.pause)

    def _wrong_with_answer(self, url: str) -> str | None:
        try:
            with urlopen(url, timeout=10) as answer:  # noqa: S310 - the address is Terraform's
                told = json.load(answer)
            status, version = told.get("status"), told.get("version")
        # A reset or a time-out while the answer is read is no URLError.
        except (OSError, HTTPException, ValueError, AttributeError) as error:
            return f"{url} does not answer: {error or type(error).__name__}"
        if status == "unhealthy" or version != self.version:
            return f"{url} says {status}, version {version} instead of {self.version}."
        return None

    def _take_back(self, services: list[Service]) -> list[str]:
        """What could not be done of it, in words. Each service is tried, whatever became of what came before."""
        # First the definitions: scheduled jobs take the newest of their family.
        steps = [partial(_deregister, each.wanted) for each in services]
        steps += [partial(self._update, each.name, each.earlier) for each in services]
        steps += [partial(self._stable, each.name, each.earlier) for each in services]
        wrong = []
        for step in steps:
            try:
                step()
            except (Failed, aws.Refused) as failure:
                wrong.append(str(failure))
        return wrong


def facts() -> dict[str, Any]:
    """What Terraform wrote down about the environment that the caller's role belongs to."""
    return dict(json.loads(aws.call("ssm", "get-parameter", "--name", FACTS)["Parameter"]["Value"]))


def _register(task_definition: dict[str, Any]) -> str:
    answer = aws.call("ecs", "register-task-definition", "--cli-input-json", json.dumps(task_definition))
    return str(answer["taskDefinition"]["taskDefinitionArn"])


def _deregister(arn: str) -> None:
    aws.call("ecs", "deregister-task-definition", "--task-definition", arn)


def _until(pause: float, seconds: float, otherwise: str) -> Iterator[None]:
    """Once more, and again after a pause, until the time is over: then Failed."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        yield
        time.sleep(pause)
    raise Failed(f"{otherwise} after {seconds:.0f} seconds.")
