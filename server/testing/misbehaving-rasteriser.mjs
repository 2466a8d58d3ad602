/** Stands in for rasterise.mjs in tests: does what the first word of the picture says. */
process.on('message', ({ id, svg }) => {
  const [behaviour] = svg.split(' ');
  if (behaviour === 'crash') process.exit(1);
  if (behaviour === 'draw') process.send({ id, png: new Uint8Array([1, 2, 3]) });
  if (behaviour === 'environment')
    process.send({ id, png: new TextEncoder().encode(Object.keys(process.env).join(' ')) });
});
process.on('disconnect', () => process.exit());
