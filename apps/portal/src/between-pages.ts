/**
 * What outlives a reload of this tab and nothing else: the refresh token, and a claim that is being written. Session storage, so it ends
 * with the tab; and the token is there only while no page is (docs/decisions/0143).
 */

const TOKEN = "vanguard.refresh";
const DEVICE = "vanguard.device";

/** Takes the refresh token that the page before left, so that a copy of the tab finds none. */
export function takeRefreshToken(): string | undefined {
    const token = sessionStorage.getItem(TOKEN) ?? undefined;
    sessionStorage.removeItem(TOKEN);
    return token;
}

/** Leaves the token to the page that comes after this one. A page that comes back out of the browser's cache takes it again. */
export function leaveRefreshToken(token: () => string | undefined): () => void {
    const leave = (): void => {
        const now = token();
        if (now !== undefined) sessionStorage.setItem(TOKEN, now);
    };
    const takeBack = (event: PageTransitionEvent): void => {
        if (event.persisted) sessionStorage.removeItem(TOKEN);
    };
    window.addEventListener("pagehide", leave);
    window.addEventListener("pageshow", takeBack);
    return () => {
        window.removeEventListener("pagehide", leave);
        window.removeEventListener("pageshow", takeBack);
    };
}

/** Says of nobody who they are: it only keeps others' failures from locking this device out. */
export function deviceToken(): string | undefined {
    return localStorage.getItem(DEVICE) ?? undefined;
}

export function keepDeviceToken(token: string): void {
    localStorage.setItem(DEVICE, token);
}
