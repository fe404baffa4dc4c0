/**
 * HTML of a message, attacker-controlled, made harmless: a closed list of elements, attributes and styles; nothing loads from
 * elsewhere; `cid:` pictures come from this message only (RFC 2392). The frame's own policy is the second wall.
 */
import sanitize from 'sanitize-html';

const LENGTH = /^(?:auto|0|-?\d{1,4}(?:\.\d{1,3})?(?:px|pt|em|rem|ex|%|cm|mm|in)?)(?:\s+(?:auto|0|\d{1,4}(?:\.\d{1,3})?(?:px|pt|em|rem|ex|%|cm|mm|in)?)){0,3}$/i;
const COLOUR = /^(?:#[0-9a-f]{3,8}|[a-z]{3,20}|rgba?\([\d\s.,%/]{3,40}\)|hsla?\([\d\s.,%/a-z]{3,40}\))$/i;
const BLACK = '(?:black|windowtext|#000|#000000|rgb\\(0, ?0, ?0\\))';
const WHITE = '(?:white|window|#fff|#ffffff|rgb\\(255, ?255, ?255\\))';
const ORDINARY = '(?:(?:\\d|1[0-2])(?:\\.\\d{1,3})?pt|(?:\\d|1[0-6])(?:\\.\\d{1,3})?px)';
const WORDS = /^[a-z-]{2,20}(?:\s+[a-z-]{2,20}){0,3}$/i;
const BORDER = /^(?:[\d.]{1,5}(?:px|pt|em)?|[a-z]{4,10}|#[0-9a-f]{3,8}|rgb\([\d\s,]{5,20}\))(?:\s+(?:[\d.]{1,5}(?:px|pt|em)?|[a-z]{4,12}|#[0-9a-f]{3,8}|rgb\([\d\s,]{5,20}\))){0,2}$/i;
const FONT = /^[\w\s"',-]{1,200}$/;

const each = (names: string, pattern: RegExp) => Object.fromEntries(names.split(' ').map((name) => [name, [pattern]]));
const STYLES = {
  // Black on white is what mail programs write when nobody chose a colour: dropped, so that a dark scheme may be dark.
  color: [new RegExp(`^(?!${BLACK}$)${COLOUR.source.slice(1)}`, 'i')],
  'background-color': [new RegExp(`^(?!${WHITE}$)${COLOUR.source.slice(1)}`, 'i')],
  // What mail programs write for ordinary text is small for many: it takes the size this reader has chosen. Larger stays larger.
  'font-size': [new RegExp(`^(?!${ORDINARY}$)${LENGTH.source.slice(1)}`, 'i')],
  ...each('line-height width max-width height text-indent margin margin-top margin-right margin-bottom margin-left padding padding-top padding-right padding-bottom padding-left', LENGTH),
  ...each('font-weight', /^(?:[1-9]00|normal|bold|bolder|lighter)$/i),
  ...each('font-style text-align text-decoration vertical-align list-style-type white-space border-collapse', WORDS),
  ...each('border border-top border-right border-bottom border-left', BORDER),
  ...each('font-family', FONT),
};

const TAGS = ('a abbr address article b bdi bdo big blockquote br caption center cite code col colgroup dd del div dl dt em figcaption figure font footer '
  + 'h1 h2 h3 h4 h5 h6 header hr i img ins kbd li main mark ol p pre q s samp section small span strike strong sub sup table tbody td tfoot th thead time tr tt u ul var wbr').split(' ');
const PICTURE_DATA = /^data:image\/(?:png|jpeg|gif|webp);base64,[A-Za-z0-9+/=\s]*$/;

/** `picture` answers our own address for a content id of this message, or null. `styled: false` drops the author's styles too. */
export function clean(html: string, { picture, notShown, styled }: {
  readonly picture: (contentId: string) => string | null; readonly notShown: string; readonly styled: boolean;
}): string {
  return sanitize(html, {
    allowedTags: TAGS,
    allowedAttributes: {
      '*': ['dir', 'lang', 'align', 'valign', 'title', ...(styled ? ['style', 'bgcolor'] : [])],
      a: ['href', 'target', 'rel'], img: ['src', 'alt', 'width', 'height'], font: styled ? ['color', 'size'] : [],
      table: ['border', 'cellpadding', 'cellspacing', 'width'], td: ['colspan', 'rowspan', 'width', 'height'], th: ['colspan', 'rowspan', 'scope', 'width', 'height'],
      col: ['span', 'width'], colgroup: ['span'], ol: ['start', 'type'], li: ['value'], time: ['datetime'],
    },
    allowedStyles: { '*': STYLES },
    allowedSchemes: ['http', 'https', 'mailto', 'tel'],
    allowedSchemesByTag: { img: ['data'] },
    allowProtocolRelative: false,
    disallowedTagsMode: 'discard',
    nonTextTags: ['script', 'style', 'textarea', 'option', 'noscript', 'title', 'xmp', 'noembed', 'noframes', 'template', 'svg', 'math'],
    nestingLimit: 200,
    transformTags: {
      font: (tagName, attribs) => ({ tagName, attribs: /^(?:[1-3]|-\d)$/.test(attribs['size'] ?? '') ? Object.fromEntries(Object.entries(attribs).filter(([name]) => name !== 'size')) : attribs }),
      a: (tagName, attribs) => ({ tagName, attribs: /^(?:https?|mailto|tel):/i.test(attribs['href'] ?? '') ? { ...attribs, target: '_blank', rel: 'noopener noreferrer nofollow' } : withoutLink(attribs) }),
      img: (tagName, attribs) => {
        const source = attribs['src'] ?? '';
        const ours = source.toLowerCase().startsWith('cid:') ? picture(unescaped(source.slice(4))) : PICTURE_DATA.test(source) ? source : null;
        // A picture that is elsewhere would tell its host who reads this, and when.
        if (ours === null) {
          // One that says of itself that it means nothing (HTML §4.8.4.4.3) leaves no trace.
          return { tagName: 'span', attribs: {}, text: attribs['alt'] === '' ? '' : `[${attribs['alt'] ?? notShown}]` };
        }
        return { tagName, attribs: { ...attribs, src: ours } };
      },
    },
    // Our own pictures are relative addresses; everything else was refused above.
    allowedSchemesAppliedToAttributes: ['href', 'src', 'cite'],
  });
}

function withoutLink(attribs: { readonly [name: string]: string }): { [name: string]: string } {
  return Object.fromEntries(Object.entries(attribs).filter(([name]) => name !== 'href'));
}

function unescaped(contentId: string): string {
  try {
    return decodeURIComponent(contentId);
  } catch {
    return contentId;
  }
}
