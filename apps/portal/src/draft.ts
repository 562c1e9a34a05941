/**
 * A claim that is being written: it outlives a reload of the tab, and a log-in that ends by itself. It ends with the tab, the log-out, when
 * it is done, or when somebody else logs in.
 */

export interface Draft {
    /** The notice is sent under it, so that a second click or a reload in between files nothing twice. */
    key: string;
    /** The id of the profile that writes it; it is shown to nobody else. */
    writer: string;
    policyId: string;
    claimType: string;
    day: string;
    time: string;
    description: string;
    amount: string;
    /** Claims that look like it and are other losses, as the insured says. */
    notDuplicateOf: string[];
    /** Once it is filed. */
    claimId?: string;
}

const NAME = "vanguard.draft";

export function newDraft(writer: string, policyId = ""): Draft {
    return { key: crypto.randomUUID(), writer, policyId, claimType: "", day: "", time: "", description: "", amount: "", notDuplicateOf: [] };
}

export function savedDraft(writer: string): Draft | undefined {
    const saved = sessionStorage.getItem(NAME);
    const draft = saved === null ? undefined : (JSON.parse(saved) as Draft);
    return draft?.writer === writer ? draft : undefined;
}

export function saveDraft(draft: Draft): void {
    sessionStorage.setItem(NAME, JSON.stringify(draft));
}

/** What anybody else has begun to write. */
export function forgetOthersDraft(writer: string): void {
    if (savedDraft(writer) === undefined) forgetDraft();
}

export function forgetDraft(): void {
    sessionStorage.removeItem(NAME);
}

/** With these fields: another notice, and so under another key. */
export function changed(draft: Draft, fields: Partial<Draft>): Draft {
    return { ...draft, notDuplicateOf: [], ...fields, key: crypto.randomUUID() };
}

/** The writer's own day, such as 2026-03-01. */
export function today(now = new Date()): string {
    const two = (number: number): string => String(number).padStart(2, "0");
    return `${now.getFullYear()}-${two(now.getMonth() + 1)}-${two(now.getDate())}`;
}

/**
 * The instant of the loss, on the writer's own clock. Where only the day is known: noon; today, where noon may be still to come, its first
 * instant. The same at each sending, because it goes under one key. Undefined without a real day.
 */
export function instantOf(draft: Pick<Draft, "day" | "time">, now = new Date()): Date | undefined {
    const usual = draft.day === today(now) ? "00:00" : "12:00";
    const moment = new Date(`${draft.day}T${draft.time === "" ? usual : draft.time}`);
    return Number.isNaN(moment.getTime()) ? undefined : moment;
}
