"""Somebody who files a claim and gets it approved, through nothing but the API of a platform that has the demo's log-ins."""

import ssl
import time
from datetime import UTC, datetime, timedelta
from types import TracebackType
from typing import Any, Self

import httpx

# The loss was so long ago.
LOSS_DAYS_AGO = 2
PAUSE_SECONDS = 1.0


class Desk:
    """One of the demo's people at the API: `with Desk(url, "adjuster", password, trusting) as maya: …`."""

    def __init__(self, url: str, person: str, password: str, verify: ssl.SSLContext | bool = True) -> None:
        self.client = httpx.Client(base_url=f"{url}/api", verify=verify, timeout=60)
        self.token = self.post("/auth/token", email=f"{person}@vanguard.example", password=password)["accessToken"]
        self.client.headers["Authorization"] = f"Bearer {self.token}"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None) -> None:
        self.client.close()

    def get(self, path: str, **query: str) -> Any:
        return _data(self.client.get(path, params=query))

    def post(self, path: str, **body: Any) -> Any:
        answer = self.client.post(path, json=body)
        while answer.status_code == 429:
            time.sleep(PAUSE_SECONDS)
            answer = self.client.post(path, json=body)
        return _data(answer)

    def policy_in_force(self, on: datetime) -> dict[str, Any]:
        """Any policy that covers a loss of that day."""
        for page in range(1, 20):
            for policy in self.get("/policies", status="active", page_size="100", page=str(page))["data"]:
                if policy["startDate"] < on.isoformat() < policy["endDate"]:
                    found: dict[str, Any] = policy
                    return found
        raise AssertionError("No policy is in force.")

    def file_claim(self, amount: str = "900.00") -> dict[str, Any]:
        happened = datetime.now(UTC) - timedelta(days=LOSS_DAYS_AGO)
        policy = self.policy_in_force(happened)
        kind = "collision" if policy["policyType"] == "auto" else "property_damage"
        claim: dict[str, Any] = self.post(
            "/claims",
            policyId=policy["id"],
            claimType=kind,
            claimAmount=amount,
            incidentDate=happened.isoformat(),
            description="Filed to see that this environment works.",
        )
        return claim

    def approve_claim(self, claim: dict[str, Any]) -> dict[str, Any]:
        """Takes it, starts it, sets aside and approves what is payable."""
        path = f"/claims/{claim['id']}"
        self.post(f"{path}/assign")
        self.post(f"{path}/start")
        approved: dict[str, Any] = self.post(f"{path}/approve", reason="Seen and covered.")
        return approved


def _data(answer: httpx.Response) -> Any:
    assert answer.is_success, f"{answer.request.method} {answer.request.url.path}: {answer.status_code} {answer.text}"
    return answer.json()["data"]
