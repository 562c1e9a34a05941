/** What is read of the API, kept for the page and read anew when something happens. */

import { each, type LiveEvent, type ListCall, NotFoundError } from "@vanguardai/shared/api-client";
import type { BillingAccount, Claim, ClaimDenial, ClaimDocument, ClaimLetter, ClaimQuestion, Invoice, Policy, PolicyDocument, PolicyVersion } from "@vanguardai/shared/types";
import { QueryClient, queryOptions } from "@tanstack/react-query";
import { api } from "./api.ts";

// The client tries again by itself; what it gives up on is shown, and read anew when the network is back.
export const queries = new QueryClient({
    defaultOptions: { queries: { retry: false, staleTime: 30_000, networkMode: "always", refetchOnReconnect: true } },
});

/** A person's own list is short; a limit all the same, so that no page grows without end. */
const MOST = 500;

async function all<T>(list: ListCall<T>, options = {}): Promise<T[]> {
    const found: T[] = [];
    for await (const one of each(list, options)) if (found.push(one) === MOST) break;
    return found;
}

export const policiesQuery = queryOptions({
    queryKey: ["policies"],
    queryFn: ({ signal }): Promise<Policy[]> => all((...page) => api.with({ signal }).getPolicies(...page), { sort: "-startDate" }),
});

export const policyQuery = (id: string) =>
    queryOptions({ queryKey: ["policies", id], queryFn: ({ signal }) => api.with({ signal }).getPolicy(id) });

export const versionsQuery = (id: string) =>
    queryOptions({
        queryKey: ["policies", id, "versions"],
        queryFn: ({ signal }): Promise<PolicyVersion[]> => all((...page) => api.with({ signal }).getPolicyVersions(id, ...page)),
    });

export const papersQuery = (id: string) =>
    queryOptions({
        queryKey: ["policies", id, "papers"],
        queryFn: ({ signal }): Promise<PolicyDocument[]> => all((...page) => api.with({ signal }).getDocumentsOfPolicy(id, ...page)),
    });

export const invoicesQuery = (id: string) =>
    queryOptions({
        queryKey: ["policies", id, "invoices"],
        queryFn: ({ signal }): Promise<Invoice[]> => all((...page) => api.with({ signal }).getInvoicesOfPolicy(id, ...page)),
    });

/** What the policy owes; null where nothing was ever charged on it here. */
export const billingQuery = (id: string) =>
    queryOptions({
        queryKey: ["policies", id, "billing"],
        queryFn: async ({ signal }): Promise<BillingAccount | null> => {
            try {
                return await api.with({ signal }).getBilling(id);
            } catch (error) {
                if (error instanceof NotFoundError) return null;
                throw error;
            }
        },
    });

/** The kinds of loss that the policy's product answers; its policies may be older than any product. */
export const lossesQuery = (policyType: string) =>
    queryOptions({
        queryKey: ["losses", policyType],
        staleTime: Infinity,
        queryFn: async ({ signal }): Promise<string[]> => {
            const client = api.with({ signal });
            const products = await all((...page) => client.getProducts(...page));
            const product = products.find((row) => row.policyType === policyType);
            if (product === undefined) return [];
            return [...new Set((await client.getProduct(product.id)).coverages.flatMap(({ claimTypes }) => claimTypes))];
        },
    });

export const claimsQuery = queryOptions({
    queryKey: ["claims"],
    queryFn: ({ signal }): Promise<Claim[]> => all((...page) => api.with({ signal }).getClaims(...page)),
});

export const claimQuery = (id: string) =>
    queryOptions({ queryKey: ["claims", id], queryFn: ({ signal }) => api.with({ signal }).getClaim(id) });

export const lettersQuery = (id: string) =>
    queryOptions({
        queryKey: ["claims", id, "letters"],
        queryFn: ({ signal }): Promise<ClaimLetter[]> => all((...page) => api.with({ signal }).getLettersOfClaim(id, ...page)),
    });

export const questionsQuery = (id: string) =>
    queryOptions({
        queryKey: ["claims", id, "questions"],
        queryFn: ({ signal }): Promise<ClaimQuestion[]> => all((...page) => api.with({ signal }).getQuestionsOfClaim(id, ...page)),
    });

export const denialsQuery = (id: string) =>
    queryOptions({
        queryKey: ["claims", id, "denials"],
        queryFn: ({ signal }): Promise<ClaimDenial[]> => all((...page) => api.with({ signal }).getDenialsOfClaim(id, ...page)),
    });

export const documentsQuery = (id: string) =>
    queryOptions({
        queryKey: ["claims", id, "documents"],
        queryFn: ({ signal }): Promise<ClaimDocument[]> => all((...page) => api.with({ signal }).getDocumentsOfClaim(id, ...page)),
    });

/** An event is a hint: what may have changed is read anew, and of a claim its letters, documents and questions too. */
export function refreshAfter(event: LiveEvent): void {
    if (event.claimId === null) return void queries.invalidateQueries();
    void queries.invalidateQueries({ queryKey: ["claims"], exact: true });
    void queries.invalidateQueries({ queryKey: ["claims", event.claimId] });
}

/** With the log-in everything goes that was read under it. */
export function forgetAll(): void {
    queries.clear();
}
