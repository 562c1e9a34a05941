// Writes src/lib/api.ts from the OpenAPI schema on standard input:
//   python manage.py export_openapi_schema --api config.api.api | npm run types
import { writeFile } from "node:fs/promises";
import { text } from "node:stream/consumers";
import openapiTS, { astToString } from "openapi-typescript";

const HEADER = `/**
 * The API's types, generated from its OpenAPI schema by libs/shared/types/generate.mjs. Do not edit: generate again.
 */

`;

// The frontend's names for what the schema calls otherwise.
const NAMES = `
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

/** A page of a list, in an answer's \`data\`. */
export type PaginatedResponse<T> = Omit<Schemas["PaginatedResponse_PolicyOut_"], "data"> & { data: T[] };

/** A bad answer. */
export type ErrorResponse = Schemas["ErrorResponse"];
`;

/** pydantic titles everything after its own name, which says nothing; what describes something stays. */
function withoutTitles(value) {
    if (Array.isArray(value)) return value.map(withoutTitles);
    if (value === null || typeof value !== "object") return value;
    const kept = Object.entries(value).filter(([name, inner]) => name !== "title" || typeof inner !== "string");
    return Object.fromEntries(kept.map(([name, inner]) => [name, withoutTitles(inner)]));
}

const { openapi, info, components } = JSON.parse(await text(process.stdin));
// Query parameters are no objects of the API; ninja lists them among these all the same.
const objects = Object.fromEntries(Object.entries(components.schemas).filter(([name]) => !name.endsWith("Params")));
const schema = { openapi, info, paths: {}, components: { schemas: withoutTitles(objects) } };
const types = astToString(await openapiTS(schema, { alphabetize: true, defaultNonNullable: false }));
await writeFile(process.argv[2] ?? new URL("src/lib/api.ts", import.meta.url), HEADER + types + NAMES);
