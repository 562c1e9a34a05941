import { InvalidError } from "@vanguardai/shared/api-client";
import { type SubmitEvent, type ReactNode, useState } from "react";
import { Link, useNavigate } from "react-router";
import { api } from "../api.ts";
import { Field, Notice, Problem, Submit } from "../kit/parts.tsx";
import { Door } from "./door.tsx";

// The letter's link carries the token in its fragment. It is taken out of the address, and so out of the browser's history.
const given = new URLSearchParams(window.location.hash.slice(1)).get("token");
if (given !== null) window.history.replaceState(null, "", window.location.pathname);

export function ResetPage(): ReactNode {
    const navigate = useNavigate();
    const [password, setPassword] = useState("");
    const [busy, setBusy] = useState(false);
    const [problem, setProblem] = useState<unknown>();
    const badLink = given === null || (problem instanceof InvalidError && problem.of("token") !== undefined);
    const weak = problem instanceof InvalidError ? problem.of("newPassword") : undefined;

    const send = async (event: SubmitEvent<HTMLFormElement>): Promise<void> => {
        event.preventDefault();
        if (given === null) return;
        setBusy(true);
        setProblem(undefined);
        try {
            await api.resetPassword(given, password);
            await navigate("/log-in", { state: { reset: true } });
        } catch (error) {
            setProblem(error);
            setBusy(false);
        }
    };

    return (
        <Door title="Choose a new password">
            {badLink ? (
                <Notice tone="warn" title="This link does not work any more">
                    It is good for an hour, and once. <Link to="/forgotten-password">Ask for another letter.</Link>
                </Notice>
            ) : (
                <form onSubmit={(event) => void send(event)}>
                    {problem !== undefined && weak === undefined && <Problem error={problem} />}
                    <Field
                        label="New password"
                        hint="At least 12 characters, with a capital and a small letter, a digit, and one of !@#$%^&*."
                        type="password"
                        autoComplete="new-password"
                        required
                        problem={weak}
                        value={password}
                        onChange={(event) => setPassword(event.target.value)}
                    />
                    <Submit busy={busy}>Set the password</Submit>
                </form>
            )}
            <p className="door-foot">
                <Link to="/log-in">Back to the log-in</Link>
            </p>
        </Door>
    );
}
