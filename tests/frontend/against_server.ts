// The client against a running server: BASE_URL, EMAIL and PASSWORD say which and as whom. Ends with status 1 at the first difference.

import assert from "node:assert/strict";
import type { LiveEvent } from "../../libs/shared/api-client/src/lib/events.ts";
import { VanguardAIApiClient, VanguardAIApiError } from "../../libs/shared/api-client/src/lib/generated-client.ts";

const base = needed("BASE_URL");
const client = new VanguardAIApiClient(`${base}/`);

function needed(name: string): string {
    const value = process.env[name];
    if (value === undefined) throw new Error(`${name} is not set`);
    return value;
}

async function refusal(work: Promise<unknown>): Promise<VanguardAIApiError> {
    try {
        await work;
    } catch (error) {
        if (error instanceof VanguardAIApiError) return error;
        throw error;
    }
    throw new Error("The API refused nothing.");
}

async function until(holds: () => boolean): Promise<void> {
    for (let tries = 0; !holds() && tries < 100; tries += 1) await new Promise((resolve) => setTimeout(resolve, 50));
    assert.ok(holds());
}

async function theLogIn(): Promise<void> {
    const wrong = await refusal(client.logIn("nobody@vanguard.example", "wrong"));
    assert.equal(wrong.status, 401);
    assert.equal((await refusal(client.getMe())).status, 401);
    const tokens = await client.logIn(needed("EMAIL"), needed("PASSWORD"));
    assert.equal(tokens.tokenType, "bearer");
    assert.equal((await client.getMe()).email, needed("EMAIL"));
    const fresh = await client.refresh();
    assert.notEqual(fresh.refreshToken, tokens.refreshToken);
    const other = new VanguardAIApiClient(`${base}/api`, fresh.accessToken);
    assert.equal((await other.getMe()).email, needed("EMAIL"));
}

/** Amounts whose cents a binary float would lose on the way, and sums as JavaScript makes them. */
const AMOUNTS: [number, string][] = [
    [9999999999999.99, "9999999999999.99"],
    [9999999999999.98, "9999999999999.98"],
    [0.1 + 0.2, "0.30"],
    [0.7 + 0.1, "0.80"],
    [1.1 * 3, "3.30"],
    [4.35 * 100, "435.00"],
    [1.15, "1.15"],
    [8.615 * 2, "17.23"],
    [1000000000.01 * 3, "3000000000.03"],
    [0.01, "0.01"],
    [0, "0.00"],
    [250000, "250000.00"],
];

async function customersAndPolicies(): Promise<string> {
    const customer = await client.createCustomer({ email: "rosa@example.com", firstName: "Rosa", lastName: "Díaz", ssn: "078-05-1120" });
    assert.deepEqual(await client.getCustomer(customer.id), customer);
    assert.deepEqual((await client.getCustomers()).data, [customer]);
    assert.equal("ssn" in customer, false);
    for (const [amount, cents] of AMOUNTS) {
        const policy = await client.createPolicy({
            customerId: customer.id,
            policyType: "homeowners",
            premiumAmount: 1200.5,
            coverageAmount: amount,
            startDate: "2026-01-01T00:00:00.001Z",
            endDate: "2027-01-01T01:00:00+01:00",
        });
        assert.equal(policy.coverageAmount.toFixed(2), cents);
        assert.equal(policy.coverageAmount, Number(cents));
        assert.deepEqual(await client.getPolicy(policy.id), policy);
        assert.deepEqual(await client.getPolicyByNumber(policy.policyNumber), policy);
        assert.equal(new Date(policy.startDate).getTime(), Date.UTC(2026, 0, 1, 0, 0, 0, 1));
        assert.equal(policy.endDate, "2027-01-01T00:00:00Z");
    }
    const third = await refusal(
        client.createPolicy({
            customerId: customer.id,
            policyType: "homeowners",
            premiumAmount: 0.125,
            coverageAmount: 1,
            startDate: "2026-01-01",
            endDate: "2027-01-01",
        }),
    );
    assert.deepEqual([third.status, third.errors[0]?.field, third.errors[0]?.code], [422, "premiumAmount", "too_many_decimals"]);
    assert.ok(third.correlationId);
    return customer.id;
}

async function lists(customerId: string): Promise<void> {
    const page = await client.getPolicies(2, 5);
    assert.deepEqual([page.total, page.page, page.pageSize, page.totalPages, page.data.length], [AMOUNTS.length, 2, 5, 3, 5]);
    const rest = await client.getPolicies(1, 5, { cursor: page.nextCursor ?? "" });
    assert.deepEqual([rest.page, rest.data.length, rest.nextCursor], [3, 2, null]);
    const all = await client.getPoliciesOfCustomer(customerId, 1, 100, { sort: "createdAt", status: "active" });
    assert.deepEqual(
        all.data.map((policy) => policy.coverageAmount.toFixed(2)),
        AMOUNTS.map(([, cents]) => cents),
    );
    assert.equal((await refusal(client.getPolicies(0))).status, 422);
    assert.equal((await refusal(client.getPolicies(1, 101))).errors[0]?.field, "page_size");
}

async function aClaim(customerId: string): Promise<void> {
    const loss = new Date(Date.now() - 10 * 86_400_000);
    const policy = await client.createPolicy({
        customerId,
        policyType: "auto",
        premiumAmount: 99.95,
        coverageAmount: 25_000,
        deductibleAmount: 1000,
        startDate: new Date(loss.getTime() - 86_400_000).toISOString(),
        endDate: new Date(loss.getTime() + 300 * 86_400_000).toISOString(),
    });
    const filed = { policyId: policy.id, claimType: "theft", claimAmount: 5000.1 + 0.2, incidentDate: loss.toISOString(), description: "Glass" };
    const claim = await client.createClaim(filed);
    assert.deepEqual(await client.getClaim(claim.id), claim);
    assert.deepEqual((await client.getClaims()).data, [claim]);
    assert.deepEqual([claim.status, claim.claimAmount, "processedDate" in claim], ["pending", 5000.3, false]);
    assert.equal(new Date(claim.incidentDate).getTime(), loss.getTime());
    const events: LiveEvent[] = [];
    const subscription = client.events((event) => events.push(event), claim.id);
    await new Promise((resolve) => setTimeout(resolve, 500));
    const corrected = await client.updateClaim(claim.id, { description: "Glass and lock" });
    assert.equal(corrected.description, "Glass and lock");
    await client.assignClaim(claim.id);
    assert.equal((await client.startClaim(claim.id)).status, "processing");
    await until(() => events.length === 3);
    assert.deepEqual(events.map(({ type }) => type), ["claim.changed", "claim.assigned", "claim.started"]);
    assert.deepEqual([events[2]?.claimId, events[2]?.data.claimNumber], [claim.id, claim.claimNumber]);
    subscription.close();
    assert.equal((await client.approveClaim(claim.id, 4000.3)).approvedAmount, 4000.3);
    assert.ok((await client.closeClaim(claim.id)).closedAt);
    assert.equal((await client.reopenClaim(claim.id, "New evidence")).status, "processing");
    assert.equal((await client.denyClaim(claim.id, "No cover for wear")).status, "denied");
    assert.equal((await refusal(client.updateClaim(claim.id, { status: "approved" }))).errors[0]?.code, "use_command");
    assert.equal((await refusal(client.deletePolicy(policy.id))).errors[0]?.code, "in_use");
    assert.equal((await client.cancelPolicy(policy.id, { reason: "insured_request" })).status, "cancelled");
    assert.deepEqual((await client.getTriangle({ value: "reported" })).cells.length, 1);
    const reports = [client.getLossDevelopment(), client.getLossRatio(), client.getOpenInventory(), client.getCycleTime(),
        client.getDeadlinesMissed(), client.getBordereau({ month: "2026-01" })];
    for (const report of await Promise.all(reports)) assert.ok(report.tables[0]?.columns.length);
}

async function twoRecordsOfOnePerson(customerId: string): Promise<void> {
    const person = { firstName: "Rosa", lastName: "Diaz", ssn: "078051120" };
    assert.deepEqual((await client.findDuplicates(person)).map(({ id, reasons }) => [id, reasons]), [[customerId, ["ssn"]]]);
    const twin = await client.createCustomer({ email: "rosa.diaz@example.com", ...person });
    assert.equal(twin.possibleDuplicates?.[0]?.id, customerId);
    assert.equal((await client.getDuplicatesOfCustomer(twin.id))[0]?.id, customerId);
    const call = await client.recordContact(twin.id, { channel: "call", direction: "incoming", text: "Moved house" });
    await client.mergeCustomers(customerId, { customerId: twin.id, take: ["lastName"] });
    assert.equal((await client.getCustomer(twin.id)).mergedIntoId, customerId);
    assert.deepEqual((await client.getContactsOfCustomer(customerId)).data, [{ ...call, customerId }]);
    assert.equal("mergedIntoId" in (await client.unmergeCustomers(twin.id)), false);
}

async function aPaper(): Promise<void> {
    const policy = (await client.getPolicies(1, 1)).data[0];
    assert.ok(policy);
    const paper = await client.makeDocument(policy.id, "schedule");
    assert.deepEqual((await client.getDocumentsOfPolicy(policy.id)).data, [paper]);
    const content = await (await client.downloadDocument(paper.id)).arrayBuffer();
    const digest = Buffer.from(await crypto.subtle.digest("SHA-256", content)).toString("hex");
    assert.deepEqual([content.byteLength, digest], [paper.size, paper.sha256]);
}

async function twoWhoChangeTheSame(customerId: string): Promise<void> {
    const other = new VanguardAIApiClient(base);
    await other.logIn(needed("EMAIL"), needed("PASSWORD"));
    await Promise.all([client.getCustomer(customerId), other.getCustomer(customerId)]);
    await client.updateCustomer(customerId, { firstName: "Rosalía" });
    assert.equal((await refusal(other.updateCustomer(customerId, { firstName: "Rose" }))).status, 412);
    await other.logOut();
    assert.equal((await refusal(other.getMe())).status, 401);
}

await theLogIn();
const customerId = await customersAndPolicies();
await lists(customerId);
await aClaim(customerId);
await twoRecordsOfOnePerson(customerId);
await aPaper();
await twoWhoChangeTheSame(customerId);
await client.logOut();
console.log("every cent and every time came back");
