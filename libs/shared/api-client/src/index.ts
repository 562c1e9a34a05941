export * from "./lib/generated-client.ts";
