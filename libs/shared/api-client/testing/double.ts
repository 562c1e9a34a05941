/** For tests: a real server on loopback, whose answers a test says one after the other, and that remembers what was asked. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";

export interface Asked {
    method: string;
    path: string;
    headers: IncomingMessage["headers"];
    body: string;
}

export interface Answer {
    status?: number;
    headers?: Record<string, string>;
    data?: unknown;
    errors?: { field: string | null; code: string; message: string }[];
    /** The connection breaks, after the request was read and before it is answered. */
    breaks?: boolean;
    /** Milliseconds until it answers. */
    after?: number;
}

export class Double {
    readonly asked: Asked[] = [];
    readonly #answers: Answer[] = [];
    readonly server: Server;

    private constructor(server: Server) {
        this.server = server;
        server.on("request", (request, response) => void this.#answer(request, response));
    }

    /** What it answers to whatever comes after those. */
    otherwise: (asked: Asked) => Answer = () => ({});

    static async start(): Promise<Double> {
        const double = new Double(createServer());
        await new Promise<void>((ready) => double.server.listen(0, "127.0.0.1", ready));
        return double;
    }

    get url(): string {
        return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
    }

    /** What it answers next, in this order. */
    will(...answers: Answer[]): void {
        this.#answers.push(...answers);
    }

    async stop(): Promise<void> {
        this.server.closeAllConnections();
        await new Promise((ended) => this.server.close(ended));
    }

    async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
        const { method = "", url: path = "", headers } = request;
        const asked = { method, path, headers, body: await text(request) };
        this.asked.push(asked);
        const answer = this.#answers.shift() ?? this.otherwise(asked);
        if (answer.after !== undefined) await new Promise((resolve) => setTimeout(resolve, answer.after));
        if (answer.breaks) return void request.socket.destroy();
        const status = answer.status ?? 200;
        const good = status < 400;
        const envelope = { data: answer.data ?? null, message: good ? "" : "No.", success: good, timestamp: "2026-11-23T13:35:57.123Z" };
        const refusal = good ? {} : { correlationId: "c-1", errors: answer.errors ?? [] };
        response.writeHead(status, { "Content-Type": "application/json", ...answer.headers });
        response.end(status === 204 ? undefined : JSON.stringify({ ...envelope, ...refusal }));
    }
}
