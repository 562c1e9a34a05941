import type { ReactNode } from "react";

const PATHS = {
    shield: "M12 3 5 5.6v5.3c0 4.3 3 7.6 7 9.1 4-1.5 7-4.8 7-9.1V5.6z",
    home: "M4 11.5 12 5l8 6.5M6.5 10v9h11v-9",
    car: "M4.5 16v-4l2-5.5h11l2 5.5v4zM4.5 12h15M7 16v2M17 16v2M7.5 14h.01M16.5 14h.01",
    paper: "M7 3.5h7l4 4V20.5H7zM14 3.5v4h4M10 12h5M10 15.5h5",
    check: "m5 12.5 4.5 4.5L19 7.5",
    alert: "M12 8v5M12 16.2h.01M12 3.5l9 16H3z",
    clock: "M12 7.5V12l3 2M12 20.5a8.5 8.5 0 1 0 0-17 8.5 8.5 0 0 0 0 17z",
    plus: "M12 5v14M5 12h14",
    right: "m9.5 6 6 6-6 6",
    left: "m14.5 6-6 6 6 6",
    download: "M12 4v11m-4.5-4L12 15.5 16.5 11M5 19.5h14",
    upload: "M12 16V5M7.5 9 12 4.5 16.5 9M5 19.5h14",
    lock: "M6.5 11h11v8.5h-11zM9 11V8a3 3 0 0 1 6 0v3",
} as const;

export type IconName = keyof typeof PATHS;

/** Decoration beside words, so nothing is read out for it. */
export function Icon({ name }: { name: IconName }): ReactNode {
    return (
        <svg className="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
            <path d={PATHS[name]} />
        </svg>
    );
}

/** A policy's kind at a glance. */
export function iconOfPolicy(policyType: string): IconName {
    if (/auto|car|motor/i.test(policyType)) return "car";
    return /home|dwelling|renter|condo|property/i.test(policyType) ? "home" : "shield";
}
