import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Double } from "../../testing/double.ts";
import {
    ConflictError,
    each,
    InvalidError,
    NoAnswerError,
    NotAllowedError,
    NotFoundError,
    StaleError,
    ThrottledError,
    UnauthenticatedError,
    UnavailableError,
    VanguardAIApiClient,
    VanguardAIApiError,
} from "../index.ts";

let api: Double;
let client: VanguardAIApiClient;

beforeEach(async () => {
    api = await Double.start();
    client = new VanguardAIApiClient(`${api.url}/api/`, "a-token");
});

afterEach(() => api.stop());

const tokens = (name: string, expiresIn = 1800) => ({
    data: { accessToken: `access-${name}`, refreshToken: `refresh-${name}`, tokenType: "bearer", expiresIn },
});
const notice = { policyId: "p", claimType: "theft", claimAmount: 0.1 + 0.2, incidentDate: "2026-01-01T00:00:00Z" };

describe("an answer", () => {
    test("is the envelope's data", async () => {
        api.will({ data: { id: "1" } });
        expect(await client.getPolicy("1")).toEqual({ id: "1" });
        expect(api.asked[0]).toMatchObject({ method: "GET", path: "/api/policies/1", headers: { authorization: "Bearer a-token" } });
    });

    test("of a list is asked for by page and size, ten where nothing is said", async () => {
        await client.getPolicies();
        await client.getClaims(2, 50, { status: "pending", q: undefined });
        expect(api.asked.map(({ path }) => path)).toEqual(["/api/policies?page=1&page_size=10", "/api/claims?page=2&page_size=50&status=pending"]);
    });

    test("is asked for at an address that an id cannot leave", async () => {
        await client.getPolicy("../claims?x=1");
        expect(api.asked[0]?.path).toBe("/api/policies/..%2Fclaims%3Fx%3D1");
    });

    test("is exact to the cent on the way in: what binary sums add is taken off, a real third decimal is not", async () => {
        await client.createClaim(notice);
        await client.createClaim({ ...notice, claimAmount: 0.125 });
        expect(api.asked.map(({ body }) => (JSON.parse(body) as { claimAmount: number }).claimAmount)).toEqual([0.3, 0.125]);
    });
});

describe("a refusal", () => {
    test.each([
        [401, UnauthenticatedError],
        [403, NotAllowedError],
        [404, NotFoundError],
        [409, ConflictError],
        [412, StaleError],
        [422, InvalidError],
        [429, ThrottledError],
        [500, VanguardAIApiError],
    ])("of status %i has a class of its own", async (status, kind) => {
        api.will({ status });
        const error = await client.getMe().catch((refused: unknown) => refused);
        expect(error).toBeInstanceOf(kind);
        expect(error).toMatchObject({ status, correlationId: "c-1", name: kind.name, message: "No." });
    });

    test("names each field, by code and in words", async () => {
        api.will({ status: 422, errors: [{ field: "endDate", code: "before_start", message: "It ends before it starts." }] });
        const error = await client.createClaim(notice).catch((refused: unknown) => refused as InvalidError);
        expect(error).toBeInstanceOf(InvalidError);
        expect([(error as InvalidError).code, (error as InvalidError).of("endDate"), (error as InvalidError).of("id")]).toEqual([
            "before_start",
            "It ends before it starts.",
            undefined,
        ]);
    });

    test("says how long to wait, and is not tried again behind the caller's back", async () => {
        api.will({ status: 429, headers: { "Retry-After": "17" } });
        await expect(client.getPolicies()).rejects.toMatchObject({ name: "ThrottledError", retryAfter: 17 });
        expect(api.asked).toHaveLength(1);
    });

    test("in another form than the API's is one all the same", async () => {
        api.server.removeAllListeners("request").on("request", (_, response) => response.writeHead(502).end("<html>Bad gateway</html>"));
        await expect(client.getPolicies()).rejects.toMatchObject({ status: 502, errors: [], message: "The API answered 502." });
    });
});

describe("a broken connection", () => {
    test("is tried again under the same key and with the same body, so that it is done once", async () => {
        api.will({ breaks: true }, { status: 201, data: { id: "c" } });
        expect(await client.createClaim(notice)).toEqual({ id: "c" });
        const [first, second] = api.asked;
        expect(first?.headers["idempotency-key"]).toMatch(/^[0-9a-f-]{36}$/);
        expect(second).toMatchObject({ body: first?.body, headers: { "idempotency-key": first?.headers["idempotency-key"] } });
    });

    test("is tried again with the very same form, whose boundary would otherwise make it another body", async () => {
        api.will({ breaks: true }, { status: 201, data: { id: "d" } });
        await client.attachDocument("c", new File(["a photo"], "roof.jpg", { type: "image/jpeg" }), "photo");
        const [first, second] = api.asked;
        expect(first?.body).toContain('filename="roof.jpg"');
        expect(second).toMatchObject({ body: first?.body, headers: { "content-type": first?.headers["content-type"] } });
    });

    test("is told as such after three tries", async () => {
        api.will({ breaks: true }, { breaks: true }, { breaks: true });
        await expect(client.getPolicies()).rejects.toBeInstanceOf(NoAnswerError);
        expect(api.asked).toHaveLength(3);
    });

    test("ends a call without a key at once: nobody knows whether it was done", async () => {
        api.will({ breaks: true });
        await expect(client.logIn("rosa@example.com", "secret")).rejects.toBeInstanceOf(NoAnswerError);
        expect(api.asked).toHaveLength(1);
    });

    test("is like an API that is away for a moment", async () => {
        api.will({ status: 503, headers: { "Retry-After": "0" } }, { data: [] });
        await client.getClocks("c");
        api.will({ status: 503, headers: { "Retry-After": "60" } });
        await expect(client.getClocks("c")).rejects.toBeInstanceOf(UnavailableError);
        expect(api.asked).toHaveLength(3);
    });
});

test("a key of one's own goes with the call, and other calls have theirs", async () => {
    const resumed = client.with({ idempotencyKey: "draft-7" });
    await resumed.createClaim(notice);
    await client.createClaim(notice);
    expect(api.asked[0]?.headers["idempotency-key"]).toBe("draft-7");
    expect(api.asked[1]?.headers["idempotency-key"]).not.toBe("draft-7");
});

test("a signal ends the call, and the waiting for another try", async () => {
    api.will({ after: 5000 });
    const first = new AbortController();
    const call = client.with({ signal: first.signal }).getPolicies();
    setTimeout(() => first.abort(), 30);
    await expect(call).rejects.toMatchObject({ name: "AbortError" });
    api.will({ status: 503, headers: { "Retry-After": "4" } });
    const waiting = client.with({ signal: AbortSignal.timeout(200) }).getPolicies();
    await expect(waiting).rejects.toMatchObject({ name: "TimeoutError" });
});

describe("tokens", () => {
    const logIn = async (expiresIn?: number): Promise<void> => {
        api.will(tokens("1", expiresIn));
        await client.logIn("rosa@example.com", "secret", "123456");
        api.asked.length = 0;
    };

    test("are renewed once, however many calls were refused at the same moment", async () => {
        await logIn();
        api.otherwise = ({ path, headers }) => {
            if (path === "/api/auth/refresh") return { ...tokens("2"), after: 50 };
            if (headers.authorization === "Bearer access-2") return {};
            return { status: 401, after: path === "/api/auth/me" ? 200 : 0 }; // one of them is told long after
        };
        await Promise.all([client.getMe(), client.getPolicies(), client.getClaims()]);
        expect(api.asked.filter(({ path }) => path === "/api/auth/refresh").map(({ body }) => body)).toEqual(['{"refreshToken":"refresh-1"}']);
        expect(api.asked.slice(-3).map(({ headers }) => headers.authorization)).toEqual(Array(3).fill("Bearer access-2"));
    });

    test("are renewed before they run out", async () => {
        await logIn(10);
        api.will(tokens("2"));
        await client.getMe();
        expect(api.asked.map(({ path, headers }) => [path, headers.authorization])).toEqual([
            ["/api/auth/refresh", undefined],
            ["/api/auth/me", "Bearer access-2"],
        ]);
    });

    test("that cannot be renewed end the log-in, which is told", async () => {
        await logIn();
        const told: (string | undefined)[] = [];
        client.watchTokens((now) => told.push(now?.accessToken));
        api.will({ status: 401 }, { status: 401 });
        await expect(client.getMe()).rejects.toBeInstanceOf(UnauthenticatedError);
        expect(told).toEqual([undefined]);
        await client.getPolicies();
        expect(api.asked.at(-1)?.headers.authorization).toBeUndefined();
    });

    test("are not what a wrong password is about: nothing is tried again that counts towards the lock", async () => {
        await logIn();
        api.will({ status: 401, errors: [{ field: null, code: "wrong", message: "" }] });
        await expect(client.changePassword("guess", "another")).rejects.toBeInstanceOf(UnauthenticatedError);
        api.will({ status: 401 });
        await expect(client.stepUp("000000")).rejects.toBeInstanceOf(UnauthenticatedError);
        expect(api.asked.map(({ path }) => path)).toEqual(["/api/auth/password", "/api/auth/step-up"]);
    });

    test("come back after a reload by the refresh token", async () => {
        api.will(tokens("3"));
        const reloaded = new VanguardAIApiClient(api.url);
        await reloaded.refresh("refresh-2");
        await reloaded.getMe();
        expect(api.asked.at(-1)?.headers.authorization).toBe("Bearer access-3");
    });

    test("of the device go with the next log-in, and nowhere else", async () => {
        api.will({ data: { ...tokens("1").data, deviceToken: "device" } }, {}, tokens("2"));
        await client.logIn("rosa@example.com", "secret");
        await client.getMe();
        await client.logIn("rosa@example.com", "secret");
        expect(api.asked.map(({ headers }) => headers["x-device-token"])).toEqual([undefined, undefined, "device"]);
    });

    test("are forgotten with the log-out", async () => {
        await logIn();
        api.will({ status: 204 });
        await client.logOut();
        await client.getPolicies();
        expect(api.asked[0]?.body).toBe('{"refreshToken":"refresh-1"}');
        expect(api.asked[1]?.headers.authorization).toBeUndefined();
    });
});

describe("a change", () => {
    test("says which version it is based on: the one that was read last", async () => {
        api.will({ data: {}, headers: { ETag: '"7"' } }, { data: {}, headers: { ETag: '"8"' } });
        await client.getClaim("c");
        await client.updateClaim("c", { description: "Glass" });
        await client.updateClaim("c", { description: "Glass and lock" });
        expect(api.asked.map(({ headers }) => headers["if-match"])).toEqual([undefined, '"7"', '"8"']);
    });

    test("of what was not read yet reads it first; a command's answer is a version too", async () => {
        api.will({ data: {}, headers: { ETag: '"1"' } });
        await client.updateClaim("c", { description: "Glass" });
        api.will({ data: {}, headers: { ETag: '"4"' } });
        await client.startClaim("c");
        await client.deleteClaim("c");
        expect(api.asked.map(({ method, headers }) => [method, headers["if-match"]])).toEqual([
            ["GET", undefined],
            ["PATCH", '"1"'],
            ["POST", undefined],
            ["DELETE", '"4"'],
        ]);
    });
});

test("a list is walked by its cursor, a page at a time, no further than it is read", async () => {
    const page = (data: number[], nextCursor: string | null) => ({ data: { data, nextCursor, total: 5, page: 1, pageSize: 2, totalPages: 3 } });
    api.will(page([1, 2], "two"), page([3, 4], "three"), page([5], null));
    const numbers = each((...where) => client.getClaims(...where), { status: "pending" }, 2);
    expect((await numbers.next()).value).toBe(1);
    expect(api.asked).toHaveLength(1);
    const rest: unknown[] = [];
    for await (const number of numbers) rest.push(number);
    expect(rest).toEqual([2, 3, 4, 5]);
    expect(api.asked.map(({ path }) => path)).toEqual([
        "/api/claims?page=1&page_size=2&status=pending",
        "/api/claims?page_size=2&status=pending&cursor=two",
        "/api/claims?page_size=2&status=pending&cursor=three",
    ]);
});
