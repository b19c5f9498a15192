/**
 * A page whose scripts are those of a former release is asked for anew, once.
 *
 * It stands in the page itself, since the files are what is missing, and the build hashes it for
 * the policy. It hears of what the page begins with; of what comes later Next.js asks for the page
 * that is wanted. A page that was reloaded is not reloaded again. Nor is one while the shop is
 * away: then what is on screen is better than nothing.
 */
export const FRESH_RELEASE_SCRIPT =
  'addEventListener("error",function(e){var t=e.target,u=t.src||t.href,n=performance.getEntriesByType("navigation")[0];' +
  'if((t.tagName==="SCRIPT"||t.rel==="stylesheet")&&u&&u.indexOf("/_next/")>0&&document.readyState!=="complete"&&n&&n.type!=="reload")' +
  'fetch(u,{method:"HEAD",cache:"no-store"}).then(function(){location.reload()},function(){})},true)';
