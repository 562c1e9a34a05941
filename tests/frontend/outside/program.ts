// A program of another team, by the names of the contract alone. It knows nothing of this repository: it is compiled against the built
// package, with settings of its own, and run against a server.

import { VanguardAIApiClient } from "@vanguardai/shared/api-client";
import type { ApiResponse, Claim, Customer, PaginatedResponse, Policy } from "@vanguardai/shared/types";

const [baseUrl = "", token = ""] = process.argv.slice(2);
const client = new VanguardAIApiClient(baseUrl, token);

const customers: PaginatedResponse<Customer> = await client.getCustomers();
const customer: Customer = await client.getCustomer(customers.data[0]!.id);
const policy: Policy = await client.createPolicy({
    customerId: customer.id,
    policyType: "homeowners",
    premiumAmount: 1200.1 + 0.2,
    coverageAmount: 9999999999999.99,
    startDate: "2026-01-01T00:00:00.001Z",
    endDate: "2027-01-01T01:00:00+01:00",
});
const again: Policy = await client.getPolicy(policy.id);
const policies: PaginatedResponse<Policy> = await client.getPolicies(1, 10);
const claim: Claim = await client.createClaim({
    policyId: policy.id,
    claimType: "theft",
    claimAmount: 5000.3,
    incidentDate: "2026-01-02T03:04:05.678+02:00",
});
const filed: Claim = await client.getClaim(claim.id);
const claims: PaginatedResponse<Claim> = await client.getClaims();

const plain = await fetch(`${baseUrl}/api/policies/${policy.id}`, { headers: { Authorization: `Bearer ${token}` } });
const envelope = (await plain.json()) as ApiResponse<Policy>;

console.log(
    JSON.stringify({
        premium: again.premiumAmount.toFixed(2),
        coverage: again.coverageAmount.toFixed(2),
        start: new Date(again.startDate).toISOString(),
        end: new Date(again.endDate).toISOString(),
        incident: new Date(filed.incidentDate).toISOString(),
        amount: filed.claimAmount.toFixed(2),
        policies: [policies.total, policies.page, policies.pageSize, policies.totalPages],
        claims: claims.data.map(({ claimNumber, status }) => [claimNumber === claim.claimNumber, status]),
        same: JSON.stringify(envelope.data) === JSON.stringify(again) && envelope.success,
    }),
);
