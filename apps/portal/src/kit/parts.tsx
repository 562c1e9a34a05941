/** What the pages are made of. */

import { NoAnswerError, NotFoundError, ThrottledError, VanguardAIApiError } from "@vanguardai/shared/api-client";
import type { Tone } from "@vanguardai/shared/utils";
import type { UseQueryResult } from "@tanstack/react-query";
import { type ComponentProps, type ReactNode, useEffect, useId, useRef } from "react";
import { Link } from "react-router";
import { Icon, type IconName } from "./icons.tsx";

/** The page's head: its title is the document's too, and is where a reader lands after going to another page. */
export function PageHead({ title, lead, back, children }: { title: string; lead?: ReactNode; back?: [string, string]; children?: ReactNode }): ReactNode {
    const heading = useRef<HTMLHeadingElement>(null);
    useEffect(() => {
        document.title = `${title} · Vanguard`;
        heading.current?.focus({ preventScroll: true });
        window.scrollTo(0, 0);
    }, [title]);
    return (
        <header className="page-head">
            {back && (
                <Link className="back" to={back[0]}>
                    <Icon name="left" />
                    {back[1]}
                </Link>
            )}
            <div className="page-title">
                <h1 ref={heading} tabIndex={-1}>
                    {title}
                </h1>
                {children}
            </div>
            {lead !== undefined && <p className="lead">{lead}</p>}
        </header>
    );
}

export function Chip({ tone, children }: { tone: Tone; children: ReactNode }): ReactNode {
    return <span className={`chip chip-${tone}`}>{children}</span>;
}

export function Panel({ title, side, children }: { title: string; side?: ReactNode; children: ReactNode }): ReactNode {
    const id = useId();
    return (
        <section className="panel" aria-labelledby={id}>
            <div className="panel-head">
                <h2 id={id}>{title}</h2>
                {side}
            </div>
            {children}
        </section>
    );
}

export function Facts({ rows }: { rows: [string, ReactNode][] }): ReactNode {
    return (
        <dl className="facts">
            {rows.map(([name, value]) => (
                <div key={name}>
                    <dt>{name}</dt>
                    <dd>{value}</dd>
                </div>
            ))}
        </dl>
    );
}

export function Notice({ tone, title, children, icon = "alert" }: { tone: Tone; title?: string; children?: ReactNode; icon?: IconName }): ReactNode {
    return (
        <div className={`notice notice-${tone}`} role={tone === "bad" ? "alert" : "status"}>
            <Icon name={icon} />
            <div>
                {title !== undefined && <strong>{title}</strong>}
                {children !== undefined && <div>{children}</div>}
            </div>
        </div>
    );
}

export function Empty({ icon, title, children }: { icon: IconName; title: string; children?: ReactNode }): ReactNode {
    return (
        <div className="empty">
            <Icon name={icon} />
            <p className="empty-title">{title}</p>
            {children}
        </div>
    );
}

export function Loading({ lines = 3 }: { lines?: number }): ReactNode {
    return (
        <div className="loading" role="status">
            <span className="unseen">Loading…</span>
            {Array.from({ length: lines }, (_, line) => (
                <span className="bone" key={line} aria-hidden="true" />
            ))}
        </div>
    );
}

/** An error in words that help: what it means, and what to do. */
export function wordsOf(error: unknown): string {
    if (error instanceof NoAnswerError) return "We cannot be reached just now. Check your connection; nothing of what you wrote is lost.";
    if (error instanceof ThrottledError) {
        const minutes = Math.ceil((error.retryAfter ?? 60) / 60);
        return `That was too often in a short time. Please try again in ${minutes === 1 ? "a minute" : `${minutes} minutes`}.`;
    }
    if (error instanceof NotFoundError) return "There is nothing here that belongs to you. It may have been removed.";
    if (error instanceof VanguardAIApiError && error.status < 500) return error.errors[0]?.message ?? error.message;
    return "Something went wrong on our side. Please try again in a moment.";
}

/** What the API says of one field of a form, to be shown at it; undefined where nothing is wrong with it. */
export function refusalOf(error: unknown, field: string): string | undefined {
    return error instanceof VanguardAIApiError && error.status < 500 ? error.of(field) : undefined;
}

/** What went wrong. `labels` are those of the form's fields, by the API's names: what is about one of them names it. */
export function Problem({ error, again, labels = {} }: { error: unknown; again?: () => void; labels?: Record<string, string> }): ReactNode {
    const named = error instanceof VanguardAIApiError && error.status < 500 ? error.errors.filter(({ field }) => field in labels) : [];
    const number = error instanceof VanguardAIApiError && error.status >= 500 ? error.correlationId : undefined;
    return (
        <Notice tone="bad">
            {named.length === 0 ? (
                <p>{wordsOf(error)}</p>
            ) : (
                named.map(({ field, message }) => (
                    <p key={`${field}${message}`}>
                        {labels[field]}: {message}
                    </p>
                ))
            )}
            {number !== undefined && <p className="quiet">If you call us about it, please name {number}.</p>}
            {again && (
                <button type="button" className="button button-quiet" onClick={again}>
                    Try again
                </button>
            )}
        </Notice>
    );
}

/** What was read, or that it is coming, or why it did not. */
export function Shown<T>({ of, lines, children }: { of: UseQueryResult<T>; lines?: number; children: (data: T) => ReactNode }): ReactNode {
    if (of.data !== undefined) return children(of.data);
    if (of.error !== null) return <Problem error={of.error} again={() => void of.refetch()} />;
    return <Loading {...(lines !== undefined && { lines })} />;
}

interface Labelled {
    label: string;
    hint?: string;
    problem?: string | undefined;
}

export function Field({ label, hint, problem, ...input }: Labelled & ComponentProps<"input">): ReactNode {
    return <Labels {...{ label, hint, problem }}>{(ids) => <input {...input} {...ids} />}</Labels>;
}

export function TextField({ label, hint, problem, ...area }: Labelled & ComponentProps<"textarea">): ReactNode {
    return <Labels {...{ label, hint, problem }}>{(ids) => <textarea rows={5} {...area} {...ids} />}</Labels>;
}

export function Choice({ label, hint, problem, children, ...select }: Labelled & ComponentProps<"select">): ReactNode {
    return (
        <Labels {...{ label, hint, problem }}>
            {(ids) => (
                <select {...select} {...ids}>
                    {children}
                </select>
            )}
        </Labels>
    );
}

interface Ids {
    id: string;
    "aria-invalid"?: true;
    "aria-describedby"?: string;
}

function Labels({ label, hint, problem, children }: { label: string; hint: string | undefined; problem: string | undefined; children: (ids: Ids) => ReactNode }): ReactNode {
    const id = useId();
    const described = [hint !== undefined && `${id}h`, problem !== undefined && `${id}p`].filter(Boolean).join(" ");
    return (
        <div className="field">
            <label htmlFor={id}>{label}</label>
            {hint !== undefined && (
                <p className="hint" id={`${id}h`}>
                    {hint}
                </p>
            )}
            {children({ id, ...(problem !== undefined && { "aria-invalid": true }), ...(described !== "" && { "aria-describedby": described }) })}
            {problem !== undefined && (
                <p className="wrong" id={`${id}p`}>
                    <Icon name="alert" />
                    {problem}
                </p>
            )}
        </div>
    );
}

export function Submit({ busy, children }: { busy: boolean; children: ReactNode }): ReactNode {
    return (
        <button type="submit" className="button" disabled={busy} aria-busy={busy}>
            {busy ? "One moment…" : children}
        </button>
    );
}
