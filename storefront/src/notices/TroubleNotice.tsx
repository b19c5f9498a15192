import { Notice } from "./Notice";
import { troubleOf } from "./trouble";

/** An error as a notice, with a way to try again where that may help. */
export function TroubleNotice({ error, part = false, onRetry }: { error: unknown; part?: boolean; onRetry: () => void }) {
  const { title, words, again } = troubleOf(error);
  return (
    <Notice title={title} part={part} {...(again ? { onRetry } : {})}>
      <p>{words}</p>
    </Notice>
  );
}
