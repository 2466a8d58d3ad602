/** How many changes came since the reader last did something here, in the title and on the sign of the tab. */

/** Counts what is unseen. */
export type Unseen = { readonly add: (count: number) => void };

/** What shows that somebody is looking. */
const SIGNS_OF_LIFE = ['pointerdown', 'pointermove', 'keydown', 'focus', 'scroll'] as const;

function drawIcon(count: number): string {
  const text = count > 99 ? '99' : String(count);
  const size = text.length > 1 ? 9 : 11;
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><rect width="16" height="16" rx="3" fill="#75001f"/><text x="8" y="12" font-family="sans-serif" font-weight="700" font-size="${size}" text-anchor="middle" fill="#fff">${text}</text></svg>`;
  return `data:image/svg+xml,${encodeURIComponent(svg)}`;
}

/** Watches the page; the count goes back to nothing with the first sign of life. */
export function watchUnseen(): Unseen {
  const { title } = document;
  const icon = document.querySelector<HTMLLinkElement>('link[rel="icon"]');
  const calm = icon?.href ?? '';
  let count = 0;
  const show = (): void => {
    document.title = count === 0 ? title : `(${count}) ${title}`;
    if (icon) icon.href = count === 0 ? calm : drawIcon(count);
  };
  const see = (): void => {
    if (count === 0 || document.hidden) return;
    count = 0;
    show();
  };
  for (const name of SIGNS_OF_LIFE) addEventListener(name, see, { passive: true });
  return {
    add(more) {
      count += more;
      show();
    },
  };
}
