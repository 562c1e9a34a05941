import type { LiveEvent } from "@vanguardai/shared/api-client";
import type { Profile } from "@vanguardai/shared/types";
import { createContext, type ReactNode, useCallback, useContext, useEffect, useMemo, useRef, useState } from "react";
import { api } from "./api.ts";
import { keepDeviceToken, leaveRefreshToken, takeRefreshToken } from "./between-pages.ts";
import { forgetAll, refreshAfter } from "./data.ts";
import { forgetDraft, forgetOthersDraft } from "./draft.ts";
import { Resumed } from "./resumed.ts";

export interface Session {
    /** "unknown" until the log-in of before the reload is taken up again, or is not. */
    state: "unknown" | "out" | "in";
    profile: Profile | undefined;
    /** Why it is still unknown, where it could not be asked: `resume` asks again. */
    problem: unknown;
    resume: () => void;
    /** The log-in ended by itself, which the log-in page then explains. */
    ended: boolean;
    logIn: (email: string, password: string, otp?: string) => Promise<void>;
    logOut: () => Promise<void>;
    /** Told of every live event, until what is returned is called. */
    listen: (listener: (event: LiveEvent) => void) => () => void;
}

const Context = createContext<Session | undefined>(undefined);

export function useSession(): Session {
    const session = useContext(Context);
    if (session === undefined) throw new Error("There is no session around this.");
    return session;
}

// Once for the page, not for each mounting: a refresh token works once.
const resumed = new Resumed(api, takeRefreshToken());

export function SessionProvider({ children }: { children: ReactNode }): ReactNode {
    const [state, setState] = useState<Session["state"]>("unknown");
    const [profile, setProfile] = useState<Profile>();
    const [problem, setProblem] = useState<unknown>();
    const [ended, setEnded] = useState(false);
    const listeners = useRef(new Set<(event: LiveEvent) => void>());
    const leaving = useRef(false);

    const enter = useCallback((who: Profile | undefined): void => {
        if (who !== undefined) forgetOthersDraft(who.id);
        setProfile(who);
        setState(who === undefined ? "out" : "in");
    }, []);

    const resume = useCallback((): void => {
        setProblem(undefined);
        resumed.profile().then(enter, setProblem);
    }, [enter]);

    useEffect(resume, [resume]);

    useEffect(
        () =>
            api.watchTokens((tokens) => {
                if (tokens?.deviceToken) keepDeviceToken(tokens.deviceToken);
                if (tokens !== undefined) return;
                setEnded(!leaving.current);
                enter(undefined);
                forgetAll();
            }),
        [enter],
    );

    useEffect(() => leaveRefreshToken(() => api.refreshToken ?? resumed.token), []);

    useEffect(() => {
        if (state !== "in") return;
        const subscription = api.events((event) => {
            refreshAfter(event);
            for (const listener of listeners.current) listener(event);
        });
        return () => subscription.close();
    }, [state]);

    const session = useMemo<Session>(
        () => ({
            state,
            profile,
            problem,
            resume,
            ended,
            logIn: async (email, password, otp) => {
                await api.logIn(email, password, otp);
                leaving.current = false;
                setEnded(false);
                enter(await api.getMe());
            },
            logOut: async () => {
                leaving.current = true;
                forgetDraft();
                resumed.giveUp();
                await api.logOut().catch(() => api.forgetTokens()); // without a network the page is left all the same
            },
            listen: (listener) => {
                listeners.current.add(listener);
                return () => listeners.current.delete(listener);
            },
        }),
        [state, profile, problem, resume, ended, enter],
    );
    return <Context value={session}>{children}</Context>;
}
