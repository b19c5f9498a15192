import type { FittingRoom } from "@fitting-room/client";
import { useFittingRoom } from "@fitting-room/client/react";
import { useState } from "react";

import { tokenOf } from "../account/shoppers";
import { announce } from "../shell/announcer";
import { readAnswer, saveFile } from "./answers";
import { DecisionList } from "./DecisionList";
import { isNotBegun } from "./notBegun";
import styles from "./Privacy.module.css";
import { TroubleLine } from "./TroubleLine";

/** The archive of this visit, or of all visits of who is logged in. */
async function archive(client: FittingRoom): Promise<Blob> {
  await client.flush();
  const token = await tokenOf(client);
  const answer = await readAnswer(client, `/v1/sessions/${client.sessionId}/export`, token ? { "x-user-token": token } : {});
  return answer.blob();
}

/** What is kept of the visit: to read here, and to take along. */
export function DataPanel({ user }: { user: string | null }) {
  const client = useFittingRoom();
  const [isOpen, setOpen] = useState(false);
  const [isBusy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const [words, setWords] = useState("");

  async function download() {
    setBusy(true);
    setError(null);
    setWords("");
    try {
      saveFile(await archive(client), "what-is-kept-of-me.zip");
      setWords("The archive is among your downloads: a page to read, and the same as JSON.");
      announce("The archive is among your downloads.");
    } catch (problem) {
      if (isNotBegun(problem)) setWords("Nothing is kept of this visit yet. It begins with the first thing that you look at.");
      else setError(problem);
    } finally {
      setBusy(false);
    }
  }

  return (
    <section className={styles.group} aria-labelledby="data-title">
      <h2 id="data-title" className={styles.legend}>See my data</h2>
      <p className={styles.lead}>
        {user === null ? "All that the shop keeps of this visit." : <>All that the shop keeps of <bdi>{user}</bdi>: this visit, and those before it.</>}
        {" "}What you did, what was shown to you, and why.
      </p>
      <p className={styles.acts}>
        <button type="button" className="button-quiet" aria-expanded={isOpen} aria-controls="my-data" onClick={() => setOpen(!isOpen)}>
          {isOpen ? "Close the summary" : "Show a summary"}
        </button>
        <button type="button" className="button-quiet" disabled={isBusy} onClick={() => void download()}>
          {isBusy ? "Making the archive" : "Download all of it"}
        </button>
      </p>
      <p className={styles.said} role="status">{words}</p>
      {error !== null && <TroubleLine error={error} before="The archive could not be made." />}
      <div id="my-data">{isOpen && <DecisionList />}</div>
    </section>
  );
}
