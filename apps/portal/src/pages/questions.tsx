import type { Claim, ClaimQuestion } from "@vanguardai/shared/types";
import { dayOf, momentOf } from "@vanguardai/shared/utils";
import type { UseQueryResult } from "@tanstack/react-query";
import { type SubmitEvent, type ReactNode, useState } from "react";
import { api } from "../api.ts";
import { queries } from "../data.ts";
import { Notice, Panel, Problem, refusalOf, Shown, Submit, TextField } from "../kit/parts.tsx";

/** What we need to know from the insured, and their answer: the claim waits for it. */
export function Questions({ claim, questions }: { claim: Claim; questions: UseQueryResult<ClaimQuestion[]> }): ReactNode {
    const [sent, setSent] = useState(false);
    if (claim.stage !== "awaiting_information")
        return sent ? (
            <Notice tone="good" icon="check" title="Thank you: we have your answer">
                We go on with your claim. If we need to know more, we ask again.
            </Notice>
        ) : null;
    return (
        <Panel title="Our question to you">
            <Shown of={questions}>
                {(found) => {
                    const open = found.find(({ answeredAt }) => answeredAt === undefined);
                    return open !== undefined && <Answering key={open.id} claimId={claim.id} asked={open} done={() => setSent(true)} />;
                }}
            </Shown>
        </Panel>
    );
}

function Answering({ claimId, asked, done }: { claimId: string; asked: ClaimQuestion; done: () => void }): ReactNode {
    const [answer, setAnswer] = useState("");
    const [busy, setBusy] = useState(false);
    const [problem, setProblem] = useState<unknown>();
    const send = async (event: SubmitEvent<HTMLFormElement>): Promise<void> => {
        event.preventDefault();
        setBusy(true);
        setProblem(undefined);
        try {
            await api.answerQuestion(claimId, asked.id, answer);
            done();
        } catch (error) {
            setProblem(error);
        }
        // Also after a refusal: the question may have been closed meanwhile.
        await queries.invalidateQueries({ queryKey: ["claims"] });
        setBusy(false);
    };
    return (
        <form className="panel-body" onSubmit={(event) => void send(event)}>
            <div className="said">
                <blockquote className="quoted">{asked.question}</blockquote>
                <p className="quiet">
                    Asked {momentOf(asked.askedAt)}. Please answer by {dayOf(asked.until)}. If you cannot make it by then, please call us.
                </p>
            </div>
            {problem !== undefined && refusalOf(problem, "answer") === undefined && <Problem error={problem} />}
            <TextField
                label="Your answer"
                hint="Photos and papers go under “Your documents” below: add them first, then send the answer."
                required
                maxLength={2000}
                problem={refusalOf(problem, "answer")}
                value={answer}
                onChange={(event) => setAnswer(event.target.value)}
            />
            <Submit busy={busy}>Send the answer</Submit>
        </form>
    );
}
