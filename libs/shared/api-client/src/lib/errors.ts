/** What can go wrong with a call, each kind a class of its own: `if (error instanceof StaleError) …`. */

import type { ErrorResponse } from "@vanguardai/shared/types";

export type FieldError = ErrorResponse["errors"][number];

/** What the API refused, and why: `errors` names each field to correct. */
export class VanguardAIApiError extends Error {
    readonly status: number;
    readonly errors: ErrorResponse["errors"];
    readonly correlationId: string | undefined;
    /** Seconds to wait before trying again, where the API names them. */
    readonly retryAfter: number | undefined;

    constructor(status: number, answer: Partial<ErrorResponse>, retryAfter: string | null) {
        super(answer.message ?? `The API answered ${status}.`);
        this.name = new.target.name;
        this.status = status;
        this.errors = answer.errors ?? [];
        this.correlationId = answer.correlationId;
        this.retryAfter = retryAfter === null || Number.isNaN(Number(retryAfter)) ? undefined : Number(retryAfter);
    }

    /** The first error's code: what a program decides by, where messages are for people. */
    get code(): string | undefined {
        return this.errors[0]?.code;
    }

    has(code: string): boolean {
        return this.errors.some((error) => error.code === code);
    }

    /** What is wrong with this field, in words; undefined where nothing is. */
    of(field: string): string | undefined {
        return this.errors.find((error) => error.field === field)?.message;
    }
}

/** 401: wrong credentials, or a log-in that has ended and could not be renewed. `otp_required` asks for a second factor. */
export class UnauthenticatedError extends VanguardAIApiError {}

/** 403: known, and not allowed. `step_up_required` asks for a fresh code (`stepUp`), then the same call again. */
export class NotAllowedError extends VanguardAIApiError {}

/** 404: not there, or not within the caller's reach, which are not told apart. */
export class NotFoundError extends VanguardAIApiError {}

/** 409: a rule stands against it as things are now; `code` says which. */
export class ConflictError extends VanguardAIApiError {}

/** 412: somebody else has changed it since it was read. Read it again, show the difference, and decide. */
export class StaleError extends VanguardAIApiError {}

/** 422: fields that are wrong on their own. */
export class InvalidError extends VanguardAIApiError {}

/** 429: too often, or locked out; `retryAfter` is in seconds. */
export class ThrottledError extends VanguardAIApiError {}

/** 503: the platform or its database is away for a while. */
export class UnavailableError extends VanguardAIApiError {}

/** No answer at all: no network, or the connection broke. What was asked for may have been done, unless it was sent under a key. */
export class NoAnswerError extends Error {
    constructor(cause: unknown) {
        super("The API could not be reached.", { cause });
        this.name = "NoAnswerError";
    }
}

const BY_STATUS: Record<number, typeof VanguardAIApiError> = {
    401: UnauthenticatedError,
    403: NotAllowedError,
    404: NotFoundError,
    409: ConflictError,
    412: StaleError,
    422: InvalidError,
    429: ThrottledError,
    503: UnavailableError,
};

/** The error that a bad answer stands for. */
export async function errorOf(response: Response): Promise<VanguardAIApiError> {
    const kind = BY_STATUS[response.status] ?? VanguardAIApiError;
    return new kind(response.status, await answerOf(response), response.headers.get("Retry-After"));
}

async function answerOf(response: Response): Promise<Partial<ErrorResponse>> {
    try {
        return (await response.json()) as ErrorResponse;
    } catch {
        return {}; // something between us and the API answered in another form
    }
}
