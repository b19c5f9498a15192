/** Names under which the browser keeps what somebody did here; who leaves leaves none of it. */

/** What the home page showed last. */
export const LAST_KEY = "fr.shop.last";
/** What was said of products. */
export const THUMBS_KEY = "fr.shop.thumbs";
/** What was agreed to before a pause. */
export const BEFORE_PAUSE_KEY = "fr.shop.before-pause";
