/** Beside the pane, so that a large file never makes it stutter: bytes in, words out. Knows nothing else and asks nobody. */
import { extract } from '../../shared/extract/extract.ts';
import type { Asked, Told } from './extract.ts';

const scope = self as unknown as { onmessage: (event: MessageEvent<Asked>) => void; postMessage(told: Told): void };

scope.onmessage = async ({ data }) => {
  const extracted = await extract(data.filename, data.contentType, data.bytes);
  scope.postMessage({ n: data.n, extracted });
};
