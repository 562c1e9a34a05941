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
        /** @description What is booked on a renewal along with it. */
        AlongOut: {
            /** Format: date-time */
            effectiveAt: string;
            /** @enum {string} */
            kind: "new_business" | "renewal" | "correction" | "endorsement" | "cancellation" | "reinstatement";
            /** Format: uuid */
            policyId: string;
            policyNumber: string;
            premiumChange: number;
        };
        /** @description Both ends can be chosen. */
        AmountRangeOut: {
            leastAmount: number;
            mostAmount: number;
            usualAmount: number;
        };
        /** @description What the policyholder says. Photos and papers go into the claim's documents. */
        AnswerIn: {
            answer: string;
        };
        ApiResponse_AccountOut_: {
            data: components["schemas"]["AccountOut"];
            message: string;
            /** @constant */
            success: true;
            /** Format: date-time */
            timestamp: string;
        };
        ApiResponse_ClaimantOut_: {
            data: components["schemas"]["ClaimantOut"];
            message: string;
            /** @constant */
            success: true;
            /** Format: date-time */
            timestamp: string;
        };
        ApiResponse_ClaimDocumentOut_: {
            data: components["schemas"]["ClaimDocumentOut"];
            message: string;
            /** @constant */
            success: true;
            /** Format: date-time */
            timestamp: string;
        };
        ApiResponse_ClaimLetterOut_: {
            data: components["schemas"]["ClaimLetterOut"];
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
        ApiResponse_ContactOut_: {
            data: components["schemas"]["ContactOut"];
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
        ApiResponse_DecisionsOut_: {
            data: components["schemas"]["DecisionsOut"];
            message: string;
            /** @constant */
            success: true;
            /** Format: date-time */
            timestamp: string;
        };
        ApiResponse_DiaryEntryOut_: {
            data: components["schemas"]["DiaryEntryOut"];
            message: string;
            /** @constant */
            success: true;
            /** Format: date-time */
            timestamp: string;
        };
        ApiResponse_ErasureOut_: {
            data: components["schemas"]["ErasureOut"];
            message: string;
            /** @constant */
            success: true;
            /** Format: date-time */
            timestamp: string;
        };
        ApiResponse_FigureEntriesOut_: {
            data: components["schemas"]["FigureEntriesOut"];
            message: string;
            /** @constant */
            success: true;
            /** Format: date-time */
            timestamp: string;
        };
        ApiResponse_IndicatorsOut_: {
            data: components["schemas"]["IndicatorsOut"];
            message: string;
            /** @constant */
            success: true;
            /** Format: date-time */
            timestamp: string;
        };
        ApiResponse_InvestigationOut_: {
            data: components["schemas"]["InvestigationOut"];
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
        ApiResponse_LegalHoldOut_: {
            data: components["schemas"]["LegalHoldOut"];
            message: string;
            /** @constant */
            success: true;
            /** Format: date-time */
            timestamp: string;
        };
        ApiResponse_list_ClaimantErasureOut__: {
            data: components["schemas"]["ClaimantErasureOut"][];
            message: string;
            /** @constant */
            success: true;
            /** Format: date-time */
            timestamp: string;
        };
        ApiResponse_list_ClaimOut__: {
            data: components["schemas"]["ClaimOut"][];
            message: string;
            /** @constant */
            success: true;
            /** Format: date-time */
            timestamp: string;
        };
        ApiResponse_list_ClockOut__: {
            data: components["schemas"]["ClockOut"][];
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
        ApiResponse_list_DuplicateOut__: {
            data: components["schemas"]["DuplicateOut"][];
            message: string;
            /** @constant */
            success: true;
            /** Format: date-time */
            timestamp: string;
        };
        ApiResponse_MoneyOut_: {
            data: components["schemas"]["MoneyOut"];
            message: string;
            /** @constant */
            success: true;
            /** Format: date-time */
            timestamp: string;
        };
        ApiResponse_NewCustomerOut_: {
            data: components["schemas"]["NewCustomerOut"];
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
        ApiResponse_PaginatedResponse_ClaimantOut__: {
            data: components["schemas"]["PaginatedResponse_ClaimantOut_"];
            message: string;
            /** @constant */
            success: true;
            /** Format: date-time */
            timestamp: string;
        };
        ApiResponse_PaginatedResponse_ClaimDocumentOut__: {
            data: components["schemas"]["PaginatedResponse_ClaimDocumentOut_"];
            message: string;
            /** @constant */
            success: true;
            /** Format: date-time */
            timestamp: string;
        };
        ApiResponse_PaginatedResponse_ClaimLetterOut__: {
            data: components["schemas"]["PaginatedResponse_ClaimLetterOut_"];
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
        ApiResponse_PaginatedResponse_ClaimQuestionOut__: {
            data: components["schemas"]["PaginatedResponse_ClaimQuestionOut_"];
            message: string;
            /** @constant */
            success: true;
            /** Format: date-time */
            timestamp: string;
        };
        ApiResponse_PaginatedResponse_ContactOut__: {
            data: components["schemas"]["PaginatedResponse_ContactOut_"];
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
        ApiResponse_PaginatedResponse_DenialReasonOut__: {
            data: components["schemas"]["PaginatedResponse_DenialReasonOut_"];
            message: string;
            /** @constant */
            success: true;
            /** Format: date-time */
            timestamp: string;
        };
        ApiResponse_PaginatedResponse_DiaryEntryOut__: {
            data: components["schemas"]["PaginatedResponse_DiaryEntryOut_"];
            message: string;
            /** @constant */
            success: true;
            /** Format: date-time */
            timestamp: string;
        };
        ApiResponse_PaginatedResponse_EntryOut__: {
            data: components["schemas"]["PaginatedResponse_EntryOut_"];
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
        ApiResponse_PaginatedResponse_PolicyDocumentOut__: {
            data: components["schemas"]["PaginatedResponse_PolicyDocumentOut_"];
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
        ApiResponse_PaginatedResponse_ProductRowOut__: {
            data: components["schemas"]["PaginatedResponse_ProductRowOut_"];
            message: string;
            /** @constant */
            success: true;
            /** Format: date-time */
            timestamp: string;
        };
        ApiResponse_PaginatedResponse_QuoteRowOut__: {
            data: components["schemas"]["PaginatedResponse_QuoteRowOut_"];
            message: string;
            /** @constant */
            success: true;
            /** Format: date-time */
            timestamp: string;
        };
        ApiResponse_PaginatedResponse_RecordedChangeOut__: {
            data: components["schemas"]["PaginatedResponse_RecordedChangeOut_"];
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
        ApiResponse_PaymentOut_: {
            data: components["schemas"]["PaymentOut"];
            message: string;
            /** @constant */
            success: true;
            /** Format: date-time */
            timestamp: string;
        };
        ApiResponse_PolicyDocumentOut_: {
            data: components["schemas"]["PolicyDocumentOut"];
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
        ApiResponse_PreviewOut_: {
            data: components["schemas"]["PreviewOut"];
            message: string;
            /** @constant */
            success: true;
            /** Format: date-time */
            timestamp: string;
        };
        ApiResponse_ProductOut_: {
            data: components["schemas"]["ProductOut"];
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
        ApiResponse_ProofOut_: {
            data: components["schemas"]["ProofOut"];
            message: string;
            /** @constant */
            success: true;
            /** Format: date-time */
            timestamp: string;
        };
        ApiResponse_QuoteOut_: {
            data: components["schemas"]["QuoteOut"];
            message: string;
            /** @constant */
            success: true;
            /** Format: date-time */
            timestamp: string;
        };
        ApiResponse_RecoveryCodesOut_: {
            data: components["schemas"]["RecoveryCodesOut"];
            message: string;
            /** @constant */
            success: true;
            /** Format: date-time */
            timestamp: string;
        };
        ApiResponse_ReportOut_: {
            data: components["schemas"]["ReportOut"];
            message: string;
            /** @constant */
            success: true;
            /** Format: date-time */
            timestamp: string;
        };
        ApiResponse_SetUpOut_: {
            data: components["schemas"]["SetUpOut"];
            message: string;
            /** @constant */
            success: true;
            /** Format: date-time */
            timestamp: string;
        };
        ApiResponse_StepUpOut_: {
            data: components["schemas"]["StepUpOut"];
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
        ApiResponse_TriageOut_: {
            data: components["schemas"]["TriageOut"];
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
        AppealIn: {
            reason: string;
        };
        /** @description `outcome` is missing while it is open. */
        AppealOut: {
            /** Format: date-time */
            decidedAt?: string;
            /** Format: uuid */
            decidedById?: string;
            /** Format: uuid */
            firstDecidedById?: string;
            /** Format: uuid */
            id: string;
            /** @enum {string} */
            outcome?: "overturned" | "upheld";
            reason: string;
            /** Format: date-time */
            receivedAt: string;
            /** Format: uuid */
            recordedById?: string;
        };
        /** @description Without an amount: what was proposed, or else all that is payable. */
        ApproveIn: {
            amount?: number | null;
            /** @default  */
            reason?: string;
        };
        ApproveQuoteIn: {
            /** @default  */
            reason?: string;
        };
        /** @description Without `askedOf` the insured is asked, without `until` for three weeks. */
        AskIn: {
            /** @default  */
            askedOf?: string;
            question: string;
            until?: string | null;
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
        /** @description incurred = paid + outstanding − recovered. */
        BalanceOut: {
            incurred: number;
            outstanding: number;
            paid: number;
            recovered: number;
        };
        /** @description A field in which the renewal begins on another value than the term before it ends on; `own` where it was given that on purpose. */
        BehindOut: {
            field: string;
            label: string;
            now: string;
            own: boolean;
            renewal: string;
        };
        /** @description Nothing is asked: what was quoted is bound. */
        BindIn: Record<string, never>;
        /** @description A fee, or what is written off, and why. */
        ByHandIn: {
            amount: number;
            reason: string;
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
        /** @description With something left open the claim waits in coverage check until a check leaves nothing open. */
        CheckCoverIn: {
            /** @default  */
            leftOpen?: string;
        };
        ChoiceOut: {
            label: string;
            value: string;
        };
        /** @description A request to erase what one claim holds on the claimant: done, or waiting for its date, or for what `waitsFor` names. */
        ClaimantErasureOut: {
            /** Format: date-time */
            askedAt: string;
            /** Format: uuid */
            claimantId: string;
            /** Format: uuid */
            claimId: string;
            claimNumber: string;
            doneAt?: string | null;
            dueAt?: string | null;
            /** Format: uuid */
            id: string;
            waitsFor?: string;
        };
        /** @description A customer (`customerId`), or somebody who is none, with a `name`. */
        ClaimantIn: {
            /** @default  */
            address?: string;
            /** @enum {string} */
            claimsFor: "bodily_injury" | "property_damage" | "other";
            customerId?: string | null;
            /** @default  */
            email?: string;
            /**
             * @default person
             * @enum {string}
             */
            kind?: "person" | "organisation";
            /** @default  */
            name?: string;
            /** @default  */
            phone?: string;
        };
        /** @description E-mail, phone and address are masked; of a customer they are on the customer's record. `isErased`: who it was is gone for good. */
        ClaimantOut: {
            /** Format: date-time */
            addedAt: string;
            /** Format: uuid */
            addedById?: string;
            address?: string;
            /** Format: uuid */
            claimId: string;
            /** @enum {string} */
            claimsFor: "bodily_injury" | "property_damage" | "other";
            /** Format: uuid */
            customerId?: string;
            email?: string;
            /** Format: date-time */
            endedAt?: string;
            endedBecause?: string;
            /** Format: uuid */
            endedById?: string;
            /** Format: uuid */
            id: string;
            /** @default false */
            isErased?: boolean;
            /** @enum {string} */
            kind: "person" | "organisation";
            name: string;
            phone?: string;
        };
        /** @description `sha256` is of the file that `/api/documents/{id}` hands out, and its ETag. One that waits or was refused is not handed out. */
        ClaimDocumentOut: {
            /** Format: uuid */
            claimId: string;
            contentType: string;
            /** Format: date-time */
            createdAt: string;
            /** Format: uuid */
            id: string;
            /** @enum {string} */
            kind: "police_report" | "photo" | "estimate" | "invoice" | "medical" | "correspondence" | "other";
            name: string;
            /** @enum {string} */
            scanState: "not_scanned" | "pending" | "clean" | "refused";
            sha256: string;
            size: number;
        };
        /** @description By how much each of the three moved. */
        ClaimEntryOut: {
            /** Format: date-time */
            bookedAt: string;
            /** @enum {string} */
            costType: "indemnity" | "expense";
            coverage: string;
            /** Format: date-time */
            effectiveAt: string;
            /** Format: uuid */
            id: string;
            kind: string;
            outstanding: number;
            paid: number;
            /** Format: uuid */
            paymentId?: string;
            reason?: string;
            recovered: number;
            source?: string;
        };
        /** @description A first notice of loss. Without a number it gets the next of its year; reported now, unless said otherwise. */
        ClaimIn: {
            claimAmount: number;
            claimant?: components["schemas"]["ClaimantIn"] | null;
            claimNumber?: string | null;
            claimType: string;
            /** @default  */
            description?: string;
            /** Format: date-time */
            incidentDate: string;
            jurisdiction?: string | null;
            /** @default [] */
            notDuplicateOf?: string[];
            /** @default  */
            notDuplicateReason?: string;
            /** Format: uuid */
            policyId: string;
            reportedDate?: string | null;
            /**
             * @default pending
             * @enum {string}
             */
            status?: "pending" | "processing" | "approved" | "denied";
        };
        /** @description The other kinds are written with the step that they tell of. */
        ClaimLetterIn: {
            /** @enum {string} */
            kind: "acknowledgement" | "status" | "approval" | "payment";
        };
        /** @description `sha256` is of the file that `/api/documents/{id}` hands out, and its ETag. */
        ClaimLetterOut: {
            /** Format: uuid */
            claimId: string;
            contentType: string;
            /** Format: uuid */
            id: string;
            jurisdiction?: string;
            /** @enum {string} */
            kind: "acknowledgement" | "information_request" | "status" | "approval" | "payment" | "denial" | "appeal_received" | "appeal_decided";
            /** Format: date-time */
            madeAt: string;
            name: string;
            sha256: string;
            size: number;
        };
        ClaimOut: {
            /** Format: date-time */
            appealedAt?: string;
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
            depreciation?: number;
            description?: string;
            /** Format: date-time */
            dueAt?: string;
            /** Format: uuid */
            id: string;
            /** Format: date-time */
            incidentDate: string;
            jurisdiction?: string;
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
            depreciation?: number | null;
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
        /**
         * @description One payment; a negative amount is the counter-row of one that was stopped or voided after it had gone out.
         *
         *     Of the payee's account the last four digits are shown.
         */
        ClaimPaymentOut: {
            amount: number;
            /** Format: uuid */
            approvedById?: string;
            basis?: string;
            /** @enum {string} */
            costType: "indemnity" | "expense";
            coverage: string;
            /** Format: date-time */
            createdAt: string;
            /** Format: uuid */
            id: string;
            maskedAccount?: string;
            /** Format: date-time */
            paidAt?: string;
            payee?: string;
            /** Format: uuid */
            requestedById?: string;
            seal?: string;
            status: string;
            waitsFor?: string;
        };
        /** @description All that can be corrected before the decision. The rest may be sent as it is; commands change it. */
        ClaimPut: {
            claimAmount: number;
            claimNumber?: string;
            claimType: string;
            depreciation?: number | null;
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
        /**
         * @description A question as the insured may read it. `answer` is what they said themselves; staff read what they noted of others' as well.
         *
         *     Closed by a decision that did without, it has an `answeredAt` and no answer.
         */
        ClaimQuestionOut: {
            answer?: string;
            /** Format: date-time */
            answeredAt?: string;
            /** Format: date-time */
            askedAt: string;
            askedOf: string;
            /** Format: uuid */
            id: string;
            question: string;
            /** Format: date */
            until: string;
        };
        /** @description A field that `version`, booked before, changes to `later` at `effectiveAt`; this booking would make it `this`. */
        ClashOut: {
            /** Format: date-time */
            effectiveAt: string;
            field: string;
            label: string;
            later: string;
            this: string;
            version: number;
        };
        /**
         * @description A deadline: `reason` is the sentence behind it. One without `endedAt` runs; `met` says whether it ended by being done.
         *
         *     The clocks of a claim that came without them are told by its steps and have no `id`: there is nothing to put off.
         */
        ClockOut: {
            action: string;
            breached: boolean;
            citation: string;
            /** Format: date-time */
            dueAt: string;
            /** Format: date-time */
            endedAt?: string;
            endedBy?: string;
            /** Format: date-time */
            extendedAt?: string;
            /** Format: date-time */
            extendedFrom?: string;
            extensionDays?: number;
            extensionReason?: string;
            /** Format: uuid */
            id?: string;
            jurisdiction?: string;
            /** @enum {string} */
            kind: "acknowledge" | "inquiry" | "reply" | "appeal" | "decide" | "decide_again" | "status" | "pay" | "close";
            met: boolean;
            reason: string;
            /** Format: date-time */
            startedAt: string;
        };
        CloseIn: {
            /** @default  */
            reason?: string;
        };
        CloseReferralIn: {
            /** @enum {string} */
            outcome: "founded" | "unfounded";
            reason: string;
        };
        CodeIn: {
            otp: string;
        };
        /** @description A `ratio` of 1 is 100 %. */
        ColumnOut: {
            label: string;
            name: string;
            unit: components["schemas"]["Unit"];
        };
        /** @description A contact with the customer; it took place now, unless said otherwise. */
        ContactIn: {
            /** @enum {string} */
            channel: "call" | "email" | "letter" | "meeting";
            /** @enum {string} */
            direction: "incoming" | "outgoing";
            happenedAt?: string | null;
            text: string;
        };
        ContactOut: {
            /** Format: uuid */
            authorId?: string;
            /** @enum {string} */
            channel: "call" | "email" | "letter" | "meeting";
            /** Format: date-time */
            createdAt: string;
            /** Format: uuid */
            customerId: string;
            /** @enum {string} */
            direction: "incoming" | "outgoing";
            /** Format: date-time */
            happenedAt: string;
            /** Format: uuid */
            id: string;
            text: string;
        };
        /** @description What was read of the policy at that step, and what that left open; the coverage from the start of the work on. */
        CoverageCheckOut: {
            /** Format: uuid */
            actorId?: string;
            coverage?: string;
            coverageName?: string;
            deductible: number;
            /** Format: date-time */
            endsAt: string;
            /** Format: date-time */
            incidentDate: string;
            inForce: boolean;
            leftOpen?: string;
            limit: number;
            /** Format: date-time */
            madeAt: string;
            policyVersion: number;
            productVersion?: number;
            /** Format: date-time */
            startsAt: string;
            /** @enum {string} */
            step: "submit" | "start" | "check" | "edit" | "approve" | "deny";
        };
        CoverageOut: {
            aggregateAmount?: number;
            claimTypes: string[];
            code: string;
            deductible: components["schemas"]["AmountRangeOut"];
            isPrincipal: boolean;
            limit: components["schemas"]["AmountRangeOut"];
            name: string;
            /** @enum {string} */
            settlementRule: "limit_less_deductible" | "limit";
            /** @enum {string} */
            valuation: "replacement_cost" | "actual_cash_value";
        };
        /** @description Limit and deductible chosen for one coverage. */
        CoverIn: {
            /** @default 0 */
            deductibleAmount?: number;
            limitAmount: number;
        };
        CoverOut: {
            deductibleAmount: number;
            limitAmount: number;
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
            /** Format: uuid */
            mergedIntoId?: string;
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
        /** @description All that decisions on a claim left behind, from the first on. */
        DecisionsOut: {
            appeals: components["schemas"]["AppealOut"][];
            /** Format: uuid */
            claimId: string;
            coverageChecks: components["schemas"]["CoverageCheckOut"][];
            denials: components["schemas"]["DenialOut"][];
            informationRequests: components["schemas"]["InformationRequestOut"][];
        };
        DeclineIn: {
            reason: string;
        };
        DenialOut: {
            /** Format: uuid */
            appealId?: string;
            clauseHeading?: string;
            clauseReference?: string;
            clauseText?: string;
            /** Format: date-time */
            decidedAt: string;
            /** Format: uuid */
            decidedById?: string;
            reason: string;
            reasonCode: string;
        };
        /**
         * @description Why a claim was denied, in the words of the letter: for all such cases, for this one, and the clause as it read then.
         *
         *     `onAppeal`: the second decision, which left the first one as it was.
         */
        DenialReasonOut: {
            clauseHeading?: string;
            clauseReference?: string;
            clauseText?: string;
            /** Format: date-time */
            decidedAt: string;
            /** Format: uuid */
            id: string;
            onAppeal: boolean;
            reason: string;
            why: string;
        };
        /** @description Without a code it is "other"; without a clause the one of the policy that the code is about. The letter gives all three. */
        DenyIn: {
            clause?: string | null;
            reason: string;
            /** @default other */
            reasonCode?: string;
        };
        /** @description Without `ownerId` it is for the claim's owner. `dueOn` is a day where that person is. */
        DiaryEntryIn: {
            /** Format: date */
            dueOn: string;
            ownerId?: string | null;
            what: string;
        };
        /**
         * @description Open while there is no `ending` (`closed`: not needed any more); without `madeById` a rule made it.
         *
         *     `isLate` once its day is over where its owner is.
         */
        DiaryEntryOut: {
            /** Format: uuid */
            claimId: string;
            /** Format: date-time */
            createdAt: string;
            /** Format: date-time */
            doneAt?: string;
            /** Format: uuid */
            doneById?: string;
            /** Format: date */
            dueOn: string;
            /** @enum {string} */
            ending?: "done" | "closed";
            /** Format: uuid */
            id: string;
            /** @default false */
            isLate?: boolean;
            /** Format: uuid */
            madeById?: string;
            outcome?: string;
            /** Format: uuid */
            ownerId?: string;
            what: string;
        };
        /** @description What came of it; and what comes next, with its day, where that is not left to the rules. */
        DoneIn: {
            nextOn?: string | null;
            /** @default  */
            nextWhat?: string;
            /** @default  */
            outcome?: string;
        };
        /** @description A record that is likely the same person, and why. */
        DuplicateOut: {
            email: string;
            firstName: string;
            /** Format: uuid */
            id: string;
            lastName: string;
            reasons: ("ssn" | "name_and_birth_date")[];
        };
        /** @description What is known of somebody who is not recorded yet. */
        DuplicatesIn: {
            dateOfBirth?: string | null;
            firstName: string;
            lastName: string;
            /** @default  */
            ssn?: string;
        };
        EndClaimantIn: {
            reason: string;
        };
        /**
         * @description New terms from `effectiveDate` on (now, unless sent); only what is sent changes.
         *
         *     `covers` are new limits and deductibles of single coverages by their codes; the principal coverage's are the policy's own.
         *     `factors` are rating factors by name: the premium of the term is multiplied by each. Where a later version changes the same
         *     field, `keep` says which value holds from then on: its name with "this" or "later" (`{"deductibleAmount": "this"}`,
         *     `{"factors.roof": "later"}`, `{"covers.contents.limitAmount": "this"}`). `noKnownLoss` is the insured's statement, which a higher
         *     limit or a lower deductible needs from before a known loss. `carryToRenewal`: the renewal that is booked already begins on the
         *     new terms too.
         */
        EndorseIn: {
            /** @default false */
            carryToRenewal?: boolean;
            coverageAmount?: number;
            /** @default {} */
            covers?: {
                [key: string]: components["schemas"]["OwnCoverIn"];
            };
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
        /**
         * @description One movement of the ledger. What the policyholder owes is positive; `refersToId` is what a refund or a reversal is about.
         *
         *     `reason` and `actorId` are told to staff only.
         */
        EntryOut: {
            /** Format: uuid */
            actorId?: string;
            amount: number;
            /** Format: date-time */
            bookedAt: string;
            /** Format: date-time */
            effectiveAt: string;
            /** Format: uuid */
            id: string;
            /** @enum {string} */
            kind: "premium_charge" | "endorsement_charge" | "endorsement_credit" | "cancellation_credit" | "payment" | "refund" | "fee" | "write_off" | "reversal";
            /** Format: uuid */
            policyId: string;
            policyVersion?: number;
            reason?: string;
            /** Format: uuid */
            refersToId?: string;
        };
        /** @description Why, and the claimant's e-mail address again, so that nobody else is erased; the name, where no address is known. */
        EraseClaimantIn: {
            confirm: string;
            reason: string;
        };
        /** @description Why, and the customer's e-mail address again, so that nobody else is erased. */
        ErasureIn: {
            confirmEmail: string;
            reason: string;
        };
        /** @description A request to erase: done, or waiting for its date, or for what `waitsFor` names. */
        ErasureOut: {
            /** Format: date-time */
            askedAt: string;
            doneAt?: string | null;
            dueAt?: string | null;
            /** Format: uuid */
            id: string;
            waitsFor?: string;
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
        EvaluateIn: {
            /** @default  */
            reason?: string;
        };
        ExtendIn: {
            reason: string;
        };
        /** @description A page of what a figure is made of. `value` is the figure, from all of its entries. */
        FigureEntriesOut: {
            dividedBy: components["schemas"]["FigurePartOut"][];
            entries: components["schemas"]["FigureEntryOut"][];
            name: string;
            page: number;
            pageSize: number;
            part: string;
            parts: components["schemas"]["FigurePartOut"][];
            total: number;
            totalPages: number;
            unit: components["schemas"]["Unit"];
            value: number | null;
            words: string;
        };
        /**
         * @description `entry` says what `id` is of: a `payment` or an entry of the `ledger` of the claim, one of its `step`s, the `claim` itself, or a
         *     `booking` of the policy.
         */
        FigureEntryOut: {
            amount: number;
            /** Format: date-time */
            at: string;
            claimId: string | null;
            claimNumber: string;
            entry: string;
            /** Format: uuid */
            id: string;
            /** Format: uuid */
            policyId: string;
            policyNumber: string;
            what: string;
        };
        /** @description What the entries of a part come to. A figure is the sum of its parts, each times its `sign`, over those that it is `divided_by`. */
        FigurePartOut: {
            label: string;
            name: string;
            sign: number;
            total: number;
            unit: components["schemas"]["Unit"];
        };
        /** @description An underwriting rule that fired. */
        FindingOut: {
            /** @enum {string} */
            outcome: "refer" | "decline";
            reason: string;
        };
        ForgottenIn: {
            email: string;
        };
        /** @description What was seen, why, and what it adds to the score. */
        IndicatorOut: {
            code: string;
            reason: string;
            title: string;
            weight: number;
        };
        /** @description The score by the rules as they are now. It suggests a referral from `threshold` on, and decides nothing. */
        IndicatorsOut: {
            indicators: components["schemas"]["IndicatorOut"][];
            outcome?: string;
            /** Format: date-time */
            referredAt?: string;
            score: number;
            suggestsReferral: boolean;
            threshold: number;
        };
        InformationRequestOut: {
            /** Format: date-time */
            askedAt: string;
            /** Format: uuid */
            askedById?: string;
            askedOf: string;
            note?: string;
            question: string;
            /** Format: date-time */
            receivedAt?: string;
            /** Format: date */
            until: string;
        };
        /** @description What the insurance department asks, or what it was answered. */
        InquiryIn: {
            reason: string;
        };
        /** @description What has to be found out. */
        InvestigateIn: {
            reason: string;
        };
        /** @description It cannot be changed later. */
        InvestigationNoteIn: {
            text: string;
        };
        InvestigationNoteOut: {
            /** Format: uuid */
            authorId?: string;
            /** Format: date-time */
            createdAt: string;
            /** Format: uuid */
            id: string;
            text: string;
        };
        /** @description The latest referral, as it was made, with its notes. */
        InvestigationOut: {
            /** Format: date-time */
            closedAt?: string;
            /** Format: uuid */
            id: string;
            notes: components["schemas"]["InvestigationNoteOut"][];
            /** @enum {string} */
            outcome?: "founded" | "unfounded";
            outcomeReason?: string;
            reason: string;
            /** Format: date-time */
            referredAt: string;
            /** Format: uuid */
            referredById?: string;
            score: number;
        };
        /**
         * @description One instalment. It is due today until that day is over by the policy's time zone, and past due from then on. Withdrawn: nothing
         *     is left to collect by it.
         */
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
            status: "open" | "due_today" | "past_due" | "paid" | "withdrawn";
            /** Format: date-time */
            updatedAt: string;
        };
        /** @description A state as US-CA; empty for the company's standard. */
        JurisdictionIn: {
            jurisdiction: string;
            reason: string;
        };
        /** @description The balance of one coverage and type of cost. */
        LedgerLineOut: {
            /** @enum {string} */
            costType: "indemnity" | "expense";
            coverage: string;
            incurred: number;
            outstanding: number;
            paid: number;
            recovered: number;
        };
        /** @description While it is on, nothing about the customer is erased. */
        LegalHoldOut: {
            /** Format: uuid */
            id: string;
            liftedAt?: string | null;
            /** Format: date-time */
            setAt: string;
        };
        LinkedCustomerOut: {
            email: string;
            firstName: string;
            /** Format: uuid */
            id: string;
            lastName: string;
        };
        /** @description Another claim of the same event. */
        LinkIn: {
            /** Format: uuid */
            otherId: string;
            reason: string;
        };
        LinkOut: {
            /** Format: uuid */
            claimId: string;
            claimNumber: string;
            /** @enum {string} */
            kind: "same_event" | "another_loss" | "looks_alike";
            reason?: string;
        };
        LogoutIn: {
            refreshToken?: string | null;
        };
        /** @description The notice that would be filed, with who claims. */
        LookAlikesIn: {
            claimant?: components["schemas"]["ClaimantIn"] | null;
            claimType: string;
            /** Format: date-time */
            incidentDate: string;
            /** Format: uuid */
            policyId: string;
        };
        LookupIn: {
            ssn: string;
        };
        /** @description The record that becomes part of the one in the address, and the fields in which it is the better of the two. */
        MergeIn: {
            /** Format: uuid */
            customerId: string;
            /** @default  */
            reason?: string;
            /** @default [] */
            take?: ("firstName" | "lastName" | "email" | "phone" | "dateOfBirth" | "ssn" | "address")[];
        };
        /** @description The whole of a claim's money, entries and payments from the first on. */
        MoneyOut: {
            balance: components["schemas"]["BalanceOut"];
            /** Format: uuid */
            claimId: string;
            entries: components["schemas"]["ClaimEntryOut"][];
            lines: components["schemas"]["LedgerLineOut"][];
            payments: components["schemas"]["ClaimPaymentOut"][];
        };
        MoveIn: {
            reason: string;
            /** Format: date */
            toDay: string;
        };
        /** @description A customer as it was just recorded, with those, if any, who are likely the same person: for a person to look at, and to merge. */
        NewCustomerOut: {
            address?: string;
            /** Format: date-time */
            createdAt: string;
            dateOfBirth?: string;
            email: string;
            firstName: string;
            /** Format: uuid */
            id: string;
            lastName: string;
            /** Format: uuid */
            mergedIntoId?: string;
            phone?: string;
            possibleDuplicates?: components["schemas"]["DuplicateOut"][];
            /** Format: date-time */
            updatedAt: string;
        };
        /** @description New figures of one coverage; what is not sent stays. */
        OwnCoverIn: {
            deductibleAmount?: number;
            limitAmount?: number;
        };
        PaginatedResponse_ClaimantOut_: {
            data: components["schemas"]["ClaimantOut"][];
            nextCursor: string | null;
            page: number;
            pageSize: number;
            total: number;
            totalPages: number;
        };
        PaginatedResponse_ClaimDocumentOut_: {
            data: components["schemas"]["ClaimDocumentOut"][];
            nextCursor: string | null;
            page: number;
            pageSize: number;
            total: number;
            totalPages: number;
        };
        PaginatedResponse_ClaimLetterOut_: {
            data: components["schemas"]["ClaimLetterOut"][];
            nextCursor: string | null;
            page: number;
            pageSize: number;
            total: number;
            totalPages: number;
        };
        PaginatedResponse_ClaimOut_: {
            data: components["schemas"]["ClaimOut"][];
            nextCursor: string | null;
            page: number;
            pageSize: number;
            total: number;
            totalPages: number;
        };
        PaginatedResponse_ClaimQuestionOut_: {
            data: components["schemas"]["ClaimQuestionOut"][];
            nextCursor: string | null;
            page: number;
            pageSize: number;
            total: number;
            totalPages: number;
        };
        PaginatedResponse_ContactOut_: {
            data: components["schemas"]["ContactOut"][];
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
        PaginatedResponse_DenialReasonOut_: {
            data: components["schemas"]["DenialReasonOut"][];
            nextCursor: string | null;
            page: number;
            pageSize: number;
            total: number;
            totalPages: number;
        };
        PaginatedResponse_DiaryEntryOut_: {
            data: components["schemas"]["DiaryEntryOut"][];
            nextCursor: string | null;
            page: number;
            pageSize: number;
            total: number;
            totalPages: number;
        };
        PaginatedResponse_EntryOut_: {
            data: components["schemas"]["EntryOut"][];
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
        PaginatedResponse_PolicyDocumentOut_: {
            data: components["schemas"]["PolicyDocumentOut"][];
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
        PaginatedResponse_ProductRowOut_: {
            data: components["schemas"]["ProductRowOut"][];
            nextCursor: string | null;
            page: number;
            pageSize: number;
            total: number;
            totalPages: number;
        };
        PaginatedResponse_QuoteRowOut_: {
            data: components["schemas"]["QuoteRowOut"][];
            nextCursor: string | null;
            page: number;
            pageSize: number;
            total: number;
            totalPages: number;
        };
        PaginatedResponse_RecordedChangeOut_: {
            data: components["schemas"]["RecordedChangeOut"][];
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
         * @description Without an amount: all that is approved and neither paid nor asked for. Without a payee: the insured.
         *
         *     The two numbers are of the payee's account at a bank in the United States: both or neither. They never come out again.
         */
        PayIn: {
            /** @default  */
            accountNumber?: string;
            amount?: number | null;
            /**
             * @default indemnity
             * @enum {string}
             */
            costType?: "indemnity" | "expense";
            coverage?: string | null;
            /** @default  */
            payee?: string;
            /** @default  */
            routingNumber?: string;
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
        PaymentStepIn: Record<string, never>;
        /**
         * @description How wide a cell is.
         * @enum {string}
         */
        Period: "year" | "quarter" | "month";
        PlanIn: {
            /** @enum {string} */
            plan: "annual" | "semi_annual" | "quarterly" | "monthly";
        };
        /** @description `version` is the number of the policy's version that an endorsement is printed of; without it, of the last one. */
        PolicyDocumentIn: {
            /** @enum {string} */
            kind: "schedule" | "endorsement" | "cancellation" | "nonpayment";
            version?: number | null;
        };
        /** @description `sha256` is of the file that `/api/documents/{id}` hands out, and its ETag. */
        PolicyDocumentOut: {
            contentType: string;
            /** Format: uuid */
            id: string;
            /** @enum {string} */
            kind: "schedule" | "endorsement" | "cancellation" | "nonpayment";
            /** Format: date-time */
            madeAt: string;
            name: string;
            /** Format: uuid */
            policyId: string;
            sha256: string;
            size: number;
        };
        /** @description A new policy. Without a number it gets the next of its year; without a time zone (such as America/Los_Angeles) it is in UTC. */
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
            timeZone?: string | null;
        };
        /**
         * @description `covers` are the coverages that have a limit and a deductible of their own; the principal one and all others go by the policy's.
         *
         *     `lapsesAt` is when cover ends unless the premium that notice was given of is paid. Once it is past, the status is cancelled, and
         *     `cancelledAt` follows with the booking. Of a renewal it is also when the term before it lapses: then nothing of it is covered.
         */
        PolicyOut: {
            /** @enum {string} */
            cancellationReason?: "insured_request" | "non_payment" | "underwriting" | "flat" | "rewritten" | "prior_term";
            /** Format: date-time */
            cancelledAt?: string;
            coverageAmount: number;
            covers?: {
                [key: string]: {
                    deductibleAmount?: number;
                    limitAmount?: number;
                };
            };
            /** Format: date-time */
            createdAt: string;
            /** Format: uuid */
            customerId: string;
            deductibleAmount: number;
            /** Format: date-time */
            endDate: string;
            /** Format: uuid */
            id: string;
            /** Format: date-time */
            lapsesAt?: string;
            policyNumber: string;
            policyType: string;
            premiumAmount: number;
            /** Format: uuid */
            renewsId?: string;
            /** Format: date-time */
            startDate: string;
            /** @enum {string} */
            status: "active" | "expired" | "cancelled";
            timeZone?: string;
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
            noKnownLoss?: string;
            policyNumber?: string;
            policyType?: string;
            premiumAmount?: number;
            /** Format: date-time */
            startDate?: string;
            /** @enum {string} */
            status?: "active" | "expired" | "cancelled";
        };
        /**
         * @description All terms. Status, number and owner may be sent as they are; commands change them.
         *
         *     `noKnownLoss` is the insured's statement, which is needed where more of a known loss would be covered, and where a term that was sold
         *     at a product's rates would begin earlier, in the past. The policy then stays as it is until another person approves.
         */
        PolicyPut: {
            coverageAmount: number;
            /** Format: uuid */
            customerId?: string;
            deductibleAmount?: number;
            /** Format: date-time */
            endDate: string;
            noKnownLoss?: string;
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
            cancellationReason?: "insured_request" | "non_payment" | "underwriting" | "flat" | "rewritten" | "prior_term";
            /** Format: date-time */
            cancelledAt?: string;
            coverageAmount: number;
            covers?: {
                [key: string]: {
                    deductibleAmount?: number;
                    limitAmount?: number;
                };
            };
            /** Format: date-time */
            createdAt: string;
            /** Format: uuid */
            customerId: string;
            deductibleAmount: number;
            /** Format: date-time */
            endDate: string;
            /** Format: uuid */
            id: string;
            /** Format: date-time */
            lapsesAt?: string;
            policyNumber: string;
            policyType: string;
            premiumAmount: number;
            /** Format: uuid */
            renewsId?: string;
            /** Format: date-time */
            startDate: string;
            /** @enum {string} */
            status: "active" | "expired" | "cancelled";
            timeZone?: string;
            /** Format: date-time */
            updatedAt: string;
        };
        /**
         * @description What would be booked as version `number`, on the policy as it stands now; nothing is written.
         *
         *     `needsApproval`: it would wait for a second person. `clashes` are the fields of which `keep` has to say whose value holds.
         *     `ratedPremium` is, where an endorsement changes what was sold at a product's rates, what these come to for a whole term on the new
         *     figures; the premium that is sent is the one that is booked, and where none is sent it stays.
         *     `along` is what would be booked on renewals with it, `behind` in what the renewal would stand on older terms, and
         *     `staysCancelled` the number of a renewal that a reinstatement does not bring back.
         */
        PreviewOut: {
            along: components["schemas"]["AlongOut"][];
            behind: components["schemas"]["BehindOut"][];
            clashes: components["schemas"]["ClashOut"][];
            /** Format: date-time */
            effectiveAt: string;
            /** @enum {string} */
            kind: "new_business" | "renewal" | "correction" | "endorsement" | "cancellation" | "reinstatement";
            needsApproval: boolean;
            number: number;
            /** Format: uuid */
            policyId: string;
            premiumAfter: number;
            premiumBefore: number;
            premiumChange: number;
            ratedPremium?: number;
            segments: components["schemas"]["SegmentOut"][];
            settlement?: components["schemas"]["SettlementOut"];
            staysCancelled?: string;
        };
        /** @description What is to be priced in place of what the quote has; what is left out stays. */
        PriceIn: {
            /** @default {} */
            covers?: {
                [key: string]: components["schemas"]["CoverIn"];
            };
            /** Format: date-time */
            endDate?: string;
            /** @default {} */
            inputs?: {
                [key: string]: string | number;
            };
            /** Format: date-time */
            startDate?: string;
        };
        /** @description With what its current version covers and asks. Without one it has neither. */
        ProductOut: {
            code: string;
            coverages: components["schemas"]["CoverageOut"][];
            /** Format: uuid */
            id: string;
            name: string;
            onSale: boolean;
            policyType: string;
            questions: components["schemas"]["QuestionOut"][];
            quoteDays?: number;
            /** Format: date-time */
            validFrom?: string;
            version?: number;
        };
        /** @description One of a list. */
        ProductRowOut: {
            code: string;
            /** Format: uuid */
            id: string;
            name: string;
            onSale: boolean;
            policyType: string;
            version?: number;
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
        /** @description The sum that an approval or proposal rests on, and whether it comes to the same when it is done again. */
        ProofOut: {
            amount: number;
            /** Format: uuid */
            claimId: string;
            faults: string[];
            lines: {
                [key: string]: string;
            };
            /** Format: date-time */
            madeAt: string;
            read: {
                [key: string]: unknown;
            };
        };
        /** @description An answer that rating needs: one of `choices`, or a number from `least` to `most`. */
        QuestionOut: {
            choices?: components["schemas"]["ChoiceOut"][];
            code: string;
            /** @enum {string} */
            kind: "choice" | "number";
            least?: number;
            most?: number;
            name: string;
            question: string;
        };
        /** @description A new quote: `inputs` answers the product's questions by their codes, `covers` chooses by the coverages' codes. */
        QuoteIn: {
            /** @default {} */
            covers?: {
                [key: string]: components["schemas"]["CoverIn"];
            };
            /** Format: uuid */
            customerId: string;
            endDate?: string | null;
            /** @default {} */
            inputs?: {
                [key: string]: string | number;
            };
            /** Format: uuid */
            productId: string;
            /** Format: date-time */
            startDate: string;
        };
        /** @description With what was asked for, and how the latest price came about. */
        QuoteOut: {
            baseRateAmount?: number;
            covers: {
                [key: string]: components["schemas"]["CoverOut"];
            };
            /** Format: date-time */
            createdAt: string;
            /** Format: uuid */
            customerId: string;
            /** Format: date-time */
            endDate: string;
            /** Format: date-time */
            expiresAt?: string;
            findings: components["schemas"]["FindingOut"][];
            /** Format: uuid */
            id: string;
            inputs: {
                [key: string]: string;
            };
            /** Format: uuid */
            policyId?: string;
            premiumAmount?: number;
            /** Format: date-time */
            pricedAt?: string;
            /** Format: uuid */
            productId: string;
            productVersion: number;
            quoteNumber: string;
            /** Format: date-time */
            startDate: string;
            /** @enum {string} */
            status: "draft" | "quoted" | "referred" | "approved" | "declined" | "bound" | "expired";
            steps: components["schemas"]["StepOut"][];
            /** Format: date-time */
            updatedAt: string;
        };
        /** @description One of a list. */
        QuoteRowOut: {
            /** Format: date-time */
            createdAt: string;
            /** Format: uuid */
            customerId: string;
            /** Format: date-time */
            endDate: string;
            /** Format: date-time */
            expiresAt?: string;
            /** Format: uuid */
            id: string;
            /** Format: uuid */
            policyId?: string;
            premiumAmount?: number;
            /** Format: date-time */
            pricedAt?: string;
            /** Format: uuid */
            productId: string;
            quoteNumber: string;
            /** Format: date-time */
            startDate: string;
            /** @enum {string} */
            status: "draft" | "quoted" | "referred" | "approved" | "declined" | "bound" | "expired";
            /** Format: date-time */
            updatedAt: string;
        };
        ReasonIn: {
            reason: string;
        };
        ReceivedIn: {
            /** @default  */
            note?: string;
        };
        /**
         * @description One change of one row. `before` and `after` hold what is different; personal data stands there as ••••.
         *
         *     `sequence` and `digest` are its place in the audit chain, which it has some time after the commit.
         */
        RecordedChangeOut: {
            actorId?: string;
            after?: {
                [key: string]: unknown;
            };
            /** Format: date-time */
            at: string;
            before?: {
                [key: string]: unknown;
            };
            clientAddress?: string;
            correlationId?: string;
            digest?: string;
            id: number;
            /** @enum {string} */
            operation: "insert" | "update" | "delete" | "truncate";
            recordId: string;
            sequence?: number;
            table: string;
        };
        RecoverIn: {
            amount: number;
            /**
             * @default indemnity
             * @enum {string}
             */
            costType?: "indemnity" | "expense";
            coverage?: string | null;
            /** @default  */
            reason?: string;
            /** @enum {string} */
            source: "salvage" | "subrogation" | "deductible";
        };
        RecoveryCodesOut: {
            recoveryCodes: string[];
        };
        ReferIn: {
            reason: string;
        };
        RefreshIn: {
            /** Format: password */
            refreshToken: string;
        };
        RefundIn: {
            amount: number;
            reason: string;
        };
        /**
         * @description Without `effectiveDate` there is no gap: the policy is as if it had not been cancelled.
         *
         *     `noKnownLoss` is the insured's statement, which cover over a known loss needs.
         */
        ReinstateIn: {
            effectiveDate?: string | null;
            /** @default  */
            noKnownLoss?: string;
            /** @default  */
            reason?: string;
        };
        ReleaseIn: {
            reason: string;
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
        ReportOut: {
            /** Format: date */
            knownOn: string;
            name: string;
            notes: string[];
            tables: components["schemas"]["TableOut"][];
            title: string;
        };
        /** @description What is outstanding from now on, for the coverage that answers the loss unless another is named by its code. */
        ReserveIn: {
            amount: number;
            /**
             * @default indemnity
             * @enum {string}
             */
            costType?: "indemnity" | "expense";
            coverage?: string | null;
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
        /** @description A stretch of the term: `term_premium` for the whole term on these terms, `premium` for the stretch. */
        SegmentOut: {
            coverageAmount: number;
            covers?: {
                [key: string]: {
                    deductibleAmount?: number;
                    limitAmount?: number;
                };
            };
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
        /** @description earned + penalty + refund = the premium before. */
        SettlementOut: {
            days: number;
            earnedAmount: number;
            penaltyAmount: number;
            refundAmount: number;
            termDays: number;
        };
        SetUpIn: {
            otp: string;
            /** Format: password */
            setUp: string;
        };
        SetUpOut: {
            address: string;
            secret: string;
            setUp: string;
        };
        /**
         * @description How far the claim has come within its status.
         * @enum {string}
         */
        Stage: "reported" | "triaged" | "assigned" | "coverage_check" | "investigation" | "evaluation" | "awaiting_approval" | "awaiting_information" | "appeal" | "approved" | "payment_pending" | "paid" | "denied";
        StartIn: Record<string, never>;
        /** @description `factor` is exact, as text (`0.9200`, `184/365`); `runningAmount` is rounded for reading, the sum is not. */
        StepOut: {
            factor: string;
            found: string;
            name: string;
            runningAmount: number;
        };
        StepUpOut: {
            /** Format: date-time */
            until: string;
        };
        /**
         * @description Rows by column name; what holds nothing is left out. `total` is the last line: a sum, or the factors of a triangle.
         *
         *     `links` has for each row, and `totalLinks` for the last line, by column name where the entries are that a figure is made of.
         */
        TableOut: {
            columns: components["schemas"]["ColumnOut"][];
            links: {
                [key: string]: string;
            }[];
            name: string;
            rows: {
                [key: string]: number | string;
            }[];
            title: string;
            total: {
                [key: string]: number | string;
            };
            totalLinks: {
                [key: string]: string;
            };
        };
        TakeBackIn: {
            reason: string;
        };
        TokenOut: {
            accessToken: string;
            deviceToken?: string | null;
            expiresIn: number;
            refreshToken: string;
            /**
             * @default bearer
             * @constant
             */
            tokenType?: "bearer";
        };
        /** @description How severe it is, and the queue where it waits. */
        TriageIn: {
            queueId: number;
            reason: string;
            /** @enum {string} */
            severity: "low" | "medium" | "high" | "complex";
        };
        /** @description Where the claim stands: without a severity it was never triaged. `rule` is left out where a person said so. */
        TriageOut: {
            /** Format: date-time */
            at?: string;
            finding?: string;
            /** @default [] */
            links?: components["schemas"]["LinkOut"][];
            queue?: string;
            queueId?: number;
            role?: string;
            rule?: string;
            /** @enum {string} */
            severity?: "low" | "medium" | "high" | "complex";
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
         * @description How a figure is written. A ratio of 1 is 100 %; days may have a part.
         * @enum {string}
         */
        Unit: "text" | "count" | "money" | "ratio" | "factor" | "days" | "years";
        UnmergeIn: Record<string, never>;
        /**
         * @description What a cell counts or adds up.
         * @enum {string}
         */
        Value: "paid" | "incurred" | "reported" | "closed" | "closed_paid";
        /**
         * @description One booking, what it changed, and the term as it was known after it.
         *
         *     `cause` is the reason of a cancellation as a code, and `paid_before` of a reinstatement by right. `lapsedAt` is when the grace had run
         *     out unpaid, of this term or of the one before it, where the cancellation writes that down.
         */
        VersionOut: {
            /** Format: uuid */
            actorId?: string;
            /** Format: date-time */
            bookedAt: string;
            /** @enum {string} */
            cause?: "insured_request" | "non_payment" | "underwriting" | "flat" | "rewritten" | "prior_term" | "paid_before";
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
            /** Format: date-time */
            lapsedAt?: string;
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
        WithdrawIn: {
            reason: string;
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
export type Erasure = Schemas["ErasureOut"];
export type ErasureRequest = Schemas["ErasureIn"];
export type LegalHold = Schemas["LegalHoldOut"];
export type Claim = Schemas["ClaimOut"];
export type ClaimMoney = Schemas["MoneyOut"];
export type ClaimDecisions = Schemas["DecisionsOut"];
export type ClaimDocument = Schemas["ClaimDocumentOut"];
export type ClaimDocumentKind = ClaimDocument["kind"];
export type ClaimLetter = Schemas["ClaimLetterOut"];
export type ClaimLetterKind = Schemas["ClaimLetterIn"]["kind"];
export type ClaimTriage = Schemas["TriageOut"];
export type Claimant = Schemas["ClaimantOut"];
export type ClaimantErasure = Schemas["ClaimantErasureOut"];
export type ClaimantErasureRequest = Schemas["EraseClaimantIn"];
export type NewClaimant = Schemas["ClaimantIn"];
export type Clock = Schemas["ClockOut"];
export type NewTriage = Schemas["TriageIn"];
export type NewLink = Schemas["LinkIn"];
export type Denial = Schemas["DenyIn"];
export type DiaryEntry = Schemas["DiaryEntryOut"];
export type DiaryEnding = Schemas["DoneIn"];
export type Question = Schemas["AskIn"];
export type ClaimQuestion = Schemas["ClaimQuestionOut"];
export type ClaimDenial = Schemas["DenialReasonOut"];
export type Indicators = Schemas["IndicatorsOut"];
export type Investigation = Schemas["InvestigationOut"];
export type InvestigationOutcome = Schemas["CloseReferralIn"];
export type ClaimProof = Schemas["ProofOut"];
export type NewReserve = Schemas["ReserveIn"];
export type NewClaimPayment = Schemas["PayIn"];
export type NewRecovery = Schemas["RecoverIn"];
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
export type PolicyPreview = Schemas["PreviewOut"];
export type ProductRow = Schemas["ProductRowOut"];
export type Product = Schemas["ProductOut"];
export type QuoteRow = Schemas["QuoteRowOut"];
export type Quote = Schemas["QuoteOut"];
export type NewQuote = Schemas["QuoteIn"];
export type QuoteChanges = Schemas["PriceIn"];
export type BillingAccount = Schemas["AccountOut"];
export type BillingPlan = Schemas["PlanIn"];
export type Invoice = Schemas["InvoiceOut"];
export type Payment = Schemas["PaymentOut"];
export type NewPayment = Schemas["PaymentIn"];
export type Refund = Schemas["RefundIn"];
export type LedgerEntry = Schemas["EntryOut"];
export type EntryByHand = Schemas["ByHandIn"];
export type RecordedCustomer = Schemas["NewCustomerOut"];
export type PossibleDuplicate = Schemas["DuplicateOut"];
export type Person = Schemas["DuplicatesIn"];
export type Merge = Schemas["MergeIn"];
export type Contact = Schemas["ContactOut"];
export type NewContact = Schemas["ContactIn"];
export type NewDiaryEntry = Schemas["DiaryEntryIn"];
export type PolicyDocument = Schemas["PolicyDocumentOut"];
export type PolicyDocumentKind = PolicyDocument["kind"];
export type Profile = Schemas["ProfileOut"];
export type RecoveryCodes = Schemas["RecoveryCodesOut"];
export type SecondFactorSetUp = Schemas["SetUpOut"];
export type StepUp = Schemas["StepUpOut"];
export type RecordedChange = Schemas["RecordedChangeOut"];
export type Tokens = Schemas["TokenOut"];
export type Triangle = Schemas["TriangleOut"];
export type Report = Schemas["ReportOut"];
export type FigureEntries = Schemas["FigureEntriesOut"];

/** A good answer. */
export type ApiResponse<T> = Omit<Schemas["ApiResponse_PolicyOut_"], "data"> & { data: T };

/** A page of a list, in an answer's `data`. */
export type PaginatedResponse<T> = Omit<Schemas["PaginatedResponse_PolicyOut_"], "data"> & { data: T[] };

/** A bad answer. */
export type ErrorResponse = Schemas["ErrorResponse"];
