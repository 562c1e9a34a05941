/** What happened to a claim, told to the insured from what the API shows them: its dates, our letters, their documents and answers. */

import type { Claim, ClaimDocument, ClaimLetter, ClaimQuestion } from "@vanguardai/shared/types";
import { dollars } from "@vanguardai/shared/utils";

export const LETTERS: Record<ClaimLetter["kind"], string> = {
    acknowledgement: "We have your claim",
    information_request: "A question to you",
    status: "How your claim stands",
    approval: "Our decision: approved",
    payment: "Your payment",
    denial: "Our decision: not approved",
    appeal_received: "We have your appeal",
    appeal_decided: "Our decision on your appeal",
};

export interface Moment {
    at: string;
    words: string;
}

const DECIDED: Partial<Record<Claim["status"], (claim: Claim) => string>> = {
    approved: (claim) => (claim.approvedAmount === undefined ? "We approved your claim" : `We approved ${dollars(claim.approvedAmount)}`),
    denied: () => "We could not approve your claim",
};

/** The latest first. */
export function storyOf(claim: Claim, letters: ClaimLetter[], documents: ClaimDocument[], questions: ClaimQuestion[] = []): Moment[] {
    const moments: Moment[] = [
        { at: claim.incidentDate, words: "It happened" },
        { at: claim.reportedDate, words: "You told us" },
        ...letters.map((letter) => ({ at: letter.madeAt, words: `We wrote to you: “${LETTERS[letter.kind]}”` })),
        ...documents.map((document) => ({ at: document.createdAt, words: `${document.name} was added` })),
        ...questions.flatMap(({ answer, answeredAt }) => (answer === undefined || answeredAt === undefined ? [] : [{ at: answeredAt, words: `You answered: “${answer}”` }])),
    ];
    const decided = DECIDED[claim.status]?.(claim);
    if (claim.processedDate !== undefined && decided !== undefined) moments.push({ at: claim.processedDate, words: decided });
    if (claim.appealedAt !== undefined) moments.push({ at: claim.appealedAt, words: "You appealed" });
    if (claim.closedAt !== undefined) moments.push({ at: claim.closedAt, words: "Your claim was closed" });
    return moments.sort((a, b) => new Date(b.at).getTime() - new Date(a.at).getTime());
}

const STAGES: Record<Claim["status"], number> = { pending: 0, processing: 1, approved: 2, denied: 2 };

/** How far it has come: received, in review, decided, paid. */
export function stepOf(claim: Claim): number {
    return claim.stage === "paid" ? 3 : STAGES[claim.status];
}
