import Link from "next/link";

import { categoryPath } from "../catalogue/addresses";
import type { CategoryCard, RankedBy } from "../catalogue/types";
import { useCategories } from "../catalogue/useCategories";
import { Picture } from "../picture/Picture";
import { Section } from "../rows/Section";
import { figureOf, RANKINGS } from "./categoryWords";
import styles from "./TopCategories.module.css";

const SHOWN = 6;

export function TopCategories() {
  const { list, error } = useCategories();
  // The rows below say what is wrong, once for the page.
  if (list === null && error !== null) return null;
  const { title, note } = RANKINGS[list?.ranked_by ?? "rating"];
  if (list?.categories.length === 0) return null;
  return (
    <Section name="categories" title={title} note={list ? note : ""}>
      <ul className={styles.tiles} aria-busy={list === null}>
        {list === null
          ? Array.from({ length: SHOWN }, (_, place) => <li key={place}><span className={styles.blank} /></li>)
          : list.categories.slice(0, SHOWN).map((category) => (
              <li key={category.category_id}>
                <Tile category={category} rankedBy={list.ranked_by} />
              </li>
            ))}
      </ul>
    </Section>
  );
}

function Tile({ category, rankedBy }: { category: CategoryCard; rankedBy: RankedBy }) {
  const { category_id: id, name, image_url } = category;
  return (
    <Link href={categoryPath(id)} className={styles.tile}>
      <Picture product={{ product_id: id, title: name, category_id: id, image_url }} className={styles.picture ?? ""} />
      <span className={styles.name} dir="auto">{name}</span>
      <span className={styles.figure}>{figureOf(category, rankedBy)}</span>
    </Link>
  );
}
