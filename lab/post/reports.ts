/** What a mail host of the lab says later of what it took over: a delivery report (RFC 3464), sent to the return address under the null return path. */
import { createTransport } from 'nodemailer';
import type { Mail } from '../mx.ts';

/** Where the clinic's own mail host hands its return addresses to the service. */
export const NOTICES_HOST = '127.0.1.40';

interface Asked {
  /** RFC 3461: as it was asked for, undecoded */
  readonly envid: string | null;
  readonly notify: readonly string[];
}

export function report(mail: Pick<Mail, 'domain' | 'envelope' | 'raw'>, action: 'delivered' | 'failed', { envid }: Pick<Asked, 'envid'>): string {
  const [to = ''] = mail.envelope.to;
  const head = [
    `From: MAILER-DAEMON@${mail.domain}`, `To: <${mail.envelope.from}>`, `Subject: ${action === 'failed' ? 'Undelivered Mail Returned to Sender' : 'Successful Mail Delivery Report'}`, 'Auto-Submitted: auto-replied',
    'MIME-Version: 1.0', 'Content-Type: multipart/report; report-type=delivery-status;', '\tboundary="report.of.the.lab"', '',
    '--report.of.the.lab', 'Content-Type: text/plain; charset=us-ascii', '', action === 'failed' ? 'I am sorry: your mail could not be put into the mailbox.' : 'Your mail was put into the mailbox.', '',
    '--report.of.the.lab', 'Content-Type: message/delivery-status', '', `Reporting-MTA: dns; mx.${mail.domain}`, ...(envid === null ? [] : [`Original-Envelope-Id: ${envid}`]), '',
    `Final-Recipient: rfc822; ${to}`, `Action: ${action}`, `Status: ${action === 'failed' ? '5.2.1' : '2.0.0'}`, ...(action === 'failed' ? ['Diagnostic-Code: smtp; 550 5.2.1 Mailbox disabled'] : []), '',
    // Rude hosts return everything although only headers were asked for.
    '--report.of.the.lab', 'Content-Type: message/rfc822', '', '',
  ];
  return `${head.join('\r\n')}${mail.raw.toString('latin1')}\r\n--report.of.the.lab--\r\n`;
}

/** One try, as the lab's hosts are not the thing under test; nobody may be listening. */
export async function sendReport(mail: Mail, action: 'delivered' | 'failed', asked: Asked, port: number): Promise<void> {
  if (mail.envelope.from === '' || !asked.notify.includes(action === 'failed' ? 'FAILURE' : 'SUCCESS')) return;
  const transport = createTransport({ host: NOTICES_HOST, port, secure: false, ignoreTLS: true, connectionTimeout: 5_000, socketTimeout: 10_000 });
  try {
    await transport.sendMail({ envelope: { from: '', to: [mail.envelope.from] }, raw: Buffer.from(report(mail, action, asked), 'latin1') });
  } catch {
    // nobody there, or not wanted
  } finally {
    transport.close();
  }
}
