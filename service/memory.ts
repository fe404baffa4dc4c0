/**
 * Gives a large buffer's memory back at once instead of at some later garbage collection: a message of 25 MB passes through several hands,
 * and each would otherwise keep its copy for a while. Only for bytes that nobody reads again.
 */
const LARGE = 1024 * 1024;

export function letGo(bytes: Uint8Array): void {
  const { buffer } = bytes;
  // Small ones share Node's pool with strangers.
  if (buffer instanceof ArrayBuffer && buffer.byteLength >= LARGE && !buffer.detached) buffer.transfer(0);
}
