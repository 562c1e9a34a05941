import type { ReactNode } from "react";
import { PageHead } from "../kit/parts.tsx";

/** The pages in front of the log-in. */
export function Door({ title, lead, children }: { title: string; lead?: string; children: ReactNode }): ReactNode {
    return (
        <main className="door">
            <p className="brand">
                <img src="/mark.svg" alt="" width="32" height="32" />
                Vanguard
            </p>
            <div className="door-card">
                <PageHead title={title} {...(lead !== undefined && { lead })} />
                {children}
            </div>
        </main>
    );
}
