import type { ClaimEvent, LiveEvent } from "@vanguardai/shared/api-client";
import { standingOf } from "@vanguardai/shared/utils";
import { type ReactNode, useEffect, useState } from "react";
import { Link, useLocation } from "react-router";
import { Icon } from "./kit/icons.tsx";
import { useSession } from "./session.tsx";

const SHOWN_MS = 12_000;
/** What the insured does themselves. */
const UNSAID = ["claim.filed", "claim.assigned", "claim.letter_sent"];

/** What has just happened to another claim than the one on the page, which shows it itself; read out. */
export function LiveWords(): ReactNode {
    const { listen } = useSession();
    const here = useLocation().pathname;
    const [last, setLast] = useState<ClaimEvent>();
    useEffect(() => listen((event: LiveEvent) => event.type !== "events.missed" && !UNSAID.includes(event.type) && setLast(event)), [listen]);
    useEffect(() => {
        const timer = setTimeout(() => setLast(undefined), SHOWN_MS);
        return () => clearTimeout(timer);
    }, [last]);
    return (
        <div className="live" role="status" aria-live="polite">
            {last && here !== `/claims/${last.claimId}` && (
                <p className="live-words">
                    <Icon name="clock" />
                    <span>
                        Claim {last.data.claimNumber}: {standingOf({ stage: last.data.stage }).label.toLowerCase()}
                    </span>
                    <Link to={`/claims/${last.claimId}`}>Open</Link>
                </p>
            )}
        </div>
    );
}
