/**
 * The API's types, generated from its OpenAPI schema by libs/shared/types/generate.mjs. Do not edit: generate again.
 */

export type paths = Record<string, never>;
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        /** @description What a policy owes. `balance` is the sum of all entries, and so of what is open, less credit. Negative: held for them. */
        AccountOut: {
            balance: number;
            credit: number;
            /** Format: date-time */
            nextDueAt?: string;
            openInvoices: components["schemas"]["InvoiceOut"][];
            pastDueAmount: number;
            /** @enum {string} */
            plan: "annual" | "semi_annual" | "quarterly" | "monthly";
            /** Format: uuid */
            policyId: string;
            /** Format: date-time */
            updatedAt: string;
        };
        ApiResponse_AccountOut_: {
            data: components["schemas"]["AccountOut"];
            message: string;
            /** @constant */
            success: true;
            /** Format: date-time */
            timestamp: string;
        };
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
        ApiResponse_InvoiceOut_: {
            data: components["schemas"]["InvoiceOut"];
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
        ApiResponse_PaginatedResponse_InvoiceOut__: {
            data: components["schemas"]["PaginatedResponse_InvoiceOut_"];
            message: string;
            /** @constant */
            success: true;
            /** Format: date-time */
            timestamp: string;
        };
        ApiResponse_PaginatedResponse_PaymentOut__: {
            data: components["schemas"]["PaginatedResponse_PaymentOut_"];
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
        ApiResponse_PaymentOut_: {
            data: components["schemas"]["PaymentOut"];
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
        /** @description Without an assignee the caller takes the claim. */
        AssignIn: {
            assigneeId?: string | null;
        };
        CancelIn: {
            effectiveDate?: string | null;
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
        DenyIn: {
            reason: string;
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
        /** @description One instalment. Withdrawn: nothing is left to collect by it. */
        InvoiceOut: {
            amount: number;
            /** Format: date-time */
            createdAt: string;
            /** Format: date-time */
            dueAt: string;
            /** Format: uuid */
            id: string;
            invoiceNumber: string;
            openAmount: number;
            paidAmount: number;
            /** Format: uuid */
            policyId: string;
            /** @enum {string} */
            status: "open" | "past_due" | "paid" | "withdrawn";
            /** Format: date-time */
            updatedAt: string;
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
        PaginatedResponse_InvoiceOut_: {
            data: components["schemas"]["InvoiceOut"][];
            nextCursor: string | null;
            page: number;
            pageSize: number;
            total: number;
            totalPages: number;
        };
        PaginatedResponse_PaymentOut_: {
            data: components["schemas"]["PaymentOut"][];
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
        PasswordIn: {
            /** Format: password */
            currentPassword: string;
            /** Format: password */
            newPassword: string;
        };
        /** @description Money that was received. Whichever invoice it names, it pays the oldest due first. */
        PaymentIn: {
            amount: number;
            invoiceId?: string | null;
            /** @enum {string} */
            method: "card" | "bank_transfer" | "direct_debit" | "check" | "cash";
            receivedAt?: string | null;
            /** @default  */
            reference?: string;
        };
        PaymentOut: {
            amount: number;
            /** Format: date-time */
            createdAt: string;
            /** Format: uuid */
            id: string;
            /** @enum {string} */
            method: "card" | "bank_transfer" | "direct_debit" | "check" | "cash";
            /** Format: uuid */
            policyId: string;
            /** Format: date-time */
            receivedAt: string;
            reference?: string;
            refundedAmount: number;
            /** Format: date-time */
            reversedAt?: string;
            /** Format: date-time */
            updatedAt: string;
        };
        /**
         * @description How wide a cell is.
         * @enum {string}
         */
        Period: "year" | "quarter" | "month";
        PlanIn: {
            /** @enum {string} */
            plan: "annual" | "semi_annual" | "quarterly" | "monthly";
        };
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
        RefundIn: {
            amount: number;
            reason: string;
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
        ReverseIn: {
            reason: string;
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
export type BillingAccount = Schemas["AccountOut"];
export type BillingPlan = Schemas["PlanIn"];
export type Invoice = Schemas["InvoiceOut"];
export type Payment = Schemas["PaymentOut"];
export type NewPayment = Schemas["PaymentIn"];
export type Refund = Schemas["RefundIn"];
export type Profile = Schemas["ProfileOut"];
export type Tokens = Schemas["TokenOut"];
export type Triangle = Schemas["TriangleOut"];

/** A good answer. */
export type ApiResponse<T> = Omit<Schemas["ApiResponse_PolicyOut_"], "data"> & { data: T };

/** A page of a list, in an answer's `data`. */
export type PaginatedResponse<T> = Omit<Schemas["PaginatedResponse_PolicyOut_"], "data"> & { data: T[] };

/** A bad answer. */
export type ErrorResponse = Schemas["ErrorResponse"];
