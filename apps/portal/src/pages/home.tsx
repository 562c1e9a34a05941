import { useQuery } from "@tanstack/react-query";
import type { Claim, Policy } from "@vanguardai/shared/types";
import { dollars, inWords, lastDayOf, policyTone } from "@vanguardai/shared/utils";
import type { ReactNode } from "react";
import { Link } from "react-router";
import { claimsQuery, policiesQuery } from "../data.ts";
import { savedDraft } from "../draft.ts";
import { Icon, iconOfPolicy } from "../kit/icons.tsx";
import { Chip, Empty, Notice, PageHead, Panel, Shown } from "../kit/parts.tsx";
import { useSession } from "../session.tsx";
import { ClaimRow, isOpen } from "./claims.tsx";

export function HomePage(): ReactNode {
    const { profile } = useSession();
    const policies = useQuery(policiesQuery);
    const claims = useQuery(claimsQuery);
    const insured = policies.data !== undefined && policies.data.length > 0;
    return (
        <>
            <PageHead title="Your policies" lead={`Hello ${profile?.firstName ?? ""}.${insured ? " Here is what you are covered for." : ""}`}>
                {insured && (
                    <Link className="button" to="/claims/new">
                        <Icon name="plus" />
                        File a claim
                    </Link>
                )}
            </PageHead>
            {profile !== undefined && savedDraft(profile.id) !== undefined && (
                <Notice tone="info" icon="paper">
                    You have begun to file a claim. <Link to="/claims/new">Go on where you were.</Link>
                </Notice>
            )}
            {claims.data && <NeedsYou claims={claims.data} />}
            <Shown of={policies} lines={4}>
                {(found) => (found.length === 0 ? <NoPolicies /> : <Cards policies={found} />)}
            </Shown>
            <Panel title="Open claims" side={<Link to="/claims">All claims</Link>}>
                <Shown of={claims}>{(found) => <Open claims={found.filter(isOpen)} />}</Shown>
            </Panel>
        </>
    );
}

function NeedsYou({ claims }: { claims: Claim[] }): ReactNode {
    return claims
        .filter(({ stage, closedAt }) => stage === "awaiting_information" && closedAt === undefined)
        .map((claim) => (
            <Notice key={claim.id} tone="warn" title={`We need something from you for claim ${claim.claimNumber}`}>
                <Link to={`/claims/${claim.id}`}>See what, and add it</Link>
            </Notice>
        ));
}

function NoPolicies(): ReactNode {
    return (
        <Empty icon="shield" title="You have no policies with us">
            <p>If you think you should see one here, please call us.</p>
        </Empty>
    );
}

function Cards({ policies }: { policies: Policy[] }): ReactNode {
    const inForceFirst = [...policies].sort((a, b) => Number(b.status === "active") - Number(a.status === "active"));
    return (
        <ul className="cards">
            {inForceFirst.map((policy) => (
                <li key={policy.id} className="card">
                    <div className="card-head">
                        <span className="badge">
                            <Icon name={iconOfPolicy(policy.policyType)} />
                        </span>
                        <div>
                            <h2>
                                <Link className="card-link" to={`/policies/${policy.id}`}>
                                    {inWords(policy.policyType)}
                                </Link>
                            </h2>
                            <span className="quiet number">{policy.policyNumber}</span>
                        </div>
                        <Chip tone={policyTone(policy.status)}>{inWords(policy.status)}</Chip>
                    </div>
                    <p className="card-sum">
                        <span className="quiet">Covered up to</span>
                        <strong>{dollars(policy.coverageAmount)}</strong>
                    </p>
                    <p className="card-foot quiet">
                        {policy.status === "active" ? "Until" : "Ended"} {lastDayOf(policy)} · You pay the first {dollars(policy.deductibleAmount)}
                    </p>
                </li>
            ))}
        </ul>
    );
}

function Open({ claims }: { claims: Claim[] }): ReactNode {
    if (claims.length === 0)
        return (
            <Empty icon="check" title="No open claims">
                <p>If something has happened, it takes a few minutes to file a claim.</p>
            </Empty>
        );
    return (
        <ul className="rows">
            {claims.map((claim) => (
                <ClaimRow key={claim.id} claim={claim} />
            ))}
        </ul>
    );
}
