import { useQuery } from "@tanstack/react-query";
import type { Claim } from "@vanguardai/shared/types";
import { dollars, inWords, momentOf, standingOf } from "@vanguardai/shared/utils";
import type { ReactNode } from "react";
import { Link } from "react-router";
import { claimsQuery } from "../data.ts";
import { Icon } from "../kit/icons.tsx";
import { Chip, Empty, PageHead, Panel, Shown } from "../kit/parts.tsx";

export function isOpen(claim: Claim): boolean {
    return claim.closedAt === undefined && claim.stage !== "paid" && claim.stage !== "denied";
}

export function ClaimsPage(): ReactNode {
    const claims = useQuery(claimsQuery);
    return (
        <>
            <PageHead title="Your claims" lead="This page changes by itself when something happens.">
                <Link className="button" to="/claims/new">
                    <Icon name="plus" />
                    File a claim
                </Link>
            </PageHead>
            <Shown of={claims} lines={5}>
                {(found) => (found.length === 0 ? <NoClaims /> : <Both claims={found} />)}
            </Shown>
        </>
    );
}

function NoClaims(): ReactNode {
    return (
        <Empty icon="paper" title="You have not filed a claim">
            <p>We hope you never have to. If something happens, it takes a few minutes, and photos can follow later.</p>
        </Empty>
    );
}

function Both({ claims }: { claims: Claim[] }): ReactNode {
    const [open, finished] = [claims.filter(isOpen), claims.filter((claim) => !isOpen(claim))];
    return (
        <>
            {open.length > 0 && <List title="In progress" claims={open} />}
            {finished.length > 0 && <List title="Finished" claims={finished} />}
        </>
    );
}

function List({ title, claims }: { title: string; claims: Claim[] }): ReactNode {
    return (
        <Panel title={title}>
            <ul className="rows">
                {claims.map((claim) => (
                    <ClaimRow key={claim.id} claim={claim} />
                ))}
            </ul>
        </Panel>
    );
}

export function ClaimRow({ claim }: { claim: Claim }): ReactNode {
    const { label, tone } = standingOf(claim);
    return (
        <li className="row row-link">
            <div className="row-main">
                <Link className="row-title card-link" to={`/claims/${claim.id}`}>
                    {inWords(claim.claimType)}
                </Link>
                <span className="quiet">
                    <span className="number">{claim.claimNumber}</span> · {momentOf(claim.incidentDate)}
                </span>
            </div>
            <span className="row-sum money">{dollars(claim.approvedAmount ?? claim.claimAmount)}</span>
            <Chip tone={tone}>{label}</Chip>
            <Icon name="right" />
        </li>
    );
}
