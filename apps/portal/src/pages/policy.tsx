import { useQuery } from "@tanstack/react-query";
import type { BillingAccount, Invoice, Policy, PolicyDocument, PolicyVersion } from "@vanguardai/shared/types";
import { dayOf, dollars, inWords, lastDayOf, momentOf, policyTone, type Tone } from "@vanguardai/shared/utils";
import type { ReactNode } from "react";
import { Link, useParams } from "react-router";
import { billingQuery, claimsQuery, invoicesQuery, papersQuery, policyQuery, versionsQuery } from "../data.ts";
import { Files } from "../kit/files.tsx";
import { Icon } from "../kit/icons.tsx";
import { Chip, Empty, Facts, Notice, PageHead, Panel, Shown } from "../kit/parts.tsx";
import { ClaimRow } from "./claims.tsx";

export function PolicyPage(): ReactNode {
    const { id = "" } = useParams();
    const policy = useQuery(policyQuery(id));
    return <Shown of={policy} lines={6}>{(found) => <Whole policy={found} />}</Shown>;
}

function Whole({ policy }: { policy: Policy }): ReactNode {
    return (
        <>
            <PageHead title={inWords(policy.policyType)} lead={<span className="number">{policy.policyNumber}</span>} back={["/", "Your policies"]}>
                <Chip tone={policyTone(policy.status)}>{inWords(policy.status)}</Chip>
                <Link className="button push" to={`/claims/new?policy=${policy.id}`}>
                    <Icon name="plus" />
                    File a claim
                </Link>
            </PageHead>
            <div className="columns">
                <div>
                    <Cover policy={policy} />
                    <Owed id={policy.id} />
                    <Invoices id={policy.id} />
                    <History id={policy.id} />
                </div>
                <div>
                    <Papers id={policy.id} />
                    <Claims id={policy.id} />
                </div>
            </div>
        </>
    );
}

function Cover({ policy }: { policy: Policy }): ReactNode {
    const ended: [string, ReactNode][] = policy.cancelledAt === undefined ? [] : [["Cancelled from", dayOf(policy.cancelledAt)]];
    return (
        <Panel title="Your cover">
            <Facts
                rows={[
                    ["Covered up to", <strong key="limit">{dollars(policy.coverageAmount)}</strong>],
                    ["You pay first", dollars(policy.deductibleAmount)],
                    ["Premium for the term", dollars(policy.premiumAmount)],
                    ["From", dayOf(policy.startDate)],
                    ["Up to and including", lastDayOf(policy)],
                    ...ended,
                ]}
            />
        </Panel>
    );
}

const PLANS: Record<BillingAccount["plan"], string> = {
    annual: "once a year",
    semi_annual: "twice a year",
    quarterly: "every three months",
    monthly: "every month",
};

/** What is due, and when; what is overdue is said first. */
function Owed({ id }: { id: string }): ReactNode {
    return (
        <Panel title="What you owe">
            <Shown of={useQuery(billingQuery(id))}>{(account) => (account === null ? <Empty icon="check" title="Nothing was charged yet" /> : <Account account={account} />)}</Shown>
        </Panel>
    );
}

function Account({ account }: { account: BillingAccount }): ReactNode {
    const { balance, credit, pastDueAmount, openInvoices, plan } = account;
    const today = openInvoices.filter(({ status }) => status === "due_today").reduce((sum, { openAmount }) => sum + openAmount, 0);
    const next = openInvoices.find(({ status }) => status === "open");
    const rows: [string, ReactNode][] = [["Open in all", <strong key="open">{dollars(Math.max(balance, 0))}</strong>]];
    if (pastDueAmount > 0) rows.push(["Overdue", <strong key="overdue">{dollars(pastDueAmount)}</strong>]);
    if (today > 0) rows.push(["Due today", <strong key="today">{dollars(today)}</strong>]);
    if (next !== undefined) rows.push(["Due next", `${dollars(next.openAmount)} on ${dayOf(next.dueAt)}`]);
    if (credit > 0) rows.push(["We hold for you", dollars(credit)]);
    rows.push(["You pay", PLANS[plan]]);
    return (
        <>
            {pastDueAmount > 0 && (
                <Notice tone="warn" title={`${dollars(pastDueAmount)} is overdue`}>
                    Please pay it soon: your cover depends on it. If we have written to you about it, the letter names the last day.
                </Notice>
            )}
            {balance <= 0 && (
                <Notice tone="good" icon="check">
                    Everything is paid.
                </Notice>
            )}
            <Facts rows={rows} />
        </>
    );
}

const INVOICE_TONES: Record<Invoice["status"], Tone> = { open: "info", due_today: "info", past_due: "warn", paid: "good", withdrawn: "neutral" };

function Invoices({ id }: { id: string }): ReactNode {
    return (
        <Panel title="Invoices">
            <Shown of={useQuery(invoicesQuery(id))}>
                {(all) => {
                    // One that a change of plan took everything off says nothing to who pays.
                    const found = all.filter(({ amount }) => amount > 0);
                    return found.length === 0 ? (
                        <Empty icon="check" title="No invoices" />
                    ) : (
                        <ul className="rows">
                            {found.map((invoice) => (
                                <li className="row" key={invoice.id}>
                                    <div className="row-main">
                                        <span className="row-title">Due {dayOf(invoice.dueAt)}</span>
                                        <span className="quiet number">{invoice.invoiceNumber}</span>
                                    </div>
                                    <span className="row-sum money">{dollars(invoice.amount)}</span>
                                    <Chip tone={INVOICE_TONES[invoice.status]}>{inWords(invoice.status)}</Chip>
                                </li>
                            ))}
                        </ul>
                    );
                }}
            </Shown>
        </Panel>
    );
}

const CHANGES: Record<PolicyVersion["kind"], string> = {
    new_business: "Your policy began",
    renewal: "Your policy was renewed",
    correction: "A detail was corrected",
    endorsement: "Your cover was changed",
    cancellation: "Your policy was cancelled",
    reinstatement: "Your policy was reinstated",
};

function History({ id }: { id: string }): ReactNode {
    return (
        <Panel title="What has changed">
            <Shown of={useQuery(versionsQuery(id))}>
                {(found) => (
                    <ol className="timeline">
                        {found.map((version) => (
                            <li key={version.id}>
                                <span>{CHANGES[version.kind]}</span>
                                <time dateTime={version.effectiveAt} className="quiet">
                                    from {dayOf(version.effectiveAt)}
                                </time>
                            </li>
                        ))}
                    </ol>
                )}
            </Shown>
        </Panel>
    );
}

const PAPERS: Record<PolicyDocument["kind"], string> = {
    schedule: "Your schedule",
    endorsement: "Change of your cover",
    cancellation: "Notice of cancellation",
    nonpayment: "Notice of non-payment",
};

function Papers({ id }: { id: string }): ReactNode {
    return (
        <Panel title="Papers">
            <Shown of={useQuery(papersQuery(id))}>
                {(found) =>
                    found.length === 0 ? (
                        <Empty icon="paper" title="No papers yet" />
                    ) : (
                        <Files files={found.map((paper) => ({ ...paper, title: PAPERS[paper.kind], line: momentOf(paper.madeAt) }))} />
                    )
                }
            </Shown>
        </Panel>
    );
}

function Claims({ id }: { id: string }): ReactNode {
    return (
        <Panel title="Claims on this policy">
            <Shown of={useQuery(claimsQuery)}>
                {(found) => {
                    const own = found.filter(({ policyId }) => policyId === id);
                    if (own.length === 0) return <Empty icon="check" title="No claims" />;
                    return (
                        <ul className="rows">
                            {own.map((claim) => (
                                <ClaimRow key={claim.id} claim={claim} />
                            ))}
                        </ul>
                    );
                }}
            </Shown>
        </Panel>
    );
}
