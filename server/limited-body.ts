/** Reads the body of a request from a stranger: never more of it than is wanted. */

/** The body; undefined when it has more than so many bytes, whatever its headers say. */
export async function readLimitedBody(
  request: Request,
  maxBytes: number,
): Promise<Buffer | undefined> {
  if (Number(request.headers.get('content-length') ?? 0) > maxBytes) return undefined;
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of request.body ?? []) {
    length += chunk.length;
    // Leaving the loop cancels the rest.
    if (length > maxBytes) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, length);
}
