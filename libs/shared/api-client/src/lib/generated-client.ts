/**
 * The API's client. Its types are generated from the API's schema, and a test holds its addresses against the same schema.
 * Nothing but erasable types is TypeScript here, so Node.js (22.18 or newer) and browsers' bundlers run it as it is.
 */

import type {
    BillingAccount,
    BillingPlan,
    Cancellation,
    Claim,
    ClaimChanges,
    ClaimDecisions,
    ClaimDenial,
    ClaimDocument,
    ClaimDocumentKind,
    ClaimFacts,
    ClaimLetter,
    ClaimLetterKind,
    ClaimMoney,
    ClaimProof,
    ClaimQuestion,
    ClaimTriage,
    Claimant,
    ClaimantErasure,
    ClaimantErasureRequest,
    Clock,
    Contact,
    Customer,
    CustomerChanges,
    Denial,
    DiaryEntry,
    DiaryEnding,
    Endorsement,
    EntryByHand,
    Erasure,
    ErasureRequest,
    FigureEntries,
    Indicators,
    Investigation,
    InvestigationOutcome,
    Invoice,
    LedgerEntry,
    LegalHold,
    Merge,
    NewClaim,
    NewClaimPayment,
    NewClaimant,
    NewContact,
    NewDiaryEntry,
    NewCustomer,
    NewLink,
    NewPayment,
    NewPolicy,
    NewQuote,
    NewRecovery,
    NewReserve,
    NewTriage,
    PaginatedResponse,
    Payment,
    Person,
    Policy,
    PolicyChanges,
    PolicyDocument,
    PolicyDocumentKind,
    PolicyPreview,
    PolicyReading,
    PolicyTerms,
    PolicyVersion,
    PossibleDuplicate,
    Product,
    ProductRow,
    Profile,
    Question,
    Quote,
    QuoteChanges,
    QuoteRow,
    RecordedChange,
    RecordedCustomer,
    RecoveryCodes,
    Refund,
    Reinstatement,
    Renewal,
    Report,
    SecondFactorSetUp,
    StepUp,
    Tokens,
    Triangle,
} from "@vanguardai/shared/types";
import { follow, type LiveEvent, type Subscription } from "./events.ts";
import { type ListOptions, type Query, queryString } from "./paging.ts";
import { type CallOptions, type Method, type TokenListener, Transport } from "./transport.ts";

export { VanguardAIApiError } from "./errors.ts";

type Period = "year" | "quarter" | "month";
type TriangleValue = "paid" | "incurred" | "reported" | "closed" | "closed_paid";

/** `known_on` (2017-12-31): as it stood at the end of that day; today, where it is left out. */
export interface ReportQuestion extends Query {
    known_on?: string;
    policy_type?: string;
}

export interface TriangleQuestion extends ReportQuestion {
    value: TriangleValue;
    origin?: Period;
    development?: Period;
}

export interface DevelopmentQuestion extends ReportQuestion {
    value?: TriangleValue;
    origin?: Period;
    development?: Period;
}

export interface YearQuestion extends ReportQuestion {
    year?: number;
}

/** `month` is such as 2017-03, and its own as-of date. */
export interface MonthQuestion extends Query {
    month: string;
    policy_type?: string;
}

/** `of` is the name of a figure: the `of` of an address in a report's `links`. */
export interface EntriesQuestion extends Query {
    of: string;
    part?: string;
    page?: number;
    page_size?: number;
}

export class VanguardAIApiClient {
    #transport: Transport;
    #call: CallOptions = {};

    constructor(baseUrl: string, token?: string) {
        this.#transport = new Transport(baseUrl, token);
    }

    /** The same log-in, with calls that a signal ends or that go under a key of one's own: `client.with({ signal }).getPolicies()`. */
    with(call: CallOptions): VanguardAIApiClient {
        const other = new VanguardAIApiClient(this.#transport.base);
        other.#transport = this.#transport;
        other.#call = { ...this.#call, ...call };
        return other;
    }

    /** Told of each new pair of tokens, and with undefined when the log-in is over. Returns what ends the telling. */
    watchTokens(listener: TokenListener): () => void {
        return this.#transport.watch(listener);
    }

    /** What `refresh` takes after a reload. It works once: whoever keeps it keeps the newest (`watchTokens`), and in one place. */
    get refreshToken(): string | undefined {
        return this.#transport.refreshToken;
    }

    /** Ends the log-in here alone, where the API cannot be told (`logOut`). */
    forgetTokens(): void {
        this.#transport.forget();
    }

    /** To be kept from one log-in on this device to the next: whoever has it is not locked out by others' failures. */
    get deviceToken(): string | undefined {
        return this.#transport.deviceToken;
    }

    set deviceToken(token: string | undefined) {
        this.#transport.deviceToken = token;
    }

    // Log-in

    /** `otp`: a code of the second factor, for who has one; without it they are refused with the code `otp_required`. */
    async logIn(email: string, password: string, otp?: string): Promise<Tokens> {
        return this.#transport.keep(await this.#send<Tokens>("POST", "/api/auth/token", { email, password, otp }));
    }

    /** A fresh code, after an operation was refused with the code `step_up_required`; it counts until the time that comes back. */
    async stepUp(otp: string): Promise<StepUp> {
        return this.#send("POST", "/api/auth/step-up", { otp });
    }

    /** A key for an authenticator, which counts once its first code was confirmed. */
    async beginSecondFactor(): Promise<SecondFactorSetUp> {
        return this.#send("POST", "/api/auth/second-factor");
    }

    /** The recovery codes, this once. All log-ins end, this one too. */
    async confirmSecondFactor(setUp: string, otp: string): Promise<RecoveryCodes> {
        return this.#send("POST", "/api/auth/second-factor/confirm", { setUp, otp });
    }

    /** Fresh tokens for the refresh token of the last log-in, or for the given one. */
    async refresh(refreshToken?: string): Promise<Tokens> {
        return this.#transport.renew(refreshToken);
    }

    async logOut(): Promise<void> {
        const refreshToken = this.#transport.refreshToken;
        await this.#send("POST", "/api/auth/logout", refreshToken === undefined ? {} : { refreshToken });
        this.#transport.forget();
    }

    async changePassword(currentPassword: string, newPassword: string): Promise<void> {
        await this.#send("POST", "/api/auth/password", { currentPassword, newPassword });
    }

    /** Resolves whether there is such an account or not: the answer does not tell. */
    async forgotPassword(email: string): Promise<void> {
        await this.#send("POST", "/api/auth/password/forgot", { email });
    }

    /** `token` is what follows `#token=` in the link of the letter. */
    async resetPassword(token: string, newPassword: string): Promise<void> {
        await this.#send("POST", "/api/auth/password/reset", { token, newPassword });
    }

    async getMe(): Promise<Profile> {
        return this.#send("GET", "/api/auth/me");
    }

    // Policies

    async getPolicies(page = 1, pageSize = 10, options: ListOptions = {}): Promise<PaginatedResponse<Policy>> {
        return this.#list("/api/policies", page, pageSize, options);
    }

    async getPolicy(id: string): Promise<Policy> {
        return this.#send("GET", `/api/policies/${segment(id)}`);
    }

    /** The policy as effective at one moment and known at another; either is now where it is left out. */
    async getPolicyAsOf(id: string, effectiveAt?: string, knownAt?: string): Promise<PolicyReading> {
        return this.#send("GET", `/api/policies/${segment(id)}${queryString({ effective_at: effectiveAt, known_at: knownAt })}`);
    }

    async getPolicyByNumber(number: string): Promise<Policy> {
        return this.#send("GET", `/api/policies/by-number/${segment(number)}`);
    }

    async getPoliciesOfCustomer(id: string, page = 1, pageSize = 10, options: ListOptions = {}): Promise<PaginatedResponse<Policy>> {
        return this.#list(`/api/customers/${segment(id)}/policies`, page, pageSize, options);
    }

    async createPolicy(policy: NewPolicy): Promise<Policy> {
        return this.#create("/api/policies", policy);
    }

    async replacePolicy(id: string, terms: PolicyTerms): Promise<Policy> {
        return this.#send("PUT", `/api/policies/${segment(id)}`, terms);
    }

    async updatePolicy(id: string, changes: PolicyChanges): Promise<Policy> {
        return this.#send("PATCH", `/api/policies/${segment(id)}`, changes);
    }

    async deletePolicy(id: string): Promise<void> {
        await this.#send("DELETE", `/api/policies/${segment(id)}`);
    }

    async cancelPolicy(id: string, cancellation: Cancellation = {}): Promise<Policy> {
        return this.#create(`/api/policies/${segment(id)}/cancel`, cancellation);
    }

    /** Only what is sent changes, from `effectiveDate` on. Waits for a second person where the limit is raised from before a known loss. */
    async endorsePolicy(id: string, endorsement: Endorsement): Promise<Policy> {
        return this.#create(`/api/policies/${segment(id)}/endorse`, endorsement);
    }

    async approveEndorsement(id: string): Promise<Policy> {
        return this.#create(`/api/policies/${segment(id)}/approve`, {});
    }

    async declineEndorsement(id: string, reason = ""): Promise<Policy> {
        return this.#create(`/api/policies/${segment(id)}/decline`, { reason });
    }

    /** Without an `effectiveDate` there is no gap. */
    async reinstatePolicy(id: string, reinstatement: Reinstatement = {}): Promise<Policy> {
        return this.#create(`/api/policies/${segment(id)}/reinstate`, reinstatement);
    }

    /** Resolves to the renewal, a policy of its own. */
    async renewPolicy(id: string, renewal: Renewal = {}): Promise<Policy> {
        return this.#create(`/api/policies/${segment(id)}/renew`, renewal);
    }

    /** What it would come to; nothing is written. */
    async previewCancellation(id: string, cancellation: Cancellation = {}): Promise<PolicyPreview> {
        return this.#send("POST", `/api/policies/${segment(id)}/cancel/preview`, cancellation);
    }

    /** What it would cost, and what clashes; nothing is written. */
    async previewEndorsement(id: string, endorsement: Endorsement): Promise<PolicyPreview> {
        return this.#send("POST", `/api/policies/${segment(id)}/endorse/preview`, endorsement);
    }

    /** What it would charge again; nothing is written. */
    async previewReinstatement(id: string, reinstatement: Reinstatement = {}): Promise<PolicyPreview> {
        return this.#send("POST", `/api/policies/${segment(id)}/reinstate/preview`, reinstatement);
    }

    async getPolicyVersions(id: string, page = 1, pageSize = 10, options: ListOptions = {}): Promise<PaginatedResponse<PolicyVersion>> {
        return this.#list(`/api/policies/${segment(id)}/versions`, page, pageSize, options);
    }

    // Products and quotes

    async getProducts(page = 1, pageSize = 10, options: ListOptions = {}): Promise<PaginatedResponse<ProductRow>> {
        return this.#list("/api/products", page, pageSize, options);
    }

    async getProduct(id: string): Promise<Product> {
        return this.#send("GET", `/api/products/${segment(id)}`);
    }

    async getQuotes(page = 1, pageSize = 10, options: ListOptions = {}): Promise<PaginatedResponse<QuoteRow>> {
        return this.#list("/api/quotes", page, pageSize, options);
    }

    async getQuote(id: string): Promise<Quote> {
        return this.#send("GET", `/api/quotes/${segment(id)}`);
    }

    async createQuote(quote: NewQuote): Promise<Quote> {
        return this.#create("/api/quotes", quote);
    }

    /** Without changes: what the quote has is priced, or priced again. */
    async priceQuote(id: string, changes: QuoteChanges = {}): Promise<Quote> {
        return this.#create(`/api/quotes/${segment(id)}/price`, changes);
    }

    async approveQuote(id: string, reason = ""): Promise<Quote> {
        return this.#create(`/api/quotes/${segment(id)}/approve`, { reason });
    }

    async declineQuote(id: string, reason: string): Promise<Quote> {
        return this.#create(`/api/quotes/${segment(id)}/decline`, { reason });
    }

    /** The policy is booked; `policyId` of the answer names it. */
    async bindQuote(id: string): Promise<Quote> {
        return this.#create(`/api/quotes/${segment(id)}/bind`, {});
    }

    /** The papers of a policy: schedule and notices. */
    async getDocumentsOfPolicy(id: string, page = 1, pageSize = 10, options: ListOptions = {}): Promise<PaginatedResponse<PolicyDocument>> {
        return this.#list(`/api/policies/${segment(id)}/documents`, page, pageSize, options);
    }

    /** The paper as the policy stands now; where the same is there already, that one. */
    async makeDocument(id: string, kind: PolicyDocumentKind): Promise<PolicyDocument> {
        return this.#create(`/api/policies/${segment(id)}/documents`, { kind });
    }

    /** The file itself; its SHA-256 is in the document's record. */
    async downloadDocument(id: string): Promise<Blob> {
        return (await this.#fetch("GET", `/api/documents/${segment(id)}`, { Accept: "*/*" })).blob();
    }

    // Customers

    async getCustomers(page = 1, pageSize = 10, options: ListOptions = {}): Promise<PaginatedResponse<Customer>> {
        return this.#list("/api/customers", page, pageSize, options);
    }

    async getCustomer(id: string): Promise<Customer> {
        return this.#send("GET", `/api/customers/${segment(id)}`);
    }

    /** Recorded all the same; `possibleDuplicates` are others who are likely the same person. */
    async createCustomer(customer: NewCustomer): Promise<RecordedCustomer> {
        return this.#create("/api/customers", customer);
    }

    async replaceCustomer(id: string, customer: NewCustomer): Promise<Customer> {
        return this.#send("PUT", `/api/customers/${segment(id)}`, customer);
    }

    async updateCustomer(id: string, changes: CustomerChanges): Promise<Customer> {
        return this.#send("PATCH", `/api/customers/${segment(id)}`, changes);
    }

    async deleteCustomer(id: string): Promise<void> {
        await this.#send("DELETE", `/api/customers/${segment(id)}`);
    }

    async lookUpCustomers(ssn: string): Promise<Customer[]> {
        return this.#send("POST", "/api/customers/lookup", { ssn });
    }

    /** Who is recorded already and is likely this person: to be asked before recording. */
    async findDuplicates(person: Person): Promise<PossibleDuplicate[]> {
        return this.#send("POST", "/api/customers/duplicates", person);
    }

    async getDuplicatesOfCustomer(id: string): Promise<PossibleDuplicate[]> {
        return this.#send("GET", `/api/customers/${segment(id)}/duplicates`);
    }

    /** Makes another record part of this one. */
    async mergeCustomers(id: string, merge: Merge): Promise<Customer> {
        return this.#create(`/api/customers/${segment(id)}/merge`, merge);
    }

    /** Undoes the merge of this record into another one. */
    async unmergeCustomers(id: string): Promise<Customer> {
        return this.#create(`/api/customers/${segment(id)}/unmerge`, {});
    }

    /** All that is held on the caller, who is the customer, as JSON. Each handing out is recorded. */
    async exportCustomer(id: string): Promise<Blob> {
        return (await this.#fetch("GET", `/api/customers/${segment(id)}/export`, { Accept: "*/*" })).blob();
    }

    /** The same as a paper. */
    async exportCustomerAsPdf(id: string): Promise<Blob> {
        return (await this.#fetch("GET", `/api/customers/${segment(id)}/export/pdf`, { Accept: "*/*" })).blob();
    }

    /** For staff who answer a customer's request: needs a fresh code (`stepUp`), and counts as a look at personal data. */
    async handOutCustomer(id: string, reason: string): Promise<Blob> {
        return (await this.#fetch("POST", `/api/customers/${segment(id)}/export`, { Accept: "*/*" }, { reason })).blob();
    }

    /** The same as a paper. */
    async handOutCustomerAsPdf(id: string, reason: string): Promise<Blob> {
        return (await this.#fetch("POST", `/api/customers/${segment(id)}/export/pdf`, { Accept: "*/*" }, { reason })).blob();
    }

    /** Erases the personal data, now or when it may be; it cannot be undone. */
    async eraseCustomer(id: string, request: ErasureRequest): Promise<Erasure> {
        return this.#create(`/api/customers/${segment(id)}/erasure`, request);
    }

    /** Nothing about the customer is erased until the hold is lifted. */
    async setLegalHold(id: string, reason: string): Promise<LegalHold> {
        return this.#create(`/api/customers/${segment(id)}/hold`, { reason });
    }

    async liftLegalHold(id: string, reason: string): Promise<LegalHold> {
        return this.#create(`/api/customers/${segment(id)}/hold/lift`, { reason });
    }

    async getContactsOfCustomer(id: string, page = 1, pageSize = 10, options: ListOptions = {}): Promise<PaginatedResponse<Contact>> {
        return this.#list(`/api/customers/${segment(id)}/contacts`, page, pageSize, options);
    }

    async recordContact(id: string, contact: NewContact): Promise<Contact> {
        return this.#create(`/api/customers/${segment(id)}/contacts`, contact);
    }

    // Claims

    async getClaims(page = 1, pageSize = 10, options: ListOptions = {}): Promise<PaginatedResponse<Claim>> {
        return this.#list("/api/claims", page, pageSize, options);
    }

    async getClaim(id: string): Promise<Claim> {
        return this.#send("GET", `/api/claims/${segment(id)}`);
    }

    /** What happens to the claims that one may see, or to one of them, as it happens; until the subscription is closed. */
    events(listener: (event: LiveEvent) => void, claimId?: string): Subscription {
        const path = claimId === undefined ? "/ws/claims" : `/ws/claims/${segment(claimId)}`;
        return follow(this.#transport.base.replace(/^http/, "ws") + path, listener, () => this.#transport.token(), () => this.refresh());
    }

    async getClaimByNumber(number: string): Promise<Claim> {
        return this.#send("GET", `/api/claims/by-number/${segment(number)}`);
    }

    async getClaimsOfPolicy(id: string, page = 1, pageSize = 10, options: ListOptions = {}): Promise<PaginatedResponse<Claim>> {
        return this.#list(`/api/policies/${segment(id)}/claims`, page, pageSize, options);
    }

    async createClaim(claim: NewClaim): Promise<Claim> {
        return this.#create("/api/claims", claim);
    }

    async replaceClaim(id: string, facts: ClaimFacts): Promise<Claim> {
        return this.#send("PUT", `/api/claims/${segment(id)}`, facts);
    }

    async updateClaim(id: string, changes: ClaimChanges): Promise<Claim> {
        return this.#send("PATCH", `/api/claims/${segment(id)}`, changes);
    }

    async deleteClaim(id: string): Promise<void> {
        await this.#send("DELETE", `/api/claims/${segment(id)}`);
    }

    /** Without an assignee the caller takes the claim. */
    async assignClaim(id: string, assigneeId?: string): Promise<Claim> {
        return this.#create(`/api/claims/${segment(id)}/assign`, assigneeId === undefined ? {} : { assigneeId });
    }

    async startClaim(id: string): Promise<Claim> {
        return this.#create(`/api/claims/${segment(id)}/start`, {});
    }

    /** Without an amount: what was proposed, or else all that is payable. */
    async approveClaim(id: string, amount?: number, reason = ""): Promise<Claim> {
        return this.#create(`/api/claims/${segment(id)}/approve`, amount === undefined ? { reason } : { amount, reason });
    }

    /** `reasonCode` and `clause` say on what grounds; without them the reason stands alone. */
    async denyClaim(id: string, reason: string, grounds: Omit<Denial, "reason"> = {}): Promise<Claim> {
        return this.#create(`/api/claims/${segment(id)}/deny`, { reason, ...grounds });
    }

    async closeClaim(id: string, reason = ""): Promise<Claim> {
        return this.#create(`/api/claims/${segment(id)}/close`, { reason });
    }

    async reopenClaim(id: string, reason: string): Promise<Claim> {
        return this.#create(`/api/claims/${segment(id)}/reopen`, { reason });
    }

    /** Claims that a notice would look like; name them back in `notDuplicateOf`. With who claims: not those on which only others do. */
    async getLookAlikes(policyId: string, claimType: string, incidentDate: string, claimant?: NewClaimant): Promise<Claim[]> {
        if (claimant) return this.#send("POST", "/api/claims/look-alikes", { policyId, claimType, incidentDate, claimant });
        const notice = { policy_id: policyId, claim_type: claimType, incident_date: incidentDate };
        return this.#send("GET", `/api/claims/look-alikes${queryString(notice)}`);
    }

    async takeNextClaim(): Promise<Claim> {
        return this.#create("/api/claims/next", {});
    }

    async getClaimTriage(id: string): Promise<ClaimTriage> {
        return this.#send("GET", `/api/claims/${segment(id)}/triage`);
    }

    async triageClaim(id: string, triage: NewTriage): Promise<Claim> {
        return this.#create(`/api/claims/${segment(id)}/triage`, triage);
    }

    /** Back into its queue. */
    async releaseClaim(id: string, reason: string): Promise<Claim> {
        return this.#create(`/api/claims/${segment(id)}/release`, { reason });
    }

    async linkClaim(id: string, link: NewLink): Promise<Claim> {
        return this.#create(`/api/claims/${segment(id)}/link`, link);
    }

    // Claimants, for staff

    /** Who claims and who did; `open` is one of the options. E-mail, phone and address come masked. */
    async getClaimants(id: string, page = 1, pageSize = 10, options: ListOptions = {}): Promise<PaginatedResponse<Claimant>> {
        return this.#list(`/api/claims/${segment(id)}/claimants`, page, pageSize, options);
    }

    async addClaimant(id: string, claimant: NewClaimant): Promise<Claimant> {
        return this.#create(`/api/claims/${segment(id)}/claimants`, claimant);
    }

    async endClaimant(id: string, claimantId: string, reason: string): Promise<Claimant> {
        return this.#create(`/api/claims/${segment(id)}/claimants/${segment(claimantId)}/end`, { reason });
    }

    /** Of a claimant who is no customer, on each claim on which the same person is named; the e-mail address, or the name, typed again. */
    async requestClaimantErasure(id: string, claimantId: string, request: ClaimantErasureRequest): Promise<ClaimantErasure[]> {
        return this.#create(`/api/claims/${segment(id)}/claimants/${segment(claimantId)}/erasure`, request);
    }

    /** All that is held on a claimant who is no customer, as JSON: with a reason, after a fresh code. */
    async handOutClaimant(id: string, claimantId: string, reason: string): Promise<Blob> {
        return (await this.#fetch("POST", `/api/claims/${segment(id)}/claimants/${segment(claimantId)}/export`, { Accept: "*/*" }, { reason })).blob();
    }

    /** The same as a paper. */
    async handOutClaimantAsPdf(id: string, claimantId: string, reason: string): Promise<Blob> {
        return (await this.#fetch("POST", `/api/claims/${segment(id)}/claimants/${segment(claimantId)}/export/pdf`, { Accept: "*/*" }, { reason })).blob();
    }

    // Decisions, letters, documents

    /** With something left open the claim waits until a check leaves nothing open. */
    async checkCover(id: string, leftOpen = ""): Promise<Claim> {
        return this.#create(`/api/claims/${segment(id)}/check-cover`, { leftOpen });
    }

    /** What happened is known: the settlement comes next. */
    async evaluateClaim(id: string, reason = ""): Promise<Claim> {
        return this.#create(`/api/claims/${segment(id)}/evaluate`, { reason });
    }

    /** Something has to be found out after all. */
    async investigateClaim(id: string, reason: string): Promise<Claim> {
        return this.#create(`/api/claims/${segment(id)}/investigate`, { reason });
    }

    /** Take back what a second person was asked to approve, or send it back. */
    async withdrawApproval(id: string, reason: string): Promise<Claim> {
        return this.#create(`/api/claims/${segment(id)}/withdraw`, { reason });
    }

    async appealClaim(id: string, reason: string): Promise<Claim> {
        return this.#create(`/api/claims/${segment(id)}/appeal`, { reason });
    }

    async askForInformation(id: string, question: Question): Promise<Claim> {
        return this.#create(`/api/claims/${segment(id)}/ask`, question);
    }

    /** What was asked on the claim, the latest first. */
    async getQuestionsOfClaim(id: string, page = 1, pageSize = 10, options: ListOptions = {}): Promise<PaginatedResponse<ClaimQuestion>> {
        return this.#list(`/api/claims/${segment(id)}/questions`, page, pageSize, options);
    }

    /** For the policyholder: the claim goes on at once. */
    async answerQuestion(id: string, questionId: string, answer: string): Promise<Claim> {
        return this.#create(`/api/claims/${segment(id)}/questions/${segment(questionId)}/answer`, { answer });
    }

    /** Why the claim was denied, the latest decision first. */
    async getDenialsOfClaim(id: string, page = 1, pageSize = 10, options: ListOptions = {}): Promise<PaginatedResponse<ClaimDenial>> {
        return this.#list(`/api/claims/${segment(id)}/denials`, page, pageSize, options);
    }

    async informationReceived(id: string, note = ""): Promise<Claim> {
        return this.#create(`/api/claims/${segment(id)}/received`, { note });
    }

    async getClaimDecisions(id: string): Promise<ClaimDecisions> {
        return this.#send("GET", `/api/claims/${segment(id)}/decisions`);
    }

    async getLettersOfClaim(id: string, page = 1, pageSize = 10, options: ListOptions = {}): Promise<PaginatedResponse<ClaimLetter>> {
        return this.#list(`/api/claims/${segment(id)}/letters`, page, pageSize, options);
    }

    async writeLetter(id: string, kind: ClaimLetterKind): Promise<ClaimLetter> {
        return this.#create(`/api/claims/${segment(id)}/letters`, { kind });
    }

    async getDocumentsOfClaim(id: string, page = 1, pageSize = 10, options: ListOptions = {}): Promise<PaginatedResponse<ClaimDocument>> {
        return this.#list(`/api/claims/${segment(id)}/documents`, page, pageSize, options);
    }

    async attachDocument(id: string, file: File, kind: ClaimDocumentKind = "other"): Promise<ClaimDocument> {
        const form = new FormData();
        form.append("file", file);
        form.append("kind", kind);
        return this.#create(`/api/claims/${segment(id)}/documents`, form);
    }

    // Deadlines

    /** Every deadline that ran or runs on the claim. */
    async getClocks(claimId: string): Promise<Clock[]> {
        return this.#send("GET", `/api/claims/${segment(claimId)}/clocks`);
    }

    /** Where its rule allows (`extensionDays`), once, before it is over. */
    async extendClock(claimId: string, clockId: string, reason: string): Promise<Claim> {
        return this.#create(`/api/claims/${segment(claimId)}/clocks/${segment(clockId)}/extend`, { reason });
    }

    /** A state as US-CA; empty for the company's standard. Its deadlines are counted anew. */
    async correctJurisdiction(claimId: string, jurisdiction: string, reason: string): Promise<Claim> {
        return this.#create(`/api/claims/${segment(claimId)}/jurisdiction`, { jurisdiction, reason });
    }

    /** The insurance department has asked about the claim. */
    async recordInquiry(claimId: string, reason: string): Promise<Claim> {
        return this.#create(`/api/claims/${segment(claimId)}/inquire`, { reason });
    }

    async recordAnswer(claimId: string, reason: string): Promise<Claim> {
        return this.#create(`/api/claims/${segment(claimId)}/answer`, { reason });
    }

    // The diary, for staff

    /** What is still to be done by who asks, the nearest day first; `due_by` is one of the options. */
    async getMyDiary(page = 1, pageSize = 10, options: ListOptions = {}): Promise<PaginatedResponse<DiaryEntry>> {
        return this.#list("/api/diary", page, pageSize, options);
    }

    async getDiaryOfClaim(id: string, page = 1, pageSize = 10, options: ListOptions = {}): Promise<PaginatedResponse<DiaryEntry>> {
        return this.#list(`/api/claims/${segment(id)}/diary`, page, pageSize, options);
    }

    async addDiaryEntry(id: string, entry: NewDiaryEntry): Promise<DiaryEntry> {
        return this.#create(`/api/claims/${segment(id)}/diary`, entry);
    }

    /** With what came of it, and what comes next; left out, the rule for the claim's stage says it. */
    async completeDiaryEntry(id: string, entryId: string, ending: DiaryEnding = {}): Promise<DiaryEntry> {
        return this.#create(`/api/claims/${segment(id)}/diary/${segment(entryId)}/done`, ending);
    }

    async moveDiaryEntry(id: string, entryId: string, toDay: string, reason: string): Promise<DiaryEntry> {
        return this.#create(`/api/claims/${segment(id)}/diary/${segment(entryId)}/move`, { toDay, reason });
    }

    // Signs of fraud, for staff

    async getClaimIndicators(id: string): Promise<Indicators> {
        return this.#send("GET", `/api/claims/${segment(id)}/indicators`);
    }

    async referClaim(id: string, reason: string): Promise<Claim> {
        return this.#create(`/api/claims/${segment(id)}/refer`, { reason });
    }

    async getClaimInvestigation(id: string): Promise<Investigation> {
        return this.#send("GET", `/api/claims/${segment(id)}/investigation`);
    }

    async noteInvestigation(id: string, text: string): Promise<Investigation> {
        return this.#create(`/api/claims/${segment(id)}/investigation/notes`, { text });
    }

    async closeInvestigation(id: string, outcome: InvestigationOutcome): Promise<Claim> {
        return this.#create(`/api/claims/${segment(id)}/investigation/close`, outcome);
    }

    // A claim's money

    /** The ledger and the payments, for staff. */
    async getClaimMoney(id: string): Promise<ClaimMoney> {
        return this.#send("GET", `/api/claims/${segment(id)}/money`);
    }

    async getClaimProof(id: string): Promise<ClaimProof> {
        return this.#send("GET", `/api/claims/${segment(id)}/proof`);
    }

    /** The sum that this payment was approved on, whatever was approved since. */
    async getPaymentProof(id: string, payment: string): Promise<ClaimProof> {
        return this.#send("GET", `/api/claims/${segment(id)}/payments/${segment(payment)}/proof`);
    }

    async reserveClaim(id: string, reserve: NewReserve): Promise<Claim> {
        return this.#create(`/api/claims/${segment(id)}/reserve`, reserve);
    }

    /** Without an amount: all that is approved and neither paid nor asked for. */
    async payClaim(id: string, payment: NewClaimPayment = {}): Promise<Claim> {
        return this.#create(`/api/claims/${segment(id)}/pay`, payment);
    }

    async recoverClaim(id: string, recovery: NewRecovery): Promise<Claim> {
        return this.#create(`/api/claims/${segment(id)}/recover`, recovery);
    }

    async reverseRecovery(id: string, entryId: string, reason: string): Promise<Claim> {
        return this.#create(`/api/claims/${segment(id)}/recoveries/${segment(entryId)}/reverse`, { reason });
    }

    async approveClaimPayment(id: string, paymentId: string): Promise<Claim> {
        return this.#create(`/api/claims/${segment(id)}/payments/${segment(paymentId)}/approve`, {});
    }

    async issueClaimPayment(id: string, paymentId: string): Promise<Claim> {
        return this.#create(`/api/claims/${segment(id)}/payments/${segment(paymentId)}/issue`, {});
    }

    async clearClaimPayment(id: string, paymentId: string): Promise<Claim> {
        return this.#create(`/api/claims/${segment(id)}/payments/${segment(paymentId)}/clear`, {});
    }

    async stopClaimPayment(id: string, paymentId: string, reason: string): Promise<Claim> {
        return this.#create(`/api/claims/${segment(id)}/payments/${segment(paymentId)}/stop`, { reason });
    }

    async voidClaimPayment(id: string, paymentId: string, reason: string): Promise<Claim> {
        return this.#create(`/api/claims/${segment(id)}/payments/${segment(paymentId)}/void`, { reason });
    }

    // Billing

    async getBilling(policyId: string): Promise<BillingAccount> {
        return this.#send("GET", `/api/policies/${segment(policyId)}/billing`);
    }

    /** Until the first payment. */
    async changePlan(policyId: string, plan: BillingPlan["plan"]): Promise<BillingAccount> {
        return this.#send("PUT", `/api/policies/${segment(policyId)}/billing`, { plan });
    }

    async getInvoicesOfPolicy(id: string, page = 1, pageSize = 10, options: ListOptions = {}): Promise<PaginatedResponse<Invoice>> {
        return this.#list(`/api/policies/${segment(id)}/invoices`, page, pageSize, options);
    }

    async getInvoice(id: string): Promise<Invoice> {
        return this.#send("GET", `/api/invoices/${segment(id)}`);
    }

    async getPaymentsOfPolicy(id: string, page = 1, pageSize = 10, options: ListOptions = {}): Promise<PaginatedResponse<Payment>> {
        return this.#list(`/api/policies/${segment(id)}/payments`, page, pageSize, options);
    }

    async getPayment(id: string): Promise<Payment> {
        return this.#send("GET", `/api/payments/${segment(id)}`);
    }

    async recordPayment(policyId: string, payment: NewPayment): Promise<Payment> {
        return this.#create(`/api/policies/${segment(policyId)}/payments`, payment);
    }

    /** Every movement on the policy's account, the last one first. */
    async getLedger(policyId: string, page = 1, pageSize = 10, options: ListOptions = {}): Promise<PaginatedResponse<LedgerEntry>> {
        return this.#list(`/api/policies/${segment(policyId)}/ledger`, page, pageSize, options);
    }

    async chargeFee(policyId: string, fee: EntryByHand): Promise<BillingAccount> {
        return this.#create(`/api/policies/${segment(policyId)}/fees`, fee);
    }

    async writeOff(policyId: string, writeOff: EntryByHand): Promise<BillingAccount> {
        return this.#create(`/api/policies/${segment(policyId)}/write-offs`, writeOff);
    }

    /** A fee, a write-off, a refund or a payment that was a mistake. */
    async reverseEntry(policyId: string, entryId: string, reason: string): Promise<BillingAccount> {
        return this.#create(`/api/policies/${segment(policyId)}/ledger/${segment(entryId)}/reverse`, { reason });
    }

    async refundPayment(id: string, refund: Refund): Promise<Payment> {
        return this.#create(`/api/payments/${segment(id)}/refund`, refund);
    }

    async reversePayment(id: string, reason: string): Promise<Payment> {
        return this.#create(`/api/payments/${segment(id)}/reverse`, { reason });
    }

    // Reports

    async getTriangle(question: TriangleQuestion): Promise<Triangle> {
        return this.#send("GET", `/api/reports/triangle${queryString(question)}`);
    }

    async getLossDevelopment(question: DevelopmentQuestion = {}): Promise<Report> {
        return this.#send("GET", `/api/reports/development${queryString(question)}`);
    }

    async getLossRatio(question: ReportQuestion = {}): Promise<Report> {
        return this.#send("GET", `/api/reports/loss-ratio${queryString(question)}`);
    }

    async getOpenInventory(question: ReportQuestion = {}): Promise<Report> {
        return this.#send("GET", `/api/reports/inventory${queryString(question)}`);
    }

    async getCycleTime(question: YearQuestion = {}): Promise<Report> {
        return this.#send("GET", `/api/reports/cycle-time${queryString(question)}`);
    }

    async getDeadlinesMissed(question: YearQuestion = {}): Promise<Report> {
        return this.#send("GET", `/api/reports/deadlines${queryString(question)}`);
    }

    async getBordereau(question: MonthQuestion): Promise<Report> {
        return this.#send("GET", `/api/reports/bordereau${queryString(question)}`);
    }

    async getFigureEntries(question: EntriesQuestion): Promise<FigureEntries> {
        return this.#send("GET", `/api/reports/entries${queryString(question)}`);
    }

    // Audit

    /** Every change of every record, the newest first; `options` takes record_id, table, operation, actor, correlation_id, from_day, to_day. */
    async getRecordedChanges(page = 1, pageSize = 10, options: ListOptions = {}): Promise<PaginatedResponse<RecordedChange>> {
        return this.#list("/api/audit", page, pageSize, options);
    }

    // How it speaks

    async #list<T>(path: string, page: number, pageSize: number, options: ListOptions): Promise<PaginatedResponse<T>> {
        const where = options["cursor"] === undefined ? { page } : {};
        return this.#send("GET", path + queryString({ ...where, page_size: pageSize, ...options }));
    }

    /** A POST under a key: where the connection breaks before the answer, the same call is made again, and done once. */
    async #create<T>(path: string, body: object): Promise<T> {
        return this.#transport.send("POST", path, body, this.#call, this.#call.idempotencyKey ?? crypto.randomUUID());
    }

    async #send<T>(method: Method, path: string, body?: object): Promise<T> {
        return this.#transport.send(method, path, body, this.#call);
    }

    async #fetch(method: Method, path: string, headers: Record<string, string>, body?: object): Promise<Response> {
        return this.#transport.fetch(method, path, headers, body, this.#call);
    }
}

function segment(part: string): string {
    return encodeURIComponent(part);
}
