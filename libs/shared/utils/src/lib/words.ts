/** The API's codes in a layperson's words. */

import type { Claim, Policy } from "@vanguardai/shared/types";

/** water_damage → "Water damage". */
export function inWords(code: string): string {
    const words = code.replaceAll("_", " ").trim();
    return words.charAt(0).toUpperCase() + words.slice(1);
}

export type Tone = "info" | "busy" | "good" | "bad" | "warn" | "neutral";

export interface Standing {
    label: string;
    tone: Tone;
    /** What it means for the insured, and who is to do something. */
    meaning: string;
}

const STANDINGS: Record<Claim["stage"], Standing> = {
    reported: { label: "Received", tone: "info", meaning: "We have your claim. Somebody will take it up soon; you need not do anything." },
    triaged: { label: "Received", tone: "info", meaning: "We have your claim. Somebody will take it up soon; you need not do anything." },
    assigned: { label: "Received", tone: "info", meaning: "Your claim has an adjuster, who will begin soon." },
    coverage_check: { label: "In review", tone: "busy", meaning: "We are checking what your policy covers." },
    investigation: { label: "In review", tone: "busy", meaning: "We are looking into what happened." },
    evaluation: { label: "In review", tone: "busy", meaning: "We are working out what we can pay." },
    awaiting_approval: { label: "In review", tone: "busy", meaning: "We are working out what we can pay." },
    awaiting_information: { label: "We need something from you", tone: "warn", meaning: "Your claim waits for it. You can answer here." },
    appeal: { label: "Appeal in review", tone: "busy", meaning: "Somebody who was not part of the decision looks at your claim afresh." },
    approved: { label: "Approved", tone: "good", meaning: "We have approved your claim, and prepare the payment." },
    payment_pending: { label: "Approved", tone: "good", meaning: "We have approved your claim, and prepare the payment." },
    paid: { label: "Paid", tone: "good", meaning: "The payment is on its way to you." },
    denied: { label: "Not approved", tone: "bad", meaning: "We could not approve this claim. You read below why, and you can appeal." },
};

/** How a claim stands, told to the insured. */
export function standingOf(claim: Pick<Claim, "stage" | "closedAt">): Standing {
    const standing = STANDINGS[claim.stage];
    if (claim.closedAt === undefined || claim.stage === "denied") return standing;
    return { ...standing, meaning: "This claim is finished. Nothing more is to be done." };
}

const POLICY_TONES: Record<Policy["status"], Tone> = { active: "good", expired: "neutral", cancelled: "bad" };

export function policyTone(status: Policy["status"]): Tone {
    return POLICY_TONES[status];
}

/** 2621440 → "2.5 MB". */
export function sizeOf(bytes: number): string {
    if (bytes < 1000) return `${bytes} bytes`;
    if (bytes < 1_000_000) return `${Math.round(bytes / 1000)} kB`;
    return `${(bytes / 1_000_000).toFixed(1)} MB`;
}
