/** Outlines of garments, for products without a picture, on a field of 200 by 250. */

import { colourIn, hash, paints } from "./colours.ts";

export interface Cut {
  outline: string;
  seams: string;
  /** Whether it hangs on a hanger, whose hook shows above it. */
  hangs: boolean;
}

export type Weave = "plain" | "stripes" | "checks" | "dots" | "knit" | "pleats";

export interface Drawing {
  cut: Cut;
  paints: readonly string[];
  weave: Weave;
}

export interface Drawn {
  product_id: string;
  title: string;
  category_id: string;
  category_name?: string | undefined;
  colour?: string | null | undefined;
}

const cut = (outline: string, seams: string, hangs = true): Cut => ({ outline, seams, hangs });

/** Each kind: words that name it, and its cuts. */
const KINDS: readonly (readonly [RegExp, readonly Cut[]])[] = [
  [/trouser|pant|jean|legging|jegging|short|capri|chino|churidar|salwar|patiala/, [
    cut("M68 44Q100 40 132 44L136 84 146 214Q132 219 118 214L103 112Q100 106 97 112L82 214Q68 219 54 214L64 84z",
      "M67 56Q100 52 133 56M100 54V108M78 58Q76 74 66 80M122 58Q124 74 134 80M74 214 84 120M126 214 116 120"),
    cut("M70 46Q100 42 130 46L140 120 152 212Q132 218 112 212L101 116 99 116 88 212Q68 218 48 212L60 120z",
      "M69 58Q100 54 131 58M100 56V112M84 64 72 206M116 64 128 206"),
    cut("M72 44Q100 40 128 44L133 120 127 216Q117 219 108 216L101 114 99 114 92 216Q83 219 73 216L67 120z",
      "M71 55Q100 51 129 55M100 54V110M80 58Q79 70 70 76M120 58Q121 70 130 76"),
  ]],
  [/skirt/, [
    cut("M72 60Q100 56 128 60Q142 130 156 192Q100 212 44 192Q58 130 72 60z",
      "M70 72Q100 68 130 72M86 72Q78 140 70 196M114 72Q122 140 130 196M100 71V202"),
    cut("M74 58Q100 54 126 58Q136 110 136 196Q100 206 64 196Q64 110 74 58z",
      "M72 70Q100 66 128 70M100 160V201M84 74 82 90M116 74 118 90"),
    cut("M72 64Q100 60 128 64L160 168Q130 184 100 182Q70 184 40 168z",
      "M70 75Q100 71 130 75M88 74Q74 130 62 178M112 74Q126 130 138 178M100 74V182"),
  ]],
  [/dress|gown|jumpsuit|romper|kurti|saree|sari/, [
    cut("M80 44Q100 66 120 44L131 51Q128 80 126 98Q146 160 158 208Q100 228 42 208Q54 160 74 98Q72 80 69 51z",
      "M74 98Q100 104 126 98M90 104Q78 160 72 214M110 104Q122 160 128 214M80 44Q100 74 120 44"),
    cut("M78 46 100 62 122 46 138 56Q130 90 128 112L138 212Q100 222 62 212L72 112Q70 90 62 56z",
      "M72 110Q100 116 128 110M78 46 100 84 122 46M100 84V218"),
    cut("M76 44Q100 60 124 44L152 62 146 96 128 90Q128 110 134 140L142 210Q100 220 58 210L66 140Q72 110 72 90L54 96 48 62z",
      "M72 90V116M128 90V116M68 130Q100 138 132 130M82 46Q100 64 118 46"),
  ]],
  [/coat|jacket|blazer|cardigan|waistcoat|outerwear|parka|trench/, [
    cut("M78 42Q100 52 122 42L148 56Q158 72 166 160L146 166 138 104Q138 160 142 212Q100 220 58 212Q62 160 62 104L54 166 34 160Q42 72 52 56z",
      "M100 92V216M84 44Q92 74 100 94M116 44Q108 74 100 94M70 150H88M112 150H130M146 156 165 151M54 156 35 151"),
    cut("M78 44Q100 54 122 44L146 57Q156 74 163 158L144 163 136 106V196Q100 204 64 196V106L56 163 37 158Q44 74 54 57z",
      "M100 112V200M82 46 74 78 100 114M118 46 126 78 100 114M72 148H90M110 148H128"),
  ]],
  [/jumper|sweater|knit|pullover|hood|sweatshirt|track/, [
    cut("M80 50Q100 60 120 50L146 62Q158 84 168 168L147 174 138 118V190Q100 198 62 190V118L53 174 32 168Q42 84 54 62z",
      "M63 178Q100 186 137 178M34 156 55 162M166 156 145 162M84 52Q100 66 116 52M138 118 134 88M62 118 66 88"),
    cut("M84 40Q100 46 116 40L120 54 146 64Q158 88 166 172L146 177 138 120V194Q100 202 62 194V120L54 177 34 172Q42 88 54 64L80 54z",
      "M80 54Q100 66 120 54M63 182Q100 190 137 182M36 160 56 165M164 160 144 165"),
  ]],
  [/shoe|boot|sneaker|sandal|heel|flip|flat|loafer|slipper/, [
    cut("M40 128Q58 134 76 126Q88 156 122 164L158 172Q172 178 170 196H40Q34 160 40 128z",
      "M39 184H170M84 140 96 132M92 150 104 141M102 157 114 148M40 146Q56 150 66 146", false),
    cut("M52 84Q74 90 94 84L97 138Q108 156 140 164Q164 170 166 196H52Q46 140 52 84z",
      "M50 184H166M52 98Q74 104 94 98M97 138Q84 146 76 160", false),
    cut("M34 120Q60 150 96 158Q132 164 168 176Q176 182 172 190Q130 194 92 182Q66 174 52 164V200H42Q40 150 34 120z",
      "M40 138Q66 168 100 174Q138 180 172 186", false),
  ]],
  [/bag|wallet|purse|clutch|backpack|tote/, [
    cut("M54 108H146L156 204Q100 212 44 204zM76 108Q76 58 100 58Q124 58 124 108H115Q115 68 100 68Q85 68 85 108z",
      "M53 122H147M92 122V138H108V122", false),
  ]],
  [/swim|bikini|bra|brief|lingerie|inner|bath/, [
    cut("M76 52Q74 92 100 98Q126 92 124 52L133 52Q140 92 130 120Q132 144 140 158Q120 172 112 204Q100 210 88 204Q80 172 60 158Q68 144 70 120Q60 92 67 52z",
      "M70 120Q100 134 130 120M60 158Q84 162 94 205M140 158Q116 162 106 205"),
    cut("M72 54Q80 84 100 88Q120 84 128 54L134 56Q140 100 132 126Q134 150 142 164Q116 168 110 206Q100 210 90 206Q84 168 58 164Q66 150 68 126Q60 100 66 56z",
      "M68 112Q100 122 132 112M74 60Q82 94 100 98Q118 94 126 60"),
  ]],
  [/stocking|sock|tights|dupatta|scarf|suspender/, [
    cut("M78 40Q88 36 98 40L104 150Q108 180 96 214Q88 220 78 214Q84 180 80 150zM108 42Q118 38 126 42L134 150Q140 182 132 212Q124 218 114 212Q116 180 112 150z",
      "M79 54Q88 50 98 54M109 56Q118 52 127 56"),
  ]],
  [/blouse|shirt|top|tee|tunic|polo|kurta|sale|cloth/, [
    cut("M80 46Q100 58 120 46L148 60Q156 80 160 116L140 121 134 98Q132 150 136 196Q100 204 64 196Q68 150 66 98L60 121 40 116Q44 80 52 60z",
      "M100 66V200M80 46 88 66 100 60 112 66 120 46M42 106 62 111M158 106 138 111M66 98 70 80M134 98 130 80"),
    cut("M80 48Q100 66 120 48L152 64Q160 78 162 104L138 108 134 96V194Q100 202 66 194V96L62 108 38 104Q40 78 48 64z",
      "M84 50Q100 70 116 50M66 184Q100 192 134 184M39 96 62 100M161 96 138 100"),
    cut("M80 46 100 62 120 46 144 58Q158 90 168 160L147 166 136 116Q134 160 138 198Q100 206 62 198Q66 160 64 116L53 166 32 160Q42 90 56 58z",
      "M80 46 92 70 100 62 108 70 120 46M100 70V202M34 150 55 156M166 150 145 156"),
    cut("M78 46Q82 76 100 80Q118 76 122 46L132 46Q130 86 138 100Q138 150 142 194Q100 204 58 194Q62 150 62 100Q70 86 68 46z",
      "M76 56Q82 86 100 90Q118 86 124 56M60 182Q100 192 140 182"),
  ]],
];
const FOLDED = [
  cut("M52 96Q100 84 148 96L156 190Q100 202 44 190z", "M50 120Q100 108 150 120M47 150Q100 140 153 150M72 94Q100 112 128 94", false),
];

const WEAVES: readonly (readonly [RegExp, Weave])[] = [
  [/strip|breton|pinstripe/, "stripes"],
  [/check|plaid|tartan|gingham/, "checks"],
  [/dot|polka|print|floral/, "dots"],
  [/pleat/, "pleats"],
  [/wool|knit|cashmere|jumper|cardigan|sweater|ribbed|cable/, "knit"],
];

function cutsOf(words: string): readonly Cut[] | undefined {
  return KINDS.find(([named]) => named.test(words))?.[1];
}

/** The same product has the same drawing. Its title decides before its category. */
export function drawingOf(product: Drawn): Drawing {
  const title = product.title.toLowerCase();
  const category = `${product.category_id} ${product.category_name ?? ""}`.toLowerCase();
  const cuts = cutsOf(title) ?? cutsOf(category) ?? FOLDED;
  return {
    cut: cuts[hash(product.product_id) % cuts.length] ?? FOLDED[0]!,
    paints: paints(product.colour ?? colourIn(product.title), product.product_id),
    weave: WEAVES.find(([named]) => named.test(title))?.[1] ?? "plain",
  };
}

/** Which of the quiet backgrounds a product stands before. */
export const tintOf = (id: string): number => hash(id) % 4;
