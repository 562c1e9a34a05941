export * from "./lib/events.ts";
export * from "./lib/generated-client.ts";
