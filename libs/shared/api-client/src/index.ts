export * from "./lib/errors.ts";
export * from "./lib/events.ts";
export * from "./lib/generated-client.ts";
export { each, type ListCall, type ListOptions } from "./lib/paging.ts";
export type { CallOptions, TokenListener } from "./lib/transport.ts";
