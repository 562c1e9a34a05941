import { type SubmitEvent, type ReactNode, useState } from "react";
import { Link } from "react-router";
import { api } from "../api.ts";
import { Field, Notice, Problem, Submit } from "../kit/parts.tsx";
import { Door } from "./door.tsx";

export function ForgottenPage(): ReactNode {
    const [email, setEmail] = useState("");
    const [busy, setBusy] = useState(false);
    const [problem, setProblem] = useState<unknown>();
    const [sent, setSent] = useState(false);

    const send = async (event: SubmitEvent<HTMLFormElement>): Promise<void> => {
        event.preventDefault();
        setBusy(true);
        setProblem(undefined);
        try {
            await api.forgotPassword(email);
            setSent(true);
        } catch (error) {
            setProblem(error);
        }
        setBusy(false);
    };

    return (
        <Door title="Forgotten password" lead="We send you a letter with a link, by which you choose a new one.">
            {problem !== undefined && <Problem error={problem} />}
            {sent ? (
                <Notice tone="good" icon="check" title="Look into your mail">
                    If there is an account with this address, a letter is on its way. Its link works for an hour.
                </Notice>
            ) : (
                <form onSubmit={(event) => void send(event)}>
                    <Field label="E-mail" type="email" autoComplete="username" required value={email} onChange={(event) => setEmail(event.target.value)} />
                    <Submit busy={busy}>Send the letter</Submit>
                </form>
            )}
            <p className="door-foot">
                <Link to="/log-in">Back to the log-in</Link>
            </p>
        </Door>
    );
}
