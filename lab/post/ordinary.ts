/**
 * The clinic's ordinary mail server, for what leaves by Outlook's own Send: no part of the product, and no better than such servers are.
 * TLS where the next hop offers it, nothing proved, clear text where it does not.
 */
import { createTransport } from 'nodemailer';
import { HOPS } from '../hops.ts';

export interface OrdinaryMail {
  readonly from: { readonly name: string; readonly address: string };
  readonly to: readonly { readonly name: string; readonly address: string }[];
  readonly cc: readonly { readonly name: string; readonly address: string }[];
  readonly bcc: readonly { readonly name: string; readonly address: string }[];
  readonly subject: string;
  readonly html: string;
  readonly inReplyTo?: string;
  readonly attachments: readonly { readonly name: string; readonly contentType: string; readonly content: string; readonly contentId?: string }[];
}

/** By which its mail is told from the product's. */
export const ORDINARY = { name: 'x-ordinary-server', value: 'the clinic' } as const;

/** Addresses it could not hand over. */
export async function sendOrdinary(mail: OrdinaryMail, port: number): Promise<string[]> {
  const everyone = [...mail.to, ...mail.cc, ...mail.bcc].map((p) => p.address);
  const domains = new Set(everyone.map((a) => a.slice(a.lastIndexOf('@') + 1).toLowerCase()));
  const lost: string[] = [];
  for (const domain of domains) {
    const here = everyone.filter((a) => a.toLowerCase().endsWith(`@${domain}`));
    const hop = HOPS.find((h) => h.domain === domain);
    if (hop === undefined || hop.mx === null) {
      lost.push(...here);
      continue;
    }
    const transport = createTransport({ host: `127.0.1.${hop.n}`, port, secure: false, tls: { rejectUnauthorized: false, servername: `mx.${domain}` }, connectionTimeout: 5_000, socketTimeout: 10_000 });
    try {
      await transport.sendMail({
        envelope: { from: mail.from.address, to: here },
        from: mail.from, to: [...mail.to], cc: [...mail.cc], subject: mail.subject, html: mail.html, headers: { [ORDINARY.name]: ORDINARY.value },
        ...(mail.inReplyTo === undefined ? {} : { inReplyTo: mail.inReplyTo }),
        attachments: mail.attachments.map((a) => ({ filename: a.name, contentType: a.contentType, content: Buffer.from(a.content, 'base64'), ...(a.contentId === undefined ? {} : { cid: a.contentId }) })),
      });
    } catch {
      lost.push(...here);
    } finally {
      transport.close();
    }
  }
  return lost;
}
