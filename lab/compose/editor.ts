/** The rich body: what the browser's editor makes, with pictures shown from the attachments they point at (RFC 2392). */
import { button, h } from '../page/dom.ts';
import type { ItemAttachment } from '../outlook/item.ts';

interface Editor {
  readonly element: HTMLElement;
  readonly tools: HTMLElement;
  /** shows `html` unless it is what stands there already */
  show(html: string, files: readonly ItemAttachment[]): void;
  focus(): void;
}

export function richEditor(changed: (html: string) => void): Editor {
  let known = '';
  const element = h('div', { class: 'editor', contenteditable: 'true', role: 'textbox', 'aria-multiline': 'true', 'aria-label': 'Message body', spellcheck: 'false' });

  function read(): string {
    // In a document that is not shown, or the browser would try to load the reference.
    const copy = document.implementation.createHTMLDocument().importNode(element, true);
    for (const image of copy.querySelectorAll('img[data-cid]')) {
      image.setAttribute('src', `cid:${image.getAttribute('data-cid')}`);
      image.removeAttribute('data-cid');
    }
    return copy.innerHTML;
  }

  element.addEventListener('input', () => {
    known = read();
    changed(known);
  });
  // Pasted markup keeps its words and loses its styles, as "merge formatting" does.
  element.addEventListener('paste', (event) => {
    const text = event.clipboardData?.getData('text/plain') ?? '';
    if (text === '') return;
    event.preventDefault();
    document.execCommand('insertText', false, text);
  });

  const apply = (command: string) => () => {
    element.focus();
    document.execCommand(command);
  };
  const tools = h('div', { class: 'tools', role: 'toolbar', 'aria-label': 'Formatting' },
    button('bold', 'Bold', apply('bold'), { bare: true, class: 'small' }),
    button('italic', 'Italic', apply('italic'), { bare: true, class: 'small' }),
    button('underline', 'Underline', apply('underline'), { bare: true, class: 'small' }),
    button('list', 'Bullets', apply('insertUnorderedList'), { bare: true, class: 'small' }));
  // The selection in the body must survive the click.
  tools.addEventListener('mousedown', (event) => event.preventDefault());

  return {
    element,
    tools,
    focus: () => element.focus(),
    show(html, files) {
      if (html === known && element.childNodes.length > 0) return;
      known = html;
      const page = new DOMParser().parseFromString(html, 'text/html');
      for (const image of page.querySelectorAll('img')) {
        const cid = /^cid:(.+)$/i.exec(image.getAttribute('src') ?? '')?.[1];
        const file = files.find((f) => f.contentId === cid);
        if (cid === undefined || file === undefined) continue;
        image.setAttribute('data-cid', cid);
        image.setAttribute('src', `data:${file.contentType};base64,${file.content}`);
      }
      element.replaceChildren(...document.importNode(page.body, true).childNodes);
    },
  };
}
