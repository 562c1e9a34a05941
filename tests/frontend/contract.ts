// The frontend's own types, as the contract states them, held against the generated ones. Compiled, never run.

import type { ApiResponse, Claim, Customer, PaginatedResponse, Policy } from "@vanguardai/shared/types";
import { VanguardAIApiClient } from "@vanguardai/shared/api-client";

interface ContractPolicy {
    id: string;
    policyNumber: string;
    customerId: string;
    policyType: string;
    premiumAmount: number;
    coverageAmount: number;
    startDate: string;
    endDate: string;
    status: "active" | "expired" | "cancelled";
    createdAt: string;
    updatedAt: string;
}

interface ContractCustomer {
    id: string;
    email: string;
    firstName: string;
    lastName: string;
    phone?: string;
    dateOfBirth?: string;
    address?: string;
    createdAt: string;
    updatedAt: string;
}

interface ContractClaim {
    id: string;
    claimNumber: string;
    policyId: string;
    claimType: string;
    claimAmount: number;
    status: "pending" | "approved" | "denied" | "processing";
    description?: string;
    incidentDate: string;
    reportedDate: string;
    processedDate?: string;
    createdAt: string;
    updatedAt: string;
}

interface ContractResponse<T> {
    data: T;
    message: string;
    success: boolean;
    timestamp: string;
}

interface ContractPage<T> {
    data: T[];
    total: number;
    page: number;
    pageSize: number;
    totalPages: number;
}

// Each way that a field can be named: neither more optional nor wider than the contract says.
type Same<A, B> = [A] extends [B] ? ([B] extends [A] ? true : false) : false;
function holds<_Truth extends true>(): void {}

holds<Same<Pick<Policy, keyof ContractPolicy>, ContractPolicy>>();
holds<Same<Pick<Customer, keyof ContractCustomer>, ContractCustomer>>();
holds<Same<Pick<Claim, keyof ContractClaim>, ContractClaim>>();
holds<ApiResponse<Policy> extends ContractResponse<ContractPolicy> ? true : false>();
holds<PaginatedResponse<Claim> extends ContractPage<ContractClaim> ? true : false>();

// The check can fail: the SSN never comes out, an amount is no text, a status is one of four.
// @ts-expect-error
holds<"ssn" extends keyof Customer ? true : false>();
// @ts-expect-error
holds<Same<Policy["premiumAmount"], string>>();
// @ts-expect-error
holds<Same<Claim["status"], string>>();

export async function everyRequiredMethodResolvesToTheData(): Promise<void> {
    const client = new VanguardAIApiClient("https://api.vanguardai.com", "token");
    const policies: ContractPage<ContractPolicy> = await client.getPolicies(1, 10);
    const customers: ContractPage<ContractCustomer> = await client.getCustomers();
    const claims: ContractPage<ContractClaim> = await client.getClaims(2);
    const policy: ContractPolicy = await client.getPolicy(policies.data[0]?.id ?? "");
    const customer: ContractCustomer = await client.getCustomer(customers.data[0]?.id ?? "");
    const claim: ContractClaim = await client.getClaim(claims.data[0]?.id ?? "");
    const made: ContractPolicy = await client.createPolicy({
        customerId: customer.id,
        policyType: policy.policyType,
        premiumAmount: policy.premiumAmount,
        coverageAmount: policy.coverageAmount,
        startDate: policy.startDate,
        endDate: policy.endDate,
    });
    const filed: ContractClaim = await client.createClaim({
        policyId: made.id,
        claimType: claim.claimType,
        claimAmount: claim.claimAmount,
        incidentDate: claim.incidentDate,
    });
    // @ts-expect-error: the API refuses fields that it does not know
    await client.createPolicy({ ...made, colour: filed.id });
}
