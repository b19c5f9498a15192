/**
 * Every size follows from the custom properties, so that a row is as high before its answer as
 * after it; a scroll bar that comes and goes would change that. A sheet that is made by script
 * needs no `unsafe-inline`.
 */
const RULES = `\
:host{display:block;min-height:var(--fr-height,23rem);--w:var(--fr-card-width,11rem)}\
:host([hidden]){display:none}\
h2,p{margin:0;overflow:hidden;white-space:nowrap;text-overflow:ellipsis}\
h2,[part=price]{line-height:1.4;height:1.4em}\
h2{font-weight:600;font-size:var(--fr-title-size,1.25em);margin-bottom:.6em}\
ul{display:flex;gap:var(--fr-gap,1rem);margin:0;padding:0 0 .5rem;list-style:none;overflow-x:scroll;scrollbar-width:thin;scrollbar-color:#8886 #0000}\
li{flex:none;width:var(--w)}\
a{display:block;color:inherit;text-decoration:none}\
a:focus-visible{outline:2px solid;outline-offset:2px}\
div{width:var(--w);height:calc(var(--w)*var(--fr-picture-ratio,1.25));border-radius:var(--fr-radius,.5rem);overflow:hidden;background:var(--fr-tile,#8881)}\
img,svg{display:block;width:100%;height:100%;object-fit:cover}\
svg{fill:none;stroke:currentColor;opacity:.3}\
[part=name]{white-space:normal;display:-webkit-box;-webkit-box-orient:vertical;-webkit-line-clamp:2;line-height:1.4;height:2.8em;margin-top:.5em;overflow-wrap:anywhere}\
s{opacity:.6;margin-inline-start:.5em}\
`;

let sheet: CSSStyleSheet | undefined;

export function rowSheet(): CSSStyleSheet {
  if (!sheet) {
    sheet = new CSSStyleSheet();
    sheet.replaceSync(RULES);
  }
  return sheet;
}
