/** How the client speaks: tokens and their renewal, keys against doing twice, versions against overwriting, and trying again. */

import type { ApiResponse, Tokens } from "@vanguardai/shared/types";
import { errorOf, NoAnswerError, UnauthenticatedError, UnavailableError } from "./errors.ts";

export type Method = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";

export interface CallOptions {
    /** Ends the call: it rejects with the signal's reason. What had reached the API by then may be done all the same. */
    signal?: AbortSignal;
    /** The same key again (also after a reload) gives the first answer again, for 24 hours. Each call has its own where none is given. */
    idempotencyKey?: string;
}

/** Told of each new pair of tokens, and with undefined when the log-in is over. */
export type TokenListener = (tokens: Tokens | undefined) => void;

const TRIES = 3;
const FIRST_WAIT_MS = 300;
const LONGEST_WAIT_S = 5;
/** An access token is renewed this long before it runs out, so that no upload is sent in vain. */
const AHEAD_MS = 30_000;
const WITHOUT_TOKEN = ["/api/auth/token", "/api/auth/refresh", "/api/auth/password/forgot", "/api/auth/password/reset"];
/** Where 401 is about what was sent (a wrong password or code, which counts towards the lock), not about the token. */
const ABOUT_CREDENTIALS = [...WITHOUT_TOKEN, "/api/auth/password", "/api/auth/step-up"];

export class Transport {
    readonly base: string;
    /** What an earlier log-in on this device left: whoever sends it is not locked out by others' failures. */
    deviceToken: string | undefined;
    #token: string | undefined;
    #refreshToken: string | undefined;
    #goodUntil = Infinity;
    #renewal: Promise<Tokens> | undefined;
    readonly #listeners = new Set<TokenListener>();
    /** The version of each object that was read or written last: what a change of it says it is based on. */
    readonly #etags = new Map<string, string>();

    constructor(baseUrl: string, token?: string) {
        this.base = baseUrl.replace(/\/+$/, "").replace(/\/api$/, "");
        this.#token = token;
    }

    get refreshToken(): string | undefined {
        return this.#refreshToken;
    }

    /** An access token that is good for a while yet, where there is one. */
    async token(): Promise<string | undefined> {
        if (this.#refreshToken !== undefined && Date.now() > this.#goodUntil - AHEAD_MS) await this.renew();
        return this.#token;
    }

    watch(listener: TokenListener): () => void {
        this.#listeners.add(listener);
        return () => this.#listeners.delete(listener);
    }

    keep(tokens: Tokens): Tokens {
        this.#token = tokens.accessToken;
        this.#refreshToken = tokens.refreshToken;
        this.#goodUntil = Date.now() + tokens.expiresIn * 1000;
        this.deviceToken = tokens.deviceToken ?? this.deviceToken;
        for (const listener of this.#listeners) listener(tokens);
        return tokens;
    }

    forget(): void {
        this.#token = this.#refreshToken = undefined;
        this.#goodUntil = Infinity;
        this.#etags.clear();
        for (const listener of this.#listeners) listener(undefined);
    }

    /** One at a time: a refresh token works once, and its second use ends the log-in. */
    renew(refreshToken = this.#refreshToken): Promise<Tokens> {
        this.#renewal ??= this.#renew(refreshToken).finally(() => (this.#renewal = undefined));
        return this.#renewal;
    }

    async #renew(refreshToken: string | undefined): Promise<Tokens> {
        try {
            return this.keep(await this.send<Tokens>("POST", "/api/auth/refresh", { refreshToken }));
        } catch (error) {
            if (error instanceof UnauthenticatedError) this.forget();
            throw error;
        }
    }

    /** The `data` of the answer; a PUT, PATCH or DELETE says which version it is based on. */
    async send<T>(method: Method, path: string, body?: object, call: CallOptions = {}, key?: string): Promise<T> {
        const headers: Record<string, string> = { Accept: "application/json" };
        if (key !== undefined) headers["Idempotency-Key"] = key;
        if (path === "/api/auth/token" && this.deviceToken !== undefined) headers["X-Device-Token"] = this.deviceToken;
        if (method === "PUT" || method === "PATCH" || method === "DELETE") headers["If-Match"] = await this.#version(path, call);
        const response = await this.fetch(method, path, headers, body, call);
        this.#remember(method, path, response);
        if (response.status === 204) return undefined as T;
        return ((await response.json()) as ApiResponse<T>).data;
    }

    async fetch(method: Method, path: string, headers: Record<string, string>, body?: object, call: CallOptions = {}): Promise<Response> {
        const request: RequestInit = { method, headers, ...(call.signal && { signal: call.signal }), ...(await encoded(body, headers)) };
        // Only what is done once however often it is sent.
        const tries = method === "GET" || "Idempotency-Key" in headers ? TRIES : 1;
        for (let attempt = 1; ; attempt += 1) {
            try {
                return await this.#renewedFetch(path, request);
            } catch (error) {
                if (attempt === tries || !mayPass(error)) throw error;
                await pause(error, attempt, call.signal);
            }
        }
    }

    /** Where the access token was refused, once more with a fresh one: another call's, if that has renewed it meanwhile. */
    async #renewedFetch(path: string, request: RequestInit): Promise<Response> {
        const token = WITHOUT_TOKEN.includes(path) ? undefined : await this.token();
        try {
            return await this.#onceFetch(path, request, token);
        } catch (error) {
            const renewable = error instanceof UnauthenticatedError && this.#refreshToken !== undefined && !ABOUT_CREDENTIALS.includes(path);
            if (!renewable) throw error;
            if (this.#token === token) await this.renew();
            return this.#onceFetch(path, request, this.#token);
        }
    }

    async #onceFetch(path: string, request: RequestInit, token: string | undefined): Promise<Response> {
        const headers = { ...(request.headers as Record<string, string>), ...(token !== undefined && { Authorization: `Bearer ${token}` }) };
        let response: Response;
        try {
            response = await fetch(this.base + path, { ...request, headers });
        } catch (error) {
            if (request.signal?.aborted) throw error;
            throw new NoAnswerError(error);
        }
        if (!response.ok) throw await errorOf(response);
        return response;
    }

    /** The ETag of the object at `path`: the one that was read last, or else it is read now. */
    async #version(path: string, call: CallOptions): Promise<string> {
        if (!this.#etags.has(path)) await this.send("GET", path, undefined, call);
        return this.#etags.get(path) ?? "";
    }

    #remember(method: Method, path: string, response: Response): void {
        const etag = response.headers.get("ETag");
        // A created object has an address of its own; a command stands below the object that it changes.
        const address = response.headers.get("Location") ?? (method === "POST" ? path.replace(/\/[^/]+$/, "") : path);
        if (method === "DELETE") this.#etags.delete(path);
        else if (etag !== null) this.#etags.set(address, etag);
    }
}

/** The body as it is sent each time. A form is written out once: another boundary would be another body under the same key. */
async function encoded(body: object | undefined, headers: Record<string, string>): Promise<{ body?: BodyInit }> {
    if (body === undefined) return {};
    if (!(body instanceof FormData)) {
        headers["Content-Type"] = "application/json";
        return { body: JSON.stringify(body, inCents) };
    }
    const form = new Response(body);
    headers["Content-Type"] = form.headers.get("Content-Type") ?? "multipart/form-data";
    return { body: await form.arrayBuffer() };
}

function mayPass(error: unknown): boolean {
    return error instanceof NoAnswerError || (error instanceof UnavailableError && (error.retryAfter ?? 0) <= LONGEST_WAIT_S);
}

async function pause(error: unknown, attempt: number, signal: AbortSignal | undefined): Promise<void> {
    const told = error instanceof UnavailableError ? (error.retryAfter ?? 0) * 1000 : 0;
    const wait = told + FIRST_WAIT_MS * 2 ** (attempt - 1) * (0.5 + Math.random());
    await new Promise<void>((resolve, reject) => {
        const timer = setTimeout(resolve, wait);
        signal?.addEventListener("abort", () => (clearTimeout(timer), reject(signal.reason as Error)), { once: true });
    });
}

/** 0.1 + 0.2 is 0.30000000000000004 in JavaScript. What binary sums add to an amount is taken off; a real third decimal is not. */
function inCents(name: string, value: unknown): unknown {
    if (typeof value !== "number" || !/amount$/i.test(name)) return value;
    const cents = Number(value.toFixed(2));
    const noise = Math.max(1e-9, Math.abs(value) * 2 * Number.EPSILON);
    return Math.abs(value - cents) <= noise ? cents : value;
}
