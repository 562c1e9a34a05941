import type { ReactNode } from "react";
import { NavLink, Navigate, Link, Route, Routes, useLocation } from "react-router";
import { Icon } from "./kit/icons.tsx";
import { Empty, Loading, PageHead, Problem } from "./kit/parts.tsx";
import { LiveWords } from "./live.tsx";
import { ClaimPage } from "./pages/claim.tsx";
import { ClaimsPage } from "./pages/claims.tsx";
import { FilePage } from "./pages/file.tsx";
import { ForgottenPage } from "./pages/forgotten.tsx";
import { HomePage } from "./pages/home.tsx";
import { LogInPage } from "./pages/log-in.tsx";
import { PolicyPage } from "./pages/policy.tsx";
import { ResetPage } from "./pages/reset.tsx";
import { useSession } from "./session.tsx";

export function App(): ReactNode {
    return (
        <Routes>
            <Route path="/log-in" element={<LogInPage />} />
            <Route path="/forgotten-password" element={<ForgottenPage />} />
            <Route path="/reset-password" element={<ResetPage />} />
            <Route path="/*" element={<Inside />} />
        </Routes>
    );
}

function Inside(): ReactNode {
    const { state, profile, problem, resume } = useSession();
    const here = useLocation();
    if (state === "unknown") return <Waiting {...{ problem, resume }} />;
    if (state === "out") return <Navigate to="/log-in" replace state={{ from: here.pathname }} />;
    return (
        <>
            <a className="skip" href="#content">
                To the content
            </a>
            <TopBar />
            <main id="content" className="page">
                {profile?.customer ? <Pages /> : <NotInsured />}
            </main>
            <LiveWords />
        </>
    );
}

/** Until it is known who is there; the log-in is kept while that cannot be asked. */
function Waiting({ problem, resume }: { problem: unknown; resume: () => void }): ReactNode {
    return (
        <main className="page">
            {problem === undefined ? <Loading lines={5} /> : <Problem error={problem} again={resume} />}
        </main>
    );
}

function Pages(): ReactNode {
    return (
        <Routes>
            <Route index element={<HomePage />} />
            <Route path="policies/:id" element={<PolicyPage />} />
            <Route path="claims" element={<ClaimsPage />} />
            <Route path="claims/new" element={<FilePage />} />
            <Route path="claims/:id" element={<ClaimPage />} />
            <Route path="*" element={<Nowhere />} />
        </Routes>
    );
}

function Nowhere(): ReactNode {
    return (
        <>
            <PageHead title="This page is not there" />
            <p>
                <Link to="/">Go to your policies</Link>
            </p>
        </>
    );
}

/** Staff, and people whose log-in is tied to no customer yet. */
function NotInsured(): ReactNode {
    return (
        <>
            <PageHead title="Nothing here yet" />
            <Empty icon="shield" title="No policies belong to this log-in">
                <p>These pages are for policyholders. If you are one, please call us, and we connect your log-in with your policies.</p>
            </Empty>
        </>
    );
}

function TopBar(): ReactNode {
    const { profile, logOut } = useSession();
    return (
        <header className="top">
            <div className="top-in">
                <Link className="brand" to="/">
                    <img src="/mark.svg" alt="" width="26" height="26" />
                    Vanguard
                </Link>
                <nav aria-label="Main">
                    <NavLink to="/" end>
                        Policies
                    </NavLink>
                    <NavLink to="/claims" end>
                        Claims
                    </NavLink>
                </nav>
                <div className="who">
                    <span className="who-name">
                        {profile?.firstName} {profile?.lastName}
                    </span>
                    <button type="button" className="button button-quiet" onClick={() => void logOut()}>
                        <Icon name="lock" />
                        Log out
                    </button>
                </div>
            </div>
        </header>
    );
}
