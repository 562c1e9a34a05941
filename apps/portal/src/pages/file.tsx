import { useQuery } from "@tanstack/react-query";
import { ConflictError, InvalidError } from "@vanguardai/shared/api-client";
import type { Claim, Policy } from "@vanguardai/shared/types";
import { amountOf, covers, dollars, inWords, lastDayOf, momentOf } from "@vanguardai/shared/utils";
import { type SubmitEvent, type ReactNode, useEffect, useRef, useState } from "react";
import { Link, useNavigate, useSearchParams } from "react-router";
import { api } from "../api.ts";
import { documentsQuery, lossesQuery, policiesQuery, queries } from "../data.ts";
import { changed, type Draft, forgetDraft, instantOf, newDraft, saveDraft, savedDraft, today } from "../draft.ts";
import { Files } from "../kit/files.tsx";
import { Choice, Empty, Facts, Field, Notice, PageHead, Panel, Problem, refusalOf, Shown, Submit, TextField } from "../kit/parts.tsx";
import { useSession } from "../session.tsx";
import { AddDocuments, DOCUMENT_KINDS } from "./documents.tsx";

/** Kinds of loss where the policy's product names none. */
const USUAL_LOSSES = ["fire", "water_damage", "wind", "hail", "theft", "collision", "liability", "other"];
/** The questions, by the API's names of what they fill in. */
const LABELS = {
    policyId: "Which policy is it about?",
    claimType: "What kind of damage or loss?",
    incidentDate: "On which day did it happen?",
    description: "What happened?",
    claimAmount: "About how much will it cost, in dollars?",
};
const STEPS = ["What happened", "Check and send", "Documents"];

export function FilePage(): ReactNode {
    const policies = useQuery(policiesQuery);
    const [asked] = useSearchParams();
    return (
        <>
            <PageHead title="File a claim" lead="It takes a few minutes. What you write stays here if you reload the page." back={["/", "Your policies"]} />
            <Shown of={policies} lines={5}>
                {(found) =>
                    found.length === 0 ? (
                        <Empty icon="shield" title="There is no policy to claim on" />
                    ) : (
                        <Filing policies={found} first={asked.get("policy") ?? (found.length === 1 ? (found[0]?.id ?? "") : "")} />
                    )
                }
            </Shown>
        </>
    );
}

function Filing({ policies, first }: { policies: Policy[]; first: string }): ReactNode {
    const writer = useSession().profile?.id ?? "";
    const [draft, setDraft] = useState<Draft>(() => savedDraft(writer) ?? newDraft(writer, first));
    const [checking, setChecking] = useState(false);
    const [refusal, setRefusal] = useState<unknown>();
    const step = draft.claimId !== undefined ? 2 : checking ? 1 : 0;

    const keep = (next: Draft): void => {
        saveDraft(next);
        setDraft(next);
    };
    const correct = (error?: unknown): void => {
        setRefusal(error);
        setChecking(false);
    };

    return (
        <>
            <ol className="steps" aria-label="Steps">
                {STEPS.map((name, number) => (
                    <li key={name} className={number < step ? "done" : number === step ? "now" : "ahead"} aria-current={number === step ? "step" : undefined}>
                        <span className="step-dot">{number + 1}</span>
                        {name}
                    </li>
                ))}
            </ol>
            {draft.claimId !== undefined ? (
                <Documents claimId={draft.claimId} />
            ) : checking ? (
                <Check draft={draft} policies={policies} keep={keep} correct={correct} />
            ) : (
                <Questions draft={draft} policies={policies} keep={keep} refusal={refusal} next={() => (setRefusal(undefined), setChecking(true))} />
            )}
        </>
    );
}

interface Asked {
    draft: Draft;
    policies: Policy[];
    keep: (draft: Draft) => void;
}

function Questions({ draft, policies, keep, refusal, next }: Asked & { refusal: unknown; next: () => void }): ReactNode {
    const [tried, setTried] = useState(false);
    const form = useRef<HTMLFormElement>(null);
    const policy = policies.find(({ id }) => id === draft.policyId);
    const losses = useQuery({ ...lossesQuery(policy?.policyType ?? ""), enabled: policy !== undefined });
    const kinds = losses.data === undefined || losses.data.length === 0 ? USUAL_LOSSES : [...losses.data, "other"];
    const wrong = tried ? problemsOf(draft, policy) : {};
    const refused = (field: string): string | undefined => refusalOf(refusal, field);
    const set = (fields: Partial<Draft>): void => keep(changed(draft, fields));

    const send = (event: SubmitEvent<HTMLFormElement>): void => {
        event.preventDefault();
        if (Object.keys(problemsOf(draft, policy)).length === 0) return next();
        setTried(true);
        // The first field that is wrong, once it is marked as such.
        requestAnimationFrame(() => form.current?.querySelector<HTMLElement>("[aria-invalid]")?.focus());
    };

    return (
        <form className="panel panel-body" noValidate ref={form} onSubmit={send}>
            {refusal !== undefined && <Problem error={refusal} labels={LABELS} />}
            <Choice label={LABELS.policyId} problem={wrong.policyId ?? refused("policyId")} value={draft.policyId} onChange={(event) => set({ policyId: event.target.value, claimType: "" })}>
                <option value="">Choose a policy</option>
                {policies.map((one) => (
                    <option key={one.id} value={one.id}>
                        {inWords(one.policyType)}, {one.policyNumber} (until {lastDayOf(one)})
                    </option>
                ))}
            </Choice>
            <Choice
                label={LABELS.claimType}
                problem={wrong.claimType ?? refused("claimType")}
                value={draft.claimType}
                onChange={(event) => set({ claimType: event.target.value })}
            >
                <option value="">Choose what fits best</option>
                {kinds.map((kind) => (
                    <option key={kind} value={kind}>
                        {inWords(kind)}
                    </option>
                ))}
            </Choice>
            <div className="pair">
                <Field label={LABELS.incidentDate} type="date" max={today()} problem={wrong.day ?? refused("incidentDate")} value={draft.day} onChange={(event) => set({ day: event.target.value })} />
                <Field label="About what time? (optional)" type="time" value={draft.time} onChange={(event) => set({ time: event.target.value })} />
            </div>
            <TextField
                label={LABELS.description}
                hint="In your own words: what, where, and what is damaged or missing."
                maxLength={10_000}
                problem={wrong.description ?? refused("description")}
                value={draft.description}
                onChange={(event) => set({ description: event.target.value })}
            />
            <Field
                label={LABELS.claimAmount}
                hint="Your best guess is enough. You can send estimates and invoices later."
                inputMode="decimal"
                autoComplete="off"
                problem={wrong.amount ?? refused("claimAmount")}
                value={draft.amount}
                onChange={(event) => set({ amount: event.target.value })}
            />
            <div className="actions">
                <button type="submit" className="button">
                    Continue
                </button>
                <Link className="button button-quiet" to="/" onClick={forgetDraft}>
                    Discard
                </Link>
            </div>
        </form>
    );
}

type Problems = Partial<Record<keyof Draft, string>>;

function problemsOf(draft: Draft, policy: Policy | undefined): Problems {
    const moment = instantOf(draft);
    const problems: Problems = {};
    if (policy === undefined) problems.policyId = "Choose the policy.";
    if (draft.claimType === "") problems.claimType = "Choose what fits best.";
    if (moment === undefined) problems.day = "Give the day, as well as you know it.";
    else if (moment > new Date()) problems.day = "This is still to come.";
    else if (policy !== undefined && !covers(policy, moment)) problems.day = `This policy covers losses from ${momentOf(policy.startDate)} to ${lastDayOf(policy)}.`;
    if (draft.description.trim() === "") problems.description = "Tell us in a few words what happened.";
    if (amountOf(draft.amount) === undefined) problems.amount = "Give an amount such as 1,250 or 1250.50.";
    return problems;
}

/** When it happened, as the API takes it. */
function lossOf(draft: Draft): string {
    return (instantOf(draft) ?? new Date()).toISOString();
}

function Check({ draft, policies, keep, correct }: Asked & { correct: (error?: unknown) => void }): ReactNode {
    const policy = policies.find(({ id }) => id === draft.policyId);
    const [busy, setBusy] = useState(false);
    const [problem, setProblem] = useState<unknown>();
    const [alike, setAlike] = useState<Claim[]>([]);
    const sending = useRef(false);

    const send = async (others: string[]): Promise<void> => {
        if (sending.current) return; // a second click while the first is on its way
        sending.current = true;
        setBusy(true);
        setProblem(undefined);
        try {
            const found = await api.getLookAlikes(draft.policyId, draft.claimType, lossOf(draft));
            const unnamed = found.filter(({ id }) => !others.includes(id));
            setAlike(unnamed);
            if (unnamed.length === 0) keep({ ...draft, claimId: await filed(draft, others) });
        } catch (error) {
            if (error instanceof InvalidError || error instanceof ConflictError) correct(error);
            else setProblem(error);
        }
        sending.current = false;
        setBusy(false);
    };

    return (
        <form
            className="panel panel-body"
            onSubmit={(event) => {
                event.preventDefault();
                void send(draft.notDuplicateOf);
            }}
        >
            <Facts
                rows={[
                    ["Policy", `${inWords(policy?.policyType ?? "")}, ${policy?.policyNumber ?? ""}`],
                    ["What", inWords(draft.claimType)],
                    ["When", draft.time === "" ? new Date(`${draft.day}T12:00`).toLocaleDateString("en-US", { dateStyle: "long" }) : momentOf(lossOf(draft))],
                    ["About", dollars(amountOf(draft.amount) ?? 0)],
                    ["What happened", <span className="told-in" key="told">{draft.description}</span>],
                ]}
            />
            {problem !== undefined && <Problem error={problem} />}
            {alike.length > 0 ? (
                <Alike alike={alike} another={() => void send(alike.map(({ id }) => id))} busy={busy} />
            ) : (
                <div className="actions">
                    <Submit busy={busy}>Send the claim</Submit>
                    <button type="button" className="button button-quiet" disabled={busy} onClick={() => correct()}>
                        Change something
                    </button>
                </div>
            )}
        </form>
    );
}

/** Files the notice; sent again (a second click, a reload, a broken connection) it is the same claim. */
async function filed(draft: Draft, others: string[]): Promise<string> {
    const another = others.length === 0 ? {} : { notDuplicateOf: others, notDuplicateReason: "The insured says that it is another loss." };
    // What goes into the key beside the draft: the same notice with the word that it is another loss is another notice.
    const key = others.length === 0 ? draft.key : `${draft.key}-another`;
    const claim = await api.with({ idempotencyKey: key }).createClaim({
        policyId: draft.policyId,
        claimType: draft.claimType,
        claimAmount: amountOf(draft.amount) ?? 0,
        incidentDate: lossOf(draft),
        description: draft.description,
        ...another,
    });
    void queries.invalidateQueries({ queryKey: ["claims"] });
    return claim.id;
}

function Alike({ alike, another, busy }: { alike: Claim[]; another: () => void; busy: boolean }): ReactNode {
    return (
        <Notice tone="warn" title="It looks as if you had told us already">
            {alike.map((claim) => (
                <p key={claim.id}>
                    <Link to={`/claims/${claim.id}`}>
                        {claim.claimNumber}, {inWords(claim.claimType)}, {momentOf(claim.incidentDate)}
                    </Link>
                </p>
            ))}
            <button type="button" className="button" disabled={busy} onClick={another}>
                This is another loss: send it
            </button>
        </Notice>
    );
}

function Documents({ claimId }: { claimId: string }): ReactNode {
    const navigate = useNavigate();
    const documents = useQuery(documentsQuery(claimId));
    const head = useRef<HTMLDivElement>(null);
    useEffect(() => head.current?.focus(), []);
    const done = (): void => {
        forgetDraft();
        void navigate(`/claims/${claimId}`);
    };
    return (
        <>
            <div ref={head} tabIndex={-1}>
                <Notice tone="good" icon="check" title="We have your claim">
                    Photos, an estimate or a police report help us to decide faster. You can also add them later.
                </Notice>
            </div>
            <Panel title="Add documents">
                <Shown of={documents} lines={1}>
                    {(found) => found.length > 0 && <Files files={found.map((one) => ({ ...one, title: one.name, line: DOCUMENT_KINDS[one.kind] }))} />}
                </Shown>
                <AddDocuments claimId={claimId} />
            </Panel>
            <div className="actions">
                <button type="button" className="button" onClick={done}>
                    Done
                </button>
            </div>
        </>
    );
}
