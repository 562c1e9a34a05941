import { useQuery } from "@tanstack/react-query";
import type { Claim, ClaimDenial, ClaimDocument, ClaimLetter, ClaimQuestion } from "@vanguardai/shared/types";
import { dollars, inWords, momentOf, standingOf } from "@vanguardai/shared/utils";
import { type SubmitEvent, type ReactNode, useState } from "react";
import { Link, useParams } from "react-router";
import { api } from "../api.ts";
import { claimQuery, denialsQuery, documentsQuery, lettersQuery, policyQuery, queries, questionsQuery } from "../data.ts";
import { Files } from "../kit/files.tsx";
import { Chip, Empty, Facts, Notice, PageHead, Panel, Problem, refusalOf, Shown, Submit, TextField } from "../kit/parts.tsx";
import { LETTERS, storyOf } from "../story.ts";
import { Questions } from "./questions.tsx";
import { Steps } from "./steps.tsx";
import { AddDocuments, DOCUMENT_KINDS } from "./documents.tsx";

export function ClaimPage(): ReactNode {
    const { id = "" } = useParams();
    return <Shown of={useQuery(claimQuery(id))} lines={6}>{(claim) => <Whole claim={claim} />}</Shown>;
}

function Whole({ claim }: { claim: Claim }): ReactNode {
    const letters = useQuery(lettersQuery(claim.id));
    const documents = useQuery(documentsQuery(claim.id));
    const questions = useQuery(questionsQuery(claim.id));
    const { label, tone, meaning } = standingOf(claim);
    return (
        <>
            <PageHead title={inWords(claim.claimType)} lead={<span className="number">{claim.claimNumber}</span>} back={["/claims", "Your claims"]}>
                <Chip tone={tone}>{label}</Chip>
            </PageHead>
            <Steps claim={claim} />
            <Notice tone={tone} icon={tone === "good" ? "check" : tone === "info" || tone === "busy" ? "clock" : "alert"} title={label}>
                {meaning}
            </Notice>
            {claim.stage === "denied" && <Denied id={claim.id} />}
            <Questions claim={claim} questions={questions} />
            <div className="columns">
                <div>
                    <About claim={claim} />
                    <Documents claim={claim} documents={documents} />
                    {claim.stage === "denied" && claim.appealedAt === undefined && <Appeal claim={claim} />}
                </div>
                <div>
                    <Letters letters={letters} />
                    <Story claim={claim} letters={letters.data ?? []} documents={documents.data ?? []} questions={questions.data ?? []} />
                </div>
            </div>
        </>
    );
}

/** The reason, as the letter gives it; after an appeal that did not change it, the later decision's. */
function Denied({ id }: { id: string }): ReactNode {
    return (
        <Panel title="Why we could not approve it">
            <Shown of={useQuery(denialsQuery(id))}>{(found) => found[0] !== undefined && <Why denial={found[0]} />}</Shown>
        </Panel>
    );
}

function Why({ denial }: { denial: ClaimDenial }): ReactNode {
    const { why, reason, clauseReference, clauseHeading, clauseText } = denial;
    return (
        <div className="panel-body said">
            <p>{why}</p>
            {reason !== "" && (
                <p>
                    <strong>In your case:</strong> {reason}
                </p>
            )}
            {clauseReference !== undefined && (
                <div>
                    <p className="quiet">
                        Your policy, clause {clauseReference}, {clauseHeading}
                    </p>
                    <blockquote className="quoted">{clauseText}</blockquote>
                </div>
            )}
            <p className="quiet">
                {denial.onAppeal ? "Decided on your appeal, by somebody who had no part in the first decision, on" : "Decided on"} {momentOf(denial.decidedAt)}
            </p>
        </div>
    );
}

function About({ claim }: { claim: Claim }): ReactNode {
    const policy = useQuery(policyQuery(claim.policyId));
    const money: [string, ReactNode][] = [["You asked for", dollars(claim.claimAmount)]];
    if (claim.approvedAmount !== undefined) money.push(["We approved", <strong key="approved">{dollars(claim.approvedAmount)}</strong>]);
    if (claim.paidAmount > 0) money.push(["Paid so far", <strong key="paid">{dollars(claim.paidAmount)}</strong>]);
    return (
        <Panel title="Your claim">
            <Facts
                rows={[
                    ...money,
                    ["It happened", momentOf(claim.incidentDate)],
                    ["You told us", momentOf(claim.reportedDate)],
                    ["Policy", <Link key="policy" to={`/policies/${claim.policyId}`}>{policy.data?.policyNumber ?? "Open"}</Link>],
                ]}
            />
            {claim.description !== undefined && claim.description !== "" && <p className="told">{claim.description}</p>}
        </Panel>
    );
}

function Documents({ claim, documents }: { claim: Claim; documents: ReturnType<typeof useQuery<ClaimDocument[]>> }): ReactNode {
    return (
        <Panel title="Your documents">
            <Shown of={documents}>
                {(found) =>
                    found.length === 0 ? (
                        <Empty icon="upload" title="Nothing here yet">
                            <p>Photos, estimates and invoices help us to decide faster.</p>
                        </Empty>
                    ) : (
                        <Files files={found.map((one) => ({ ...one, title: one.name, line: `${DOCUMENT_KINDS[one.kind]}, ${momentOf(one.createdAt)}` }))} />
                    )
                }
            </Shown>
            {claim.closedAt === undefined && <AddDocuments claimId={claim.id} />}
        </Panel>
    );
}

function Letters({ letters }: { letters: ReturnType<typeof useQuery<ClaimLetter[]>> }): ReactNode {
    return (
        <Panel title="Our letters to you">
            <Shown of={letters}>
                {(found) =>
                    found.length === 0 ? (
                        <Empty icon="paper" title="No letters yet" />
                    ) : (
                        <Files files={found.map((letter) => ({ ...letter, title: LETTERS[letter.kind], line: momentOf(letter.madeAt) }))} />
                    )
                }
            </Shown>
        </Panel>
    );
}

interface Told {
    claim: Claim;
    letters: ClaimLetter[];
    documents: ClaimDocument[];
    questions: ClaimQuestion[];
}

function Story({ claim, letters, documents, questions }: Told): ReactNode {
    return (
        <Panel title="What has happened">
            <ol className="timeline">
                {storyOf(claim, letters, documents, questions).map(({ at, words }) => (
                    <li key={`${at}${words}`}>
                        <span>{words}</span>
                        <time dateTime={at} className="quiet">
                            {momentOf(at)}
                        </time>
                    </li>
                ))}
            </ol>
        </Panel>
    );
}

function Appeal({ claim }: { claim: Claim }): ReactNode {
    const [reason, setReason] = useState("");
    const [busy, setBusy] = useState(false);
    const [problem, setProblem] = useState<unknown>();
    const send = async (event: SubmitEvent<HTMLFormElement>): Promise<void> => {
        event.preventDefault();
        setBusy(true);
        setProblem(undefined);
        try {
            await api.appealClaim(claim.id, reason);
            await queries.invalidateQueries({ queryKey: ["claims"] });
        } catch (error) {
            setProblem(error);
        }
        setBusy(false);
    };
    return (
        <Panel title="You do not agree?">
            <form className="panel-body" onSubmit={(event) => void send(event)}>
                <p>You can appeal. Somebody who was not part of the decision then looks at your claim afresh.</p>
                {problem !== undefined && refusalOf(problem, "reason") === undefined && <Problem error={problem} />}
                <TextField
                    label="Why should we decide otherwise?"
                    required
                    maxLength={4000}
                    problem={refusalOf(problem, "reason")}
                    value={reason}
                    onChange={(event) => setReason(event.target.value)}
                />
                <Submit busy={busy}>Send the appeal</Submit>
            </form>
        </Panel>
    );
}
