import styles from "./Hero.module.css";
import { HeroRail } from "./HeroRail";

export function Hero() {
  return (
    <section className={styles.hero} aria-labelledby="hero-title">
      <div className={styles.words}>
        <h1 id="hero-title" className={styles.title}>
          <span>Try things on.</span> <span>The shop takes notes.</span>
        </h1>
        <p className={styles.lead}>Look around. What you see here follows your taste within a second, and every suggestion tells you why it is there.</p>
        <a className="button" href="#for-you">See what suits you</a>
      </div>
      <HeroRail />
    </section>
  );
}
