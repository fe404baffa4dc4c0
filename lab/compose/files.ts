/** The strip of attachments: add, remove, and a link to a cloud file, whose bytes an add-in can never read. */
import { button, h, icon } from '../page/dom.ts';
import type { AttachmentStart, ItemAttachment } from '../outlook/item.ts';

interface Files {
  readonly element: HTMLElement;
  readonly tools: readonly HTMLElement[];
  show(files: readonly ItemAttachment[]): void;
}

export function sizeWords(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`;
  return bytes < 1024 * 1024 ? `${Math.round(bytes / 1024)} KB` : `${(bytes / 1024 / 1024).toFixed(1)} MB`;
}

async function base64(file: File): Promise<string> {
  const url = await new Promise<string>((done, fail) => {
    const reader = new FileReader();
    reader.addEventListener('load', () => done(String(reader.result)));
    reader.addEventListener('error', () => fail(new Error('The file could not be read.')));
    reader.readAsDataURL(file);
  });
  return url.slice(url.indexOf(',') + 1);
}

export function fileStrip({ add, remove }: { readonly add: (file: AttachmentStart) => void; readonly remove: (id: string) => void }): Files {
  const element = h('ul', { class: 'files', 'aria-label': 'Attachments', hidden: true });
  const input = h('input', { type: 'file', multiple: true, class: 'visually-hidden', tabindex: '-1', 'aria-hidden': 'true', 'data-test': 'attach' });
  input.addEventListener('change', () => {
    void (async () => {
      for (const file of [...(input.files ?? [])]) add({ name: file.name, contentType: file.type || 'application/octet-stream', content: await base64(file), size: file.size });
      input.value = '';
    })();
  });
  return {
    element,
    tools: [
      button('attach', 'Attach file', () => input.click(), { bare: true, class: 'small' }),
      button('file', 'Attach a link to a file in the cloud, as Outlook likes to', () => add({ name: 'Shared record.docx', format: 'url', content: 'https://cloud.riverside.test/shared-record.docx', contentType: 'application/vnd.openxmlformats-officedocument.wordprocessingml.document', size: 48_211 }), { bare: true, class: 'small' }),
      input,
    ],
    show(files) {
      const shown = files.filter((f) => !f.inline);
      element.hidden = shown.length === 0;
      element.replaceChildren(...shown.map((f) => h('li', {}, icon('file'), h('span', {}, h('b', {}, f.name), h('small', {}, f.format === 'url' ? 'Link to a cloud file' : sizeWords(f.size))), button('close', `Remove ${f.name}`, () => remove(f.id), { bare: true, class: 'tiny' }))));
    },
  };
}
