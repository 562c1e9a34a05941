import { sizeOf } from "@vanguardai/shared/utils";
import { type ReactNode, useState } from "react";
import { api } from "../api.ts";
import { Icon } from "./icons.tsx";
import { wordsOf } from "./parts.tsx";

export interface Filed {
    id: string;
    name: string;
    title: string;
    size: number;
    /** Under the title: when, and what else is to be said. */
    line: string;
}

/** Papers and documents to be saved. */
export function Files({ files }: { files: Filed[] }): ReactNode {
    return (
        <ul className="rows">
            {files.map((file) => (
                <FileRow key={file.id} file={file} />
            ))}
        </ul>
    );
}

function FileRow({ file }: { file: Filed }): ReactNode {
    const [problem, setProblem] = useState<string>();
    const save = async (): Promise<void> => {
        setProblem(undefined);
        try {
            hand(await api.downloadDocument(file.id), file.name);
        } catch (error) {
            setProblem(wordsOf(error));
        }
    };
    return (
        <li className="row">
            <Icon name="paper" />
            <div className="row-main">
                <span className="row-title">{file.title}</span>
                <span className="quiet">
                    {file.line} · {sizeOf(file.size)}
                </span>
                {problem !== undefined && <span className="wrong" role="alert">{problem}</span>}
            </div>
            <button type="button" className="button button-quiet" onClick={() => void save()} aria-label={`Save ${file.title}, ${file.name}`}>
                <Icon name="download" />
                Save
            </button>
        </li>
    );
}

/** A file in the browser's hands. The address of its content goes again when it has been taken. */
function hand(content: Blob, name: string): void {
    const address = URL.createObjectURL(content);
    const link = document.createElement("a");
    link.href = address;
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(address), 10_000);
}
