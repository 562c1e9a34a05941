import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { type WebSocket, WebSocketServer } from "ws";
import type { AddressInfo } from "node:net";
import { follow, type LiveEvent, type Subscription } from "./events.ts";

let server: WebSocketServer;
let address: string;
let subscription: Subscription | undefined;
let told: LiveEvent[];

beforeEach(async () => {
    server = new WebSocketServer({ port: 0, host: "127.0.0.1", handleProtocols: () => "bearer" });
    await new Promise((ready) => server.once("listening", ready));
    address = `ws://127.0.0.1:${(server.address() as AddressInfo).port}/ws/claims`;
    told = [];
});

afterEach(async () => {
    subscription?.close();
    vi.restoreAllMocks();
    for (const socket of server.clients) socket.terminate();
    await new Promise((ended) => server.close(ended));
});

const connection = (): Promise<[WebSocket, string | undefined]> =>
    new Promise((opened) => server.once("connection", (socket, request) => opened([socket, request.headers["sec-websocket-protocol"]])));
const approved: LiveEvent = {
    type: "claim.approved",
    claimId: "c",
    at: "2026-11-23T13:35:57.123Z",
    data: { claimNumber: "CLM-2026-000123", claimType: "fire", status: "approved", stage: "approved", amount: 4000 },
};

test("events come as they happen, to whom the token belongs", async () => {
    const first = connection();
    subscription = follow(address, (event) => told.push(event), () => Promise.resolve("a-token"), () => Promise.reject(new Error("no")));
    const [socket, protocol] = await first;
    expect(protocol).toBe("bearer, a-token");
    socket.send(JSON.stringify(approved));
    await vi.waitFor(() => expect(told).toEqual([approved]));
});

test("a lost connection is made again, and what may have been missed is told", async () => {
    vi.spyOn(Math, "random").mockReturnValue(0);
    const first = connection();
    subscription = follow(address, (event) => told.push(event), () => Promise.resolve("a-token"), () => Promise.reject(new Error("no")));
    const [socket] = await first;
    const second = connection();
    socket.close(1012);
    await second;
    await vi.waitFor(() => expect(told.map(({ type }) => type)).toEqual(["events.missed"]));
});

test("where the log-in has ended it is renewed first, and where it cannot be, it is over", async () => {
    vi.spyOn(Math, "random").mockReturnValue(0);
    let token = "old";
    let renewals = 0;
    const renew = (): Promise<void> => {
        renewals += 1;
        if (renewals > 1) return Promise.reject(new Error("the log-in has ended"));
        token = "fresh";
        return Promise.resolve();
    };
    const first = connection();
    subscription = follow(address, (event) => told.push(event), () => Promise.resolve(token), renew);
    const [socket] = await first;
    const second = connection();
    socket.close(4401);
    const [again, protocol] = await second;
    expect(protocol).toBe("bearer, fresh");
    const third = vi.fn();
    server.on("connection", third);
    again.close(4401);
    await vi.waitFor(() => expect(renewals).toBe(2));
    await new Promise((resolve) => setTimeout(resolve, 600));
    expect(third).not.toHaveBeenCalled();
});

test("a subscription that is closed does not come again, nor does a client's mistake", async () => {
    const first = connection();
    subscription = follow(address, (event) => told.push(event), () => Promise.resolve("t"), () => Promise.reject(new Error("no")));
    await first;
    const again = vi.fn();
    server.on("connection", again);
    subscription.close();
    await vi.waitFor(() => expect(server.clients.size).toBe(0));
    expect(again).not.toHaveBeenCalled();
});
