import type { Claim } from "@vanguardai/shared/types";
import { describe, expect, test } from "vitest";
import { changed, instantOf, newDraft, today } from "./draft.ts";
import { stepOf, storyOf } from "./story.ts";

const claim: Claim = {
    id: "c",
    claimNumber: "CLM-2026-000001",
    policyId: "p",
    claimType: "hail",
    claimAmount: 5000,
    paidAmount: 0,
    status: "pending",
    stage: "reported",
    incidentDate: "2026-03-01T10:00:00Z",
    reportedDate: "2026-03-02T10:00:00Z",
    createdAt: "2026-03-02T10:00:00Z",
    updatedAt: "2026-03-02T10:00:00Z",
};

describe("a draft", () => {
    test("that is changed is another notice, and goes under another key", () => {
        const draft = newDraft("p");
        const next = changed({ ...draft, notDuplicateOf: ["c"] }, { day: "2026-03-01" });
        expect(next.key).not.toBe(draft.key);
        expect(next).toMatchObject({ policyId: "p", day: "2026-03-01", notDuplicateOf: [] });
    });

    test("has an instant that does not change from one sending to the next", () => {
        const [morning, evening] = [new Date(2026, 2, 1, 8), new Date(2026, 2, 1, 20)];
        const asked = { day: "2026-03-01", time: "" };
        expect(today(morning)).toBe("2026-03-01");
        expect(instantOf(asked, morning)).toEqual(new Date(2026, 2, 1));
        expect(instantOf(asked, evening)).toEqual(new Date(2026, 2, 1));
        expect(instantOf({ day: "2026-02-28", time: "" }, morning)).toEqual(new Date(2026, 1, 28, 12));
        expect(instantOf({ day: "2026-02-28", time: "17:45" }, morning)).toEqual(new Date(2026, 1, 28, 17, 45));
        expect(instantOf({ day: "", time: "" }, morning)).toBeUndefined();
    });
});

describe("a claim's story", () => {
    test("begins with what happened and ends with the latest", () => {
        const decided: Claim = { ...claim, status: "approved", stage: "approved", approvedAmount: 4000, processedDate: "2026-03-05T10:00:00Z" };
        const letter = { id: "l", claimId: "c", kind: "acknowledgement", madeAt: "2026-03-03T10:00:00Z", name: "a.pdf", size: 1, sha256: "", contentType: "application/pdf" } as const;
        expect(storyOf(decided, [letter], []).map(({ words }) => words)).toEqual([
            "We approved $4,000.00",
            "We wrote to you: “We have your claim”",
            "You told us",
            "It happened",
        ]);
    });

    test("goes on to payment only where there is one", () => {
        expect([claim, { ...claim, status: "processing" }, { ...claim, status: "denied" }, { ...claim, status: "approved", stage: "paid" }].map((one) => stepOf(one as Claim))).toEqual([0, 1, 2, 3]);
    });
});
