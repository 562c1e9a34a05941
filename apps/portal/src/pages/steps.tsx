import type { Claim } from "@vanguardai/shared/types";
import type { ReactNode } from "react";
import { Icon } from "../kit/icons.tsx";
import { stepOf } from "../story.ts";

/** How far the claim has come, in four words. */
export function Steps({ claim }: { claim: Claim }): ReactNode {
    const at = stepOf(claim);
    const names = claim.status === "denied" ? ["Received", "In review", "Decided"] : ["Received", "In review", "Decided", "Paid"];
    return (
        <ol className="steps" aria-label="How far your claim has come">
            {names.map((name, step) => (
                <li key={name} className={step < at ? "done" : step === at ? "now" : "ahead"} aria-current={step === at ? "step" : undefined}>
                    <span className="step-dot">{step <= at && <Icon name="check" />}</span>
                    {name}
                </li>
            ))}
        </ol>
    );
}
