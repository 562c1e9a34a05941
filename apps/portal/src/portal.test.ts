import type { Claim } from "@vanguardai/shared/types";
import { NoAnswerError, ThrottledError, UnauthenticatedError, UnavailableError } from "@vanguardai/shared/api-client";
import type { Profile } from "@vanguardai/shared/types";
import { beforeEach, describe, expect, test, vi } from "vitest";
import { changed, forgetOthersDraft, instantOf, newDraft, saveDraft, savedDraft, today } from "./draft.ts";
import { Resumed } from "./resumed.ts";
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
        const draft = newDraft("rosa", "p");
        const next = changed({ ...draft, notDuplicateOf: ["c"] }, { day: "2026-03-01" });
        expect(next.key).not.toBe(draft.key);
        expect(next).toMatchObject({ policyId: "p", day: "2026-03-01", notDuplicateOf: [] });
    });

    test("is its writer's, also after a log-in that ended, and goes when somebody else logs in", () => {
        const kept = new Map<string, string>();
        vi.stubGlobal("sessionStorage", {
            getItem: (name: string) => kept.get(name) ?? null,
            setItem: (name: string, value: string) => void kept.set(name, value),
            removeItem: (name: string) => void kept.delete(name),
        });
        saveDraft(changed(newDraft("rosa", "p"), { description: "Hail." }));
        forgetOthersDraft("rosa");
        expect(savedDraft("rosa")).toMatchObject({ description: "Hail.", writer: "rosa" });
        expect(savedDraft("harry")).toBeUndefined();
        forgetOthersDraft("harry");
        expect(kept.size).toBe(0);
        vi.unstubAllGlobals();
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

    test("has what the insured answered, and no question that was closed without them", () => {
        const asked = { id: "q", question: "When?", askedOf: "Rosa Delgado", until: "2026-03-20", askedAt: "2026-03-03T10:00:00Z" };
        const answered = { ...asked, answeredAt: "2026-03-04T10:00:00Z", answer: "On Monday." };
        const closed = { ...asked, id: "r", answeredAt: "2026-03-05T10:00:00Z" };
        expect(storyOf(claim, [], [], [asked, answered, closed]).map(({ words }) => words)).toEqual(["You answered: “On Monday.”", "You told us", "It happened"]);
    });

    test("goes on to payment only where there is one", () => {
        expect([claim, { ...claim, status: "processing" }, { ...claim, status: "denied" }, { ...claim, status: "approved", stage: "paid" }].map((one) => stepOf(one as Claim))).toEqual([0, 1, 2, 3]);
    });
});

describe("a log-in that the page before left", () => {
    const rosa = { id: "rosa" } as Profile;
    const refresh = vi.fn();
    const getMe = vi.fn(() => Promise.resolve(rosa));
    const api = { refresh, getMe, refreshToken: undefined as string | undefined };
    const renews = (): void =>
        void refresh.mockImplementation(() => {
            api.refreshToken = "second";
            return Promise.resolve({});
        });

    beforeEach(() => {
        vi.resetAllMocks();
        api.refreshToken = undefined;
        getMe.mockResolvedValue(rosa);
    });

    test.each([new UnavailableError(503, {}, "5"), new ThrottledError(429, {}, "5"), new NoAnswerError(undefined)])("is kept where nobody could say whose it is: %s", async (error) => {
        refresh.mockRejectedValue(error);
        const resumed = new Resumed(api, "first");
        await expect(resumed.profile()).rejects.toBe(error);
        expect(resumed.token).toBe("first");
        renews();
        expect(await resumed.profile()).toBe(rosa);
        expect(resumed.token).toBeUndefined();
    });

    test("is given up where it was refused", async () => {
        refresh.mockRejectedValue(new UnauthenticatedError(401, {}, null));
        const resumed = new Resumed(api, "first");
        expect(await resumed.profile()).toBeUndefined();
        expect(resumed.token).toBeUndefined();
    });

    test("is renewed once, however often it is asked about", async () => {
        renews();
        getMe.mockRejectedValueOnce(new UnavailableError(503, {}, null));
        const resumed = new Resumed(api, "first");
        await expect(Promise.all([resumed.profile(), resumed.profile()])).rejects.toThrow();
        expect(await resumed.profile()).toBe(rosa);
        expect(refresh.mock.calls).toEqual([["first"]]);
    });

    test("is nobody's where none was left", async () => {
        expect(await new Resumed(api, undefined).profile()).toBeUndefined();
        expect(refresh).not.toHaveBeenCalled();
    });
});
