import type { Profile } from "@fitting-room/client";

import { CardGrid } from "../cards/CardGrid";
import { personalOf } from "../home/personal";
import { usePlaced } from "../live/usePlaced";
import { Section } from "../rows/Section";
import { personalTitle } from "../rows/titles";

const SHOWN = 6;
const choose = (profile: Profile) => personalOf(profile, SHOWN);

/** What the shop shows at this moment, so that a choice is seen to act. */
export function LivePreview({ profile }: { profile: Profile }) {
  const { entries, profile: shown } = usePlaced(profile, choose);
  const { title, note } = personalTitle(shown ?? profile);
  return (
    <Section name="personal" title={title} note={note || "What you would see on the first page now."}>
      <CardGrid entries={entries} count={SHOWN} layout="row" name={title} />
    </Section>
  );
}

/** Its room, while a fresh visit begins. */
export function BlankPreview() {
  return (
    <Section name="personal" title="Items you may love" note="What you would see on the first page now.">
      <CardGrid entries={null} count={SHOWN} layout="row" />
    </Section>
  );
}
