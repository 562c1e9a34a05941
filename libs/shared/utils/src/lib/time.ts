/** Times of the API (ISO 8601, UTC) as people read them. Periods are half-open: the start is covered, the end is not. */

const DAY = new Intl.DateTimeFormat("en-US", { dateStyle: "long", timeZone: "UTC" });
const MOMENT = new Intl.DateTimeFormat("en-US", { dateStyle: "medium", timeStyle: "short" });

/** The day of a policy's term, which goes by UTC wherever its reader is: "March 1, 2026". */
export function dayOf(time: string): string {
    return DAY.format(new Date(time));
}

/** An instant, on the reader's own clock: "Mar 1, 2026, 2:05 PM". */
export function momentOf(time: string): string {
    return MOMENT.format(new Date(time));
}

export interface Period {
    startDate: string;
    endDate: string;
}

export function covers(period: Period, moment: Date): boolean {
    return new Date(period.startDate) <= moment && moment < new Date(period.endDate);
}

/** A term that ends at midnight is covered up to the day before. */
export function lastDayOf(period: Period): string {
    return dayOf(new Date(new Date(period.endDate).getTime() - 1).toISOString());
}
