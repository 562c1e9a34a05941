/** Lists from the first to the last, a page at a time and only as far as they are read. */

import type { PaginatedResponse } from "@vanguardai/shared/types";

export type Query = Record<string, string | number | boolean | undefined>;

/** Filters, `sort`, `q`, or a `cursor` (an earlier page's `nextCursor`) in place of the page's number. */
export type ListOptions = Query;

export type ListCall<T> = (page: number, pageSize: number, options: ListOptions) => Promise<PaginatedResponse<T>>;

/**
 * Each one of a list, by its cursor: none comes twice and none is left out while others are added.
 *
 *     for await (const policy of each((...page) => client.getPolicies(...page), { status: "active" })) …
 */
export async function* each<T>(list: ListCall<T>, options: ListOptions = {}, pageSize = 100): AsyncGenerator<T, void, undefined> {
    let more: ListOptions | undefined = options;
    while (more !== undefined) {
        const page: PaginatedResponse<T> = await list(1, pageSize, more);
        yield* page.data;
        more = page.nextCursor ? { ...options, cursor: page.nextCursor } : undefined;
    }
}

export function queryString(query: Query): string {
    const given = Object.entries(query).filter(([, value]) => value !== undefined);
    const text = new URLSearchParams(given.map(([name, value]) => [name, String(value)])).toString();
    return text === "" ? "" : `?${text}`;
}
