import type { Profile } from "@fitting-room/client";
import { useState } from "react";

import { usePlaced } from "../live/usePlaced";
import { useVisit } from "../live/useVisit";
import { Garment } from "../picture/Garment";
import styles from "./Hero.module.css";
import { personalOf } from "./personal";

/** What hangs there before anybody is known, and where the shop has no large photos. */
const RAIL = [
  { product_id: "hero-6", title: "Wool coat", colour: "camel", category_id: "coats" },
  { product_id: "hero-3", title: "Linen shirt", colour: "cream", category_id: "shirts" },
  { product_id: "hero-2", title: "Trousers", colour: "navy", category_id: "trousers" },
];
/** Pixels: a smaller photo would be blurred here. */
const WIDE_ENOUGH = 480;

const chooseFirst = (profile: Profile) => personalOf(profile, RAIL.length);

export function HeroRail() {
  const { profile } = useVisit();
  // Those of the first profile stay: the picture of a page does not change under the eyes.
  const [first, setFirst] = useState<Profile | null>(null);
  if (profile === null ? first !== null : first === null) setFirst(profile);
  const { entries } = usePlaced(first, chooseFirst);
  return (
    <div className={styles.rail} aria-hidden="true">
      {RAIL.map((garment, place) => (
        <Panel key={garment.product_id} garment={garment} photo={entries?.[place]?.product.image_url ?? null} />
      ))}
    </div>
  );
}

function Panel({ garment, photo }: { garment: (typeof RAIL)[number]; photo: string | null }) {
  const [isWide, setWide] = useState(false);
  return (
    <div className={styles.panel}>
      <Garment product={garment} />
      {photo !== null && (
        <img
          className={styles.photo}
          data-wide={isWide}
          src={photo}
          alt=""
          width={600}
          height={900}
          decoding="async"
          fetchPriority="high"
          referrerPolicy="no-referrer"
          onLoad={(event) => setWide(event.currentTarget.naturalWidth >= WIDE_ENOUGH)}
        />
      )}
    </div>
  );
}
