/**
 * The API's types, generated from its OpenAPI schema by libs/shared/types/generate.mjs. Do not edit: generate again.
 */

export type paths = Record<string, never>;
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        ApiResponse_ClaimOut_: {
            data: components["schemas"]["ClaimOut"];
            message: string;
            /** @constant */
            success: true;
            /** Format: date-time */
            timestamp: string;
        };
        ApiResponse_CustomerOut_: {
            data: components["schemas"]["CustomerOut"];
            message: string;
            /** @constant */
            success: true;
            /** Format: date-time */
            timestamp: string;
        };
        ApiResponse_list_CustomerOut__: {
            data: components["schemas"]["CustomerOut"][];
            message: string;
            /** @constant */
            success: true;
            /** Format: date-time */
            timestamp: string;
        };
        ApiResponse_NoneType_: {
            data: null;
            message: string;
            /** @constant */
            success: true;
            /** Format: date-time */
            timestamp: string;
        };
        ApiResponse_PaginatedResponse_ClaimOut__: {
            data: components["schemas"]["PaginatedResponse_ClaimOut_"];
            message: string;
            /** @constant */
            success: true;
            /** Format: date-time */
            timestamp: string;
        };
        ApiResponse_PaginatedResponse_CustomerOut__: {
            data: components["schemas"]["PaginatedResponse_CustomerOut_"];
            message: string;
            /** @constant */
            success: true;
            /** Format: date-time */
            timestamp: string;
        };
        ApiResponse_PaginatedResponse_PolicyOut__: {
            data: components["schemas"]["PaginatedResponse_PolicyOut_"];
            message: string;
            /** @constant */
            success: true;
            /** Format: date-time */
            timestamp: string;
        };
        ApiResponse_PaginatedResponse_VersionOut__: {
            data: components["schemas"]["PaginatedResponse_VersionOut_"];
            message: string;
            /** @constant */
            success: true;
            /** Format: date-time */
            timestamp: string;
        };
        ApiResponse_PolicyOut_: {
            data: components["schemas"]["PolicyOut"];
            message: string;
            /** @constant */
            success: true;
            /** Format: date-time */
            timestamp: string;
        };
        ApiResponse_PolicyReading_: {
            data: components["schemas"]["PolicyReading"];
            message: string;
            /** @constant */
            success: true;
            /** Format: date-time */
            timestamp: string;
        };
        ApiResponse_ProfileOut_: {
            data: components["schemas"]["ProfileOut"];
            message: string;
            /** @constant */
            success: true;
            /** Format: date-time */
            timestamp: string;
        };
        ApiResponse_TokenOut_: {
            data: components["schemas"]["TokenOut"];
            message: string;
            /** @constant */
            success: true;
            /** Format: date-time */
            timestamp: string;
        };
        ApiResponse_TriangleOut_: {
            data: components["schemas"]["TriangleOut"];
            message: string;
            /** @constant */
            success: true;
            /** Format: date-time */
            timestamp: string;
        };
        /** @description Without an amount: what was proposed, or else all that is payable. */
        ApproveIn: {
            amount?: number | null;
            /** @default  */
            reason?: string;
        };
        /** @description Which version and which stretch of the term a reading shows; `left_out` versions were booked later. */
        AsOfOut: {
            /** Format: date-time */
            effectiveAt: string;
            /** Format: date-time */
            endsAt: string;
            inForce: boolean;
            /** Format: date-time */
            knownAt: string;
            leftOut: number;
            /** Format: date-time */
            startsAt: string;
            version: number;
            writtenPremium: number;
        };
        /** @description Without an assignee the caller takes the claim. */
        AssignIn: {
            assigneeId?: string | null;
        };
        /** @description Without a method: flat for a flat reason, else pro rata. `penaltyShare` is for a short rate (0.10 unless sent). */
        CancelIn: {
            effectiveDate?: string | null;
            method?: ("flat" | "pro_rata" | "short_rate") | null;
            penaltyShare?: number | null;
            /**
             * @default insured_request
             * @enum {string}
             */
            reason?: "insured_request" | "non_payment" | "underwriting" | "flat" | "rewritten";
        };
        CellOut: {
            development: string;
            origin: string;
            value: number;
        };
        /** @description A first notice of loss. Without a number it gets the next of its year; reported now, unless said otherwise. */
        ClaimIn: {
            claimAmount: number;
            claimNumber?: string | null;
            claimType: string;
            /** @default  */
            description?: string;
            /** Format: date-time */
            incidentDate: string;
            /** Format: uuid */
            policyId: string;
            reportedDate?: string | null;
            /**
             * @default pending
             * @enum {string}
             */
            status?: "pending" | "processing" | "approved" | "denied";
        };
        ClaimOut: {
            approvedAmount?: number;
            /** Format: uuid */
            assigneeId?: string;
            claimAmount: number;
            claimNumber: string;
            claimType: string;
            /** Format: date-time */
            closedAt?: string;
            /** Format: date-time */
            createdAt: string;
            description?: string;
            /** Format: date-time */
            dueAt?: string;
            /** Format: uuid */
            id: string;
            /** Format: date-time */
            incidentDate: string;
            paidAmount: number;
            /** Format: uuid */
            policyId: string;
            /** Format: date-time */
            processedDate?: string;
            proposedAmount?: number;
            /** Format: date-time */
            reportedDate: string;
            stage: components["schemas"]["Stage"];
            /** @enum {string} */
            status: "pending" | "processing" | "approved" | "denied";
            /** Format: date-time */
            updatedAt: string;
        };
        /** @description Only what is sent changes. */
        ClaimPatch: {
            claimAmount?: number;
            claimNumber?: string;
            claimType?: string;
            /** @default  */
            description?: string;
            /** Format: date-time */
            incidentDate?: string;
            /** Format: uuid */
            policyId?: string;
            /** Format: date-time */
            reportedDate?: string;
            /** @enum {string} */
            status?: "pending" | "processing" | "approved" | "denied";
        };
        /** @description All that can be corrected before the decision. The rest may be sent as it is; commands change it. */
        ClaimPut: {
            claimAmount: number;
            claimNumber?: string;
            claimType: string;
            /** @default  */
            description?: string;
            /** Format: date-time */
            incidentDate: string;
            /** Format: uuid */
            policyId?: string;
            /** Format: date-time */
            reportedDate?: string;
            /** @enum {string} */
            status?: "pending" | "processing" | "approved" | "denied";
        };
        CloseIn: {
            /** @default  */
            reason?: string;
        };
        CredentialsIn: {
            email: string;
            otp?: string | null;
            /** Format: password */
            password: string;
        };
        /** @description All of a customer. The SSN goes in here and never comes out, so a PUT without it keeps the stored one. */
        CustomerIn: {
            /** @default  */
            address?: string;
            dateOfBirth?: string | null;
            /** Format: email */
            email: string;
            firstName: string;
            lastName: string;
            /** @default  */
            phone?: string;
            /** @default  */
            ssn?: string;
        };
        CustomerOut: {
            address?: string;
            /** Format: date-time */
            createdAt: string;
            dateOfBirth?: string;
            email: string;
            firstName: string;
            /** Format: uuid */
            id: string;
            lastName: string;
            phone?: string;
            /** Format: date-time */
            updatedAt: string;
        };
        /** @description Only what is sent changes. A masked value sent back as it was read changes nothing. */
        CustomerPatch: {
            /** @default  */
            address?: string;
            dateOfBirth?: string | null;
            /** Format: email */
            email?: string;
            firstName?: string;
            lastName?: string;
            /** @default  */
            phone?: string;
            /** @default  */
            ssn?: string;
        };
        /** @description Why, where there is something to say. */
        DecideIn: {
            /** @default  */
            reason?: string;
        };
        DenyIn: {
            reason: string;
        };
        /**
         * @description New terms from `effectiveDate` on (now, unless sent); only what is sent changes.
         *
         *     `factors` are rating factors by name: the premium of the term is multiplied by each. Where a later version changes the same
         *     field, `keep` says which value holds from then on: its name with "this" or "later" (`{"deductibleAmount": "this"}`,
         *     `{"factors.roof": "later"}`). `noKnownLoss` is the insured's statement, which a limit needs that is raised from before a known loss.
         */
        EndorseIn: {
            coverageAmount?: number;
            deductibleAmount?: number;
            effectiveDate?: string | null;
            /** @default {} */
            factors?: {
                [key: string]: number;
            };
            /** @default {} */
            keep?: {
                [key: string]: "this" | "later";
            };
            /** @default  */
            noKnownLoss?: string;
            policyType?: string;
            premiumAmount?: number;
            /** @default  */
            reason?: string;
        };
        /** @description What to correct: `field` as the caller wrote it, "" for the whole. */
        ErrorItem: {
            code: string;
            field: string;
            message: string;
        };
        ErrorResponse: {
            correlationId: string;
            data: null;
            errors: components["schemas"]["ErrorItem"][];
            message: string;
            /** @constant */
            success: false;
            /** Format: date-time */
            timestamp: string;
        };
        ForgottenIn: {
            email: string;
        };
        LinkedCustomerOut: {
            email: string;
            firstName: string;
            /** Format: uuid */
            id: string;
            lastName: string;
        };
        LogoutIn: {
            refreshToken?: string | null;
        };
        LookupIn: {
            ssn: string;
        };
        PaginatedResponse_ClaimOut_: {
            data: components["schemas"]["ClaimOut"][];
            nextCursor: string | null;
            page: number;
            pageSize: number;
            total: number;
            totalPages: number;
        };
        PaginatedResponse_CustomerOut_: {
            data: components["schemas"]["CustomerOut"][];
            nextCursor: string | null;
            page: number;
            pageSize: number;
            total: number;
            totalPages: number;
        };
        PaginatedResponse_PolicyOut_: {
            data: components["schemas"]["PolicyOut"][];
            nextCursor: string | null;
            page: number;
            pageSize: number;
            total: number;
            totalPages: number;
        };
        PaginatedResponse_VersionOut_: {
            data: components["schemas"]["VersionOut"][];
            nextCursor: string | null;
            page: number;
            pageSize: number;
            total: number;
            totalPages: number;
        };
        PasswordIn: {
            /** Format: password */
            currentPassword: string;
            /** Format: password */
            newPassword: string;
        };
        /**
         * @description How wide a cell is.
         * @enum {string}
         */
        Period: "year" | "quarter" | "month";
        /** @description A new policy. Without a number it gets the next of its year. */
        PolicyIn: {
            coverageAmount: number;
            /** Format: uuid */
            customerId: string;
            /** @default 0 */
            deductibleAmount?: number;
            /** Format: date-time */
            endDate: string;
            policyNumber?: string | null;
            policyType: string;
            premiumAmount: number;
            /** Format: date-time */
            startDate: string;
            /**
             * @default active
             * @enum {string}
             */
            status?: "active" | "expired" | "cancelled";
        };
        PolicyOut: {
            /** @enum {string} */
            cancellationReason?: "insured_request" | "non_payment" | "underwriting" | "flat" | "rewritten";
            /** Format: date-time */
            cancelledAt?: string;
            coverageAmount: number;
            /** Format: date-time */
            createdAt: string;
            /** Format: uuid */
            customerId: string;
            deductibleAmount: number;
            /** Format: date-time */
            endDate: string;
            /** Format: uuid */
            id: string;
            policyNumber: string;
            policyType: string;
            premiumAmount: number;
            /** Format: date-time */
            startDate: string;
            /** @enum {string} */
            status: "active" | "expired" | "cancelled";
            /** Format: date-time */
            updatedAt: string;
        };
        /** @description Only the terms that are sent change. */
        PolicyPatch: {
            coverageAmount?: number;
            /** Format: uuid */
            customerId?: string;
            deductibleAmount?: number;
            /** Format: date-time */
            endDate?: string;
            policyNumber?: string;
            policyType?: string;
            premiumAmount?: number;
            /** Format: date-time */
            startDate?: string;
            /** @enum {string} */
            status?: "active" | "expired" | "cancelled";
        };
        /** @description All terms. Status, number and owner may be sent as they are; commands change them. */
        PolicyPut: {
            coverageAmount: number;
            /** Format: uuid */
            customerId?: string;
            deductibleAmount?: number;
            /** Format: date-time */
            endDate: string;
            policyNumber?: string;
            policyType: string;
            premiumAmount: number;
            /** Format: date-time */
            startDate: string;
            /** @enum {string} */
            status?: "active" | "expired" | "cancelled";
        };
        /** @description A policy; with `effective_at` or `known_at` asked for, as it was then, and `asOf` says how. */
        PolicyReading: {
            asOf?: components["schemas"]["AsOfOut"];
            /** @enum {string} */
            cancellationReason?: "insured_request" | "non_payment" | "underwriting" | "flat" | "rewritten";
            /** Format: date-time */
            cancelledAt?: string;
            coverageAmount: number;
            /** Format: date-time */
            createdAt: string;
            /** Format: uuid */
            customerId: string;
            deductibleAmount: number;
            /** Format: date-time */
            endDate: string;
            /** Format: uuid */
            id: string;
            policyNumber: string;
            policyType: string;
            premiumAmount: number;
            /** Format: date-time */
            startDate: string;
            /** @enum {string} */
            status: "active" | "expired" | "cancelled";
            /** Format: date-time */
            updatedAt: string;
        };
        ProfileOut: {
            customer: components["schemas"]["LinkedCustomerOut"] | null;
            email: string;
            firstName: string;
            /** Format: uuid */
            id: string;
            lastName: string;
            permissions: string[];
            roles: string[];
        };
        RefreshIn: {
            /** Format: password */
            refreshToken: string;
        };
        /** @description Without `effectiveDate` there is no gap: the policy is as if it had not been cancelled. */
        ReinstateIn: {
            effectiveDate?: string | null;
            /** @default  */
            reason?: string;
        };
        /** @description What is different from the terms at the end of the old term, and from its length. */
        RenewIn: {
            coverageAmount?: number;
            deductibleAmount?: number;
            /** Format: date-time */
            endDate?: string;
            policyType?: string;
            premiumAmount?: number;
        };
        ReopenIn: {
            reason: string;
        };
        ResetIn: {
            /** Format: password */
            newPassword: string;
            /** Format: password */
            token: string;
        };
        /** @description A stretch of the term: `term_premium` for the whole term on these terms, `premium` for the stretch. */
        SegmentOut: {
            coverageAmount: number;
            days: number;
            deductibleAmount: number;
            /** Format: date-time */
            endsAt: string;
            inForce: boolean;
            policyType: string;
            premium: number;
            /** Format: date-time */
            startsAt: string;
            termPremium: number;
        };
        /**
         * @description How far the claim has come within its status.
         * @enum {string}
         */
        Stage: "reported" | "triaged" | "assigned" | "coverage_check" | "investigation" | "evaluation" | "awaiting_approval" | "awaiting_information" | "appeal" | "approved" | "payment_pending" | "paid" | "denied";
        StartIn: Record<string, never>;
        TokenOut: {
            accessToken: string;
            expiresIn: number;
            refreshToken: string;
            /**
             * @default bearer
             * @constant
             */
            tokenType?: "bearer";
        };
        TriangleOut: {
            cells: components["schemas"]["CellOut"][];
            /**
             * @default false
             * @constant
             */
            cumulative?: false;
        };
        /**
         * @description What a cell counts or adds up.
         * @enum {string}
         */
        Value: "paid" | "closed_paid" | "reported";
        /** @description One booking, what it changed, and the term as it was known after it. */
        VersionOut: {
            /** Format: uuid */
            actorId?: string;
            /** Format: date-time */
            bookedAt: string;
            changes: {
                [key: string]: unknown;
            };
            correlationId?: string;
            /** Format: date-time */
            effectiveAt: string;
            /** Format: uuid */
            id: string;
            /** @enum {string} */
            kind: "new_business" | "renewal" | "correction" | "endorsement" | "cancellation" | "reinstatement";
            /** @enum {string} */
            method?: "flat" | "pro_rata" | "short_rate";
            number: number;
            penaltyShare?: number;
            /** Format: uuid */
            policyId: string;
            premiumChange: number;
            reason?: string;
            segments: components["schemas"]["SegmentOut"][];
            writtenPremium: number;
        };
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export type operations = Record<string, never>;

type Schemas = components["schemas"];

export type Policy = Schemas["PolicyOut"];
export type Customer = Schemas["CustomerOut"];
export type Claim = Schemas["ClaimOut"];
export type NewPolicy = Schemas["PolicyIn"];
export type NewCustomer = Schemas["CustomerIn"];
export type NewClaim = Schemas["ClaimIn"];
export type PolicyTerms = Schemas["PolicyPut"];
export type PolicyChanges = Schemas["PolicyPatch"];
export type CustomerChanges = Schemas["CustomerPatch"];
export type ClaimFacts = Schemas["ClaimPut"];
export type ClaimChanges = Schemas["ClaimPatch"];
export type Cancellation = Schemas["CancelIn"];
export type Endorsement = Schemas["EndorseIn"];
export type Reinstatement = Schemas["ReinstateIn"];
export type Renewal = Schemas["RenewIn"];
export type PolicyReading = Schemas["PolicyReading"];
export type PolicyVersion = Schemas["VersionOut"];
export type Profile = Schemas["ProfileOut"];
export type Tokens = Schemas["TokenOut"];
export type Triangle = Schemas["TriangleOut"];

/** A good answer. */
export type ApiResponse<T> = Omit<Schemas["ApiResponse_PolicyOut_"], "data"> & { data: T };

/** A page of a list, in an answer's `data`. */
export type PaginatedResponse<T> = Omit<Schemas["PaginatedResponse_PolicyOut_"], "data"> & { data: T[] };

/** A bad answer. */
export type ErrorResponse = Schemas["ErrorResponse"];
