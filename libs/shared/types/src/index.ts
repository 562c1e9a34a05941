export type * from "./lib/api.ts";
