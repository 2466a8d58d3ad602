/**
 * Turns SVG into PNG in a process of its own, started by rasteriser.ts: its memory goes back to the system when it ends,
 * and a picture that brings the native code down does not end the measuring. Plain JavaScript, since it starts in 60 ms
 * so, without the tool that strips types. Reads no network and no font but ours.
 */
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { Resvg } from '@resvg/resvg-js';

const require = createRequire(import.meta.url);
const FONTS = dirname(require.resolve('@expo-google-fonts/inter/package.json'));
/** Regular and bold; pictures use no other. */
const FONT_FILES = [
  '400Regular/Inter_400Regular.ttf',
  '600SemiBold/Inter_600SemiBold.ttf',
  '700Bold/Inter_700Bold.ttf',
];

process.on('message', ({ id, svg, widthPx }) => {
  try {
    const png = new Resvg(svg, {
      fitTo: { mode: 'width', value: widthPx },
      font: {
        loadSystemFonts: false,
        fontFiles: FONT_FILES.map((file) => join(FONTS, file)),
        defaultFontFamily: 'Inter',
      },
    })
      .render()
      .asPng();
    process.send({ id, png });
  } catch (error) {
    process.send({ id, error: String(error) });
  }
});
// Ends with the server, however that ended.
process.on('disconnect', () => process.exit());
