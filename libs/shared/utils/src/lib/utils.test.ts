import { describe, expect, test } from "vitest";
import { amountOf, covers, dayOf, dollars, inWords, lastDayOf, sizeOf, standingOf } from "../index.ts";

test.each([
    ["1,234.50", 1234.5],
    ["$ 1234.5", 1234.5],
    [" 0.07 ", 0.07],
    ["9999999999999.99", 9999999999999.99],
    ["12,34", undefined],
    ["1.234", undefined],
    ["-5", undefined],
    ["1e3", undefined],
    ["", undefined],
    ["five", undefined],
])("“%s” typed is %s", (text, amount) => expect(amountOf(text)).toBe(amount));

test("amounts read as dollars and cents", () => expect([dollars(1234.5), dollars(0.07)]).toEqual(["$1,234.50", "$0.07"]));

describe("a term", () => {
    const term = { startDate: "2026-03-01T00:00:00Z", endDate: "2027-03-01T00:00:00Z" };

    test("covers its start and not its end", () => {
        expect(covers(term, new Date("2026-03-01T00:00:00Z"))).toBe(true);
        expect(covers(term, new Date("2027-02-28T23:59:59.999Z"))).toBe(true);
        expect(covers(term, new Date("2027-03-01T00:00:00Z"))).toBe(false);
        expect(covers(term, new Date("2026-02-28T23:59:59.999Z"))).toBe(false);
    });

    test("is told by its first and last covered day, the same for every reader", () => {
        expect([dayOf(term.startDate), lastDayOf(term)]).toEqual(["March 1, 2026", "February 28, 2027"]);
    });
});

test("codes and sizes are told in words", () => {
    expect([inWords("water_damage"), sizeOf(512), sizeOf(20_400), sizeOf(2_621_440)]).toEqual(["Water damage", "512 bytes", "20 kB", "2.6 MB"]);
});

test("a closed claim is finished, and one that waits for the insured says so", () => {
    expect(standingOf({ stage: "paid", closedAt: "2026-11-23T13:35:57Z" }).meaning).toContain("finished");
    expect(standingOf({ stage: "awaiting_information" }).tone).toBe("warn");
});
