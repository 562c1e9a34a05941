import { UnauthenticatedError, type VanguardAIApiClient } from "@vanguardai/shared/api-client";
import type { Profile } from "@vanguardai/shared/types";

/** The log-in that the page before left. Its token is given up when it was renewed or refused, not when nobody could say. */
export class Resumed {
    readonly #api: Pick<VanguardAIApiClient, "refresh" | "refreshToken" | "getMe">;
    #token: string | undefined;
    #asking: Promise<Profile | undefined> | undefined;

    constructor(api: Pick<VanguardAIApiClient, "refresh" | "refreshToken" | "getMe">, token: string | undefined) {
        this.#api = api;
        this.#token = token;
    }

    /** What a page that comes after this one has to be left, as long as it is not renewed. */
    get token(): string | undefined {
        return this.#token;
    }

    /** Whose log-in it is; undefined where there is none, or it has ended. Rejects where that cannot be known now, and may be asked again. */
    profile(): Promise<Profile | undefined> {
        // One at a time, whoever asks: a refresh token works once.
        this.#asking ??= this.#ask().finally(() => (this.#asking = undefined));
        return this.#asking;
    }

    giveUp(): void {
        this.#token = undefined;
    }

    async #ask(): Promise<Profile | undefined> {
        try {
            if (this.#token !== undefined) await this.#api.refresh(this.#token);
            this.#token = undefined;
            return this.#api.refreshToken === undefined ? undefined : await this.#api.getMe();
        } catch (error) {
            if (!(error instanceof UnauthenticatedError)) throw error;
            this.#token = undefined;
            return undefined;
        }
    }
}
