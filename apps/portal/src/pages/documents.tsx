import { VanguardAIApiError } from "@vanguardai/shared/api-client";
import type { ClaimDocumentKind } from "@vanguardai/shared/types";
import { type ChangeEvent, type ReactNode, useId, useState } from "react";
import { api } from "../api.ts";
import { queries } from "../data.ts";
import { Icon } from "../kit/icons.tsx";
import { Choice, wordsOf } from "../kit/parts.tsx";

export const DOCUMENT_KINDS: Record<ClaimDocumentKind, string> = {
    photo: "Photo",
    estimate: "Estimate",
    invoice: "Invoice",
    police_report: "Police report",
    medical: "Medical report",
    correspondence: "Letter",
    other: "Something else",
};

const MOST_BYTES = 10 * 1024 * 1024;
const TAKEN = ".pdf,.jpg,.jpeg,.png,.webp,.heic,.heif,.tif,.tiff,.docx,.xlsx,.txt";

/** Files for the claim's folder, one after the other; what is refused says why, and the others go on. */
export function AddDocuments({ claimId }: { claimId: string }): ReactNode {
    const id = useId();
    const [kind, setKind] = useState<ClaimDocumentKind>("photo");
    const [sending, setSending] = useState<string>();
    const [problems, setProblems] = useState<string[]>([]);

    const send = async (files: File[]): Promise<void> => {
        const refused: string[] = [];
        for (const file of files) {
            setSending(file.name);
            try {
                if (file.size > MOST_BYTES) refused.push(`${file.name} is larger than 10 MB.`);
                else await api.attachDocument(claimId, file, kind);
            } catch (error) {
                const words = error instanceof VanguardAIApiError && error.status < 500 ? (error.errors[0]?.message ?? error.message) : wordsOf(error);
                refused.push(`${file.name}: ${words}`);
            }
        }
        setSending(undefined);
        setProblems(refused);
        await queries.invalidateQueries({ queryKey: ["claims", claimId, "documents"] });
    };
    const choose = (event: ChangeEvent<HTMLInputElement>): void => {
        const files = [...(event.target.files ?? [])];
        event.target.value = "";
        void send(files);
    };

    return (
        <div className="adding">
            <Choice label="What is it?" value={kind} onChange={(event) => setKind(event.target.value as ClaimDocumentKind)}>
                {Object.entries(DOCUMENT_KINDS).map(([code, words]) => (
                    <option key={code} value={code}>
                        {words}
                    </option>
                ))}
            </Choice>
            <div className="field">
                <label htmlFor={id}>Files</label>
                <p className="hint" id={`${id}h`}>
                    Photos, PDF, Word or Excel, up to 10 MB each.
                </p>
                <input id={id} type="file" multiple accept={TAKEN} disabled={sending !== undefined} aria-describedby={`${id}h`} onChange={choose} />
            </div>
            <div role="status" className="quiet">
                {sending !== undefined && `Sending ${sending}…`}
            </div>
            {problems.map((problem) => (
                <p className="wrong" role="alert" key={problem}>
                    <Icon name="alert" />
                    {problem}
                </p>
            ))}
        </div>
    );
}
