import { VanguardAIApiClient } from "@vanguardai/shared/api-client";
import { deviceToken } from "./between-pages.ts";

declare const __API_URL__: string;

/** The page's one client. */
export const api = new VanguardAIApiClient(__API_URL__ === "" ? window.location.origin : __API_URL__);
api.deviceToken = deviceToken();
