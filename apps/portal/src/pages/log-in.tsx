import { UnauthenticatedError } from "@vanguardai/shared/api-client";
import { type SubmitEvent, type ReactNode, useState } from "react";
import { Link, Navigate, useLocation } from "react-router";
import { Field, Loading, Notice, Problem, refusalOf, Submit } from "../kit/parts.tsx";
import { useSession } from "../session.tsx";
import { Door } from "./door.tsx";

const LABELS = { email: "E-mail", password: "Password", otp: "Code" };

export function LogInPage(): ReactNode {
    const session = useSession();
    const location = useLocation();
    const { from = "/", reset = false } = (location.state ?? {}) as { from?: string; reset?: boolean };
    const [email, setEmail] = useState("");
    const [password, setPassword] = useState("");
    const [otp, setOtp] = useState("");
    const [asksCode, setAsksCode] = useState(false);
    const [problem, setProblem] = useState<unknown>();
    const [busy, setBusy] = useState(false);

    const send = async (event: SubmitEvent<HTMLFormElement>): Promise<void> => {
        event.preventDefault();
        setBusy(true);
        setProblem(undefined);
        try {
            await session.logIn(email, password, asksCode ? otp : undefined);
        } catch (error) {
            const needsCode = error instanceof UnauthenticatedError && error.has("otp_required");
            setAsksCode(asksCode || needsCode);
            setProblem(needsCode ? undefined : error);
            setOtp("");
            setBusy(false);
        }
    };

    if (session.state === "in") return <Navigate to={from} replace />;
    if (session.state === "unknown")
        return (
            <Door title="Log in">
                {session.problem === undefined ? <Loading /> : <Problem error={session.problem} again={session.resume} />}
            </Door>
        );
    return (
        <Door title={asksCode ? "One more step" : "Log in"} lead={asksCode ? "Your account is protected by a second factor." : "See your policies, and file and follow your claims."}>
            {session.ended && problem === undefined && !asksCode && <Notice tone="info">You were logged out, to keep your data safe. Please log in again.</Notice>}
            {reset && problem === undefined && !asksCode && (
                <Notice tone="good" icon="check">
                    Your new password is set. Log in with it.
                </Notice>
            )}
            {problem !== undefined && <Problem error={problem} labels={LABELS} />}
            <form onSubmit={(event) => void send(event)}>
                {asksCode ? (
                    <Field
                        label="Code"
                        hint="Six digits from your authenticator, or one of your recovery codes."
                        autoComplete="one-time-code"
                        autoFocus
                        required
                        problem={refusalOf(problem, "otp")}
                        value={otp}
                        onChange={(event) => setOtp(event.target.value)}
                    />
                ) : (
                    <>
                        <Field label="E-mail" type="email" autoComplete="username" required value={email} onChange={(event) => setEmail(event.target.value)} />
                        <Field
                            label="Password"
                            type="password"
                            autoComplete="current-password"
                            required
                            value={password}
                            onChange={(event) => setPassword(event.target.value)}
                        />
                    </>
                )}
                <Submit busy={busy}>{asksCode ? "Continue" : "Log in"}</Submit>
            </form>
            <p className="door-foot">
                {asksCode ? (
                    <button type="button" className="as-link" onClick={() => setAsksCode(false)}>
                        Back
                    </button>
                ) : (
                    <Link to="/forgotten-password">Forgotten your password?</Link>
                )}
            </p>
        </Door>
    );
}
