/** PDF (ISO 32000): the text layer, form fields and notes. A page without words is a picture of words, so it is not called read. */
import { type Budget, type Extracted, Refused } from './extract.ts';

interface Item {
  readonly str?: string;
  readonly hasEOL?: boolean;
}

export async function readPdf(bytes: Uint8Array, budget: Budget): Promise<Extracted> {
  // 1.6 MB of reader, so only when a PDF is there
  const { getDocumentProxy } = await import('unpdf');
  let document: Awaited<ReturnType<typeof getDocumentProxy>>;
  try {
    // the reader takes the buffer for itself; ours stays whole
    document = await getDocumentProxy(bytes.slice(), { isEvalSupported: false, disableFontFace: true, useSystemFonts: false, stopAtErrors: false, verbosity: 0 });
  } catch (e) {
    return { unscannable: e instanceof Error && e.name === 'PasswordException' ? 'encrypted' : 'broken' };
  }
  try {
    if (document.numPages > budget.pages) throw new Refused('over-budget');
    budget.pages -= document.numPages;
    const texts: string[] = [];
    let empty = 0;
    for (let n = 1; n <= document.numPages; n += 1) {
      const page = await document.getPage(n);
      const content = await page.getTextContent();
      const words = (content.items as Item[]).map((i) => `${i.str ?? ''}${i.hasEOL === true ? '\n' : ''}`).join('');
      const notes = (await page.getAnnotations() as { readonly fieldName?: string; readonly fieldValue?: unknown; readonly contentsObj?: { readonly str?: string } }[])
        .map((a) => (typeof a.fieldValue === 'string' && a.fieldValue !== '' ? `${a.fieldName ?? 'field'}: ${a.fieldValue}` : a.contentsObj?.str ?? ''))
        .filter((w) => w !== '');
      if (words.trim() === '' && notes.length === 0) empty += 1;
      texts.push([words, ...notes].join('\n'));
      page.cleanup();
    }
    return { text: texts.join('\n\n'), ...(empty > 0 ? { unscannable: 'unsupported' as const } : {}) };
  } finally {
    await document.destroy();
  }
}
