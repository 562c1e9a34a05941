export * from "./lib/money.ts";
export * from "./lib/time.ts";
export * from "./lib/words.ts";
