/**
 * Live events: what happens to claims, as it happens. See docs/live.md for the messages and close codes.
 * They are hints and none is kept: read what you show when you begin, and again at `events.missed`.
 */

import type { Claim } from "@vanguardai/shared/types";

export type ClaimEventType =
    | "claim.filed"
    | "claim.assigned"
    | "claim.released"
    | "claim.triaged"
    | "claim.started"
    | "claim.stage_changed"
    | "claim.approval_proposed"
    | "claim.approval_withdrawn"
    | "claim.approved"
    | "claim.denied"
    | "claim.appealed"
    | "claim.appeal_decided"
    | "claim.information_requested"
    | "claim.information_received"
    | "claim.letter_sent"
    | "claim.payment_requested"
    | "claim.paid"
    | "claim.closed"
    | "claim.reopened"
    | "claim.reserved"
    | "claim.recovered"
    | "claim.changed"
    | "claim.noted"
    | "claim.diary_changed"
    | "claim.documented"
    | "claim.removed";

export interface ClaimEvent {
    type: ClaimEventType;
    claimId: string;
    at: string;
    /** `amount` is what the step was about; `actorId` is told to staff only. */
    data: { claimNumber: string; claimType: string; status: Claim["status"]; stage: Claim["stage"]; amount: number | null; actorId?: string | null };
}

/** Some events may not have come: also told after each connection that had been lost. */
export interface MissedEvents {
    type: "events.missed";
    claimId: null;
    at: string;
    data: Record<string, never>;
}

export type LiveEvent = ClaimEvent | MissedEvents;

export interface Subscription {
    close(): void;
}

/** Codes after which nothing is better by coming again: the end that was asked for, and mistakes of the client. */
const FINAL = [1000, 1008, 1009];
const LOG_IN_ENDED = 4401;
const RESTART = 1012;
const PING_MS = 30_000;
const SILENCE_MS = 10_000;
const LONGEST_MS = 30_000;

/**
 * Listens at `address` until it is closed, and comes again after a lost connection, by and by and never in step with others.
 * `token` is asked before each connection, `renew` when the log-in has ended; where `renew` fails, it is over.
 */
export function follow(
    address: string,
    listener: (event: LiveEvent) => void,
    token: () => Promise<string | undefined>,
    renew: () => Promise<unknown>,
): Subscription {
    let socket: WebSocket | undefined;
    let over = false;
    let tries = 0;
    let lost = false;
    let timer: ReturnType<typeof setTimeout> | undefined;

    const open = async (): Promise<void> => {
        const bearer = await token().catch(() => undefined); // without a network: the connection fails too, and is tried again
        if (over) return;
        const opened = new WebSocket(address, ["bearer", bearer ?? ""]);
        let pings: ReturnType<typeof setInterval> | undefined;
        let silence: ReturnType<typeof setTimeout> | undefined;
        socket = opened;
        opened.addEventListener("open", () => {
            tries = 0;
            if (lost) listener({ type: "events.missed", claimId: null, at: new Date().toISOString(), data: {} });
            pings = setInterval(() => {
                opened.send("ping");
                silence = setTimeout(() => opened.close(4000), SILENCE_MS);
            }, PING_MS);
        });
        opened.addEventListener("message", ({ data }) => {
            clearTimeout(silence);
            const told = JSON.parse(String(data)) as LiveEvent | { type: "pong" };
            if (told.type !== "pong") listener(told);
        });
        opened.addEventListener("close", ({ code }) => {
            clearInterval(pings);
            clearTimeout(silence);
            if (!over && !FINAL.includes(code)) void again(code);
        });
    };
    const again = async (code: number): Promise<void> => {
        lost = true;
        // A refused handshake is seen as 1006, whatever it was refused for: the second time the log-in may be what is wrong.
        if (code === LOG_IN_ENDED || (code === 1006 && tries === 1)) {
            try {
                await renew();
            } catch {
                if (code === LOG_IN_ENDED) return;
            }
        }
        const wait = code === RESTART ? 3000 * Math.random() : Math.min(LONGEST_MS, 500 * 2 ** tries) * (0.5 + Math.random());
        tries += 1;
        timer = setTimeout(() => void open(), wait);
    };
    void open();
    return {
        close: () => {
            over = true;
            clearTimeout(timer);
            socket?.close(1000);
        },
    };
}
