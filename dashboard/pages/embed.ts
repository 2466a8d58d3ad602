/**
 * Frames for the pages of others: a sentence, a picture and a link, small and without script. The
 * picture is SVG; a browser that shows none, as Tor Browser does at its safest, takes the PNG inside.
 */
import { html, raw } from 'hono/html';
import type { Say } from '../i18n/say.ts';
import type { Fragment, Frame } from './frame.ts';

/** What a frame shows. */
export type EmbedData = {
  readonly title: string;
  /** What the answer is now; absent for a range that ended earlier. */
  readonly sentence?: string;
  /** e.g. `since 14 Mar 2022`. */
  readonly details: readonly string[];
  /** Addresses of the picture in both forms. */
  readonly svgUrl: string;
  readonly pngUrl: string;
  /** The page that says more; opened outside of the frame. */
  readonly pageUrl: string;
  /** Whether it moves with time, in words. */
  readonly kind: string;
  readonly asOf: string;
  readonly isSimulated: boolean;
  readonly theme: 'light' | 'dark';
};

const INKS = { light: ['#ffffff', '#14191f', '#0b5394'], dark: ['#0f1419', '#e4e9ee', '#79b8f5'] };

/** The few rules of a frame, in the document itself; its policy lets them through by their sum. */
export function toEmbedStyle(theme: EmbedData['theme']): string {
  const [page = '', ink = '', link = ''] = INKS[theme];
  return (
    `body{margin:.6rem;font:14px/1.45 system-ui,sans-serif;background:${page};color:${ink}}` +
    `h1{font-size:1.1rem;margin:0}p{margin:.3rem 0}a{color:${link}}object,img{display:block;max-width:100%;height:auto}`
  );
}

/** Renders a complete document. */
export async function renderEmbed(data: EmbedData, say: Say): Promise<string> {
  const { title, sentence, details, svgUrl, pngUrl, pageUrl, kind, asOf, isSimulated, theme } =
    data;
  const label = say.text('embed.picture');
  const document = await html`<!doctype html>
<html lang="${say.locale}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="${theme}">
<title>${title} – Reachline</title>
<style>${raw(toEmbedStyle(theme))}</style>
</head>
<body>
<main>
<h1>${title}</h1>
${sentence === undefined ? '' : html`<p><strong>${sentence}</strong></p>`}
<p>${isSimulated ? html`<strong>${say.text('picture.simulated')}.</strong> ` : ''}${[...details, asOf].join(' · ')}</p>
<p><object type="image/svg+xml" data="${svgUrl}" width="100%" aria-label="${label}"><img src="${pngUrl}" alt="${label}" width="100%" loading="lazy"></object></p>
<p><a href="${pageUrl}" target="_blank" rel="noopener">${say.text('embed.open')}</a> · ${kind} · <a href="${pngUrl}" target="_blank" rel="noopener">${say.text('embed.as_png')}</a></p>
</main>
</body>
</html>
`;
  return document.toString();
}

/** Where an answer can be shown by others; addresses are absolute. */
export type EmbedAddresses = {
  readonly title: string;
  readonly embedUrl: string;
  readonly badgeUrl: string;
  readonly cardUrl: string;
  readonly pageUrl: string;
};

/** Height that the frame of an answer needs on a desk, px. */
const FRAME_HEIGHT_PX = 560;

/** The box on the page of an answer: code to copy. A text field would need a script to be of more use than this. */
export function renderEmbedBox(addresses: EmbedAddresses, { say }: Pick<Frame, 'say'>): Fragment {
  const { title, embedUrl, badgeUrl, cardUrl, pageUrl } = addresses;
  // Attributes of the code itself are escaped once here, and once more where the page shows the code.
  const attribute = (text: string) =>
    text.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;');
  const frameCode = `<iframe src="${attribute(embedUrl)}" title="${attribute(title)}" width="100%" height="${FRAME_HEIGHT_PX}" loading="lazy" referrerpolicy="no-referrer"></iframe>`;
  const badgeCode = `<a href="${attribute(pageUrl)}"><img src="${attribute(badgeUrl)}" alt="${attribute(title)}"></a>`;
  const field = (label: string, code: string) =>
    html`<figure><figcaption>${label}</figcaption><pre class="scroll" tabindex="0" aria-label="${label}"><code>${code}</code></pre></figure>`;
  return html`<details class="embed-box"><summary>${say.text('embed.box_title')}</summary>
  <p>${say.text('embed.box_help')}</p>
  ${field(say.text('embed.box_code'), frameCode)}
  ${field(say.text('embed.box_badge'), badgeCode)}
  <p><a href="${cardUrl}">${say.text('embed.box_card')}</a> · ${say.text('embed.box_lanes')}: <a href="${pageUrl}.svg?range=1y">SVG</a>, <a href="${pageUrl}.png?range=1y">PNG</a></p></details>`;
}
