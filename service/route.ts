/**
 * The only file that knows the order. Four come, each to a folder of `route/`: the author knocks (`accept`; afterwards `copy`,
 * and `staff` in their stead), the queue's clock (`carry`), the recipient knocks (`open`, and writes back: `answer`), the calendar's clock (`sweep`); and what other
 * mail systems say of a copy comes back (`noticed`). What several rooms write together is one operation of `route.sql.ts`.
 */
import type { Deliver } from './deliver/deliver.ts';
import type { Dispose } from './dispose/dispose.ts';
import type { Handoff } from './handoff/handoff.ts';
import type { Judge } from './handoff/judge.ts';
import type { Identity } from './keys/identity.ts';
import type { NoticeHouse } from './notice/notice.ts';
import type { Passkeys } from './pickup/passkey/passkey.ts';
import type { Pickup } from './pickup/pickup.ts';
import type { Questions } from './pickup/question/question.ts';
import type { Readers } from './pickup/reader/reader.ts';
import type { SignIn } from './pickup/signin/signin.ts';
import type { Scanner } from './pickup/upload/upload.ts';
import type { Carry, Queue } from './queue/queue.ts';
import type { Retain } from './retain/retain.ts';
import { openAccept } from './route/accept/accept.ts';
import type { Accept } from './route/author.ts';
import { openCarry } from './route/carry/carry.ts';
import { openLeave } from './route/carry/leave.ts';
import { openCertify, type Certify } from './route/copy/certify.ts';
import { openCopy } from './route/copy/copy.ts';
import { openHeld } from './route/copy/held.ts';
import { openRecall } from './route/copy/recall.ts';
import { openDivide, type Divide, type Draw } from './route/divide.ts';
import type { House } from './route/house.ts';
import { openNoticed } from './route/noticed.ts';
import { openAnswer } from './route/answer/answer.ts';
import { openAttach } from './route/answer/attach.ts';
import { openPortal } from './route/open/open.ts';
import { openOther } from './route/open/other.ts';
import { openPrefer } from './route/open/prefer.ts';
import { openAsks } from './route/open/question.ts';
import { openOwnSignIn } from './route/open/signin.ts';
import { openWrite } from './route/answer/write.ts';
import type { Open } from './route/recipient.ts';
import { openApprove, type Approve } from './route/staff/approve.ts';
import { openStaff } from './route/staff/staff.ts';
import { openSteer, type Steer } from './route/staff/steer.ts';
import { openSweep } from './route/sweep/sweep.ts';
import { openTell, type Desk } from './route/sweep/tell.ts';
import { openTlsReport } from './route/sweep/tlsreport.ts';
import type { Seal } from './seal/seal.ts';

export type { Accept } from './route/author.ts';
export type { Answering, Begun, Keeping, Letter, Open, PickupLook, PickupWay, PortalMessage, Preferences, Thread, Wanted, Writing } from './route/recipient.ts';

export interface Route {
  readonly accept: Accept;
  readonly approve: Approve;
  readonly open: Open;
  readonly carry: Carry;
  /** what the log proves of a message, signed */
  readonly certify: Certify;
  /** what comes back to our return addresses */
  readonly noticed: NoticeHouse;
  /** the archive's copy of a divided message, as nobody here can open it: JSON, a line for its head and one for each piece of a part */
  readonly archive: Divide['archived'];
  /** the directory says that they have left: what was under way for them waits for somebody else */
  readonly left: (persons: readonly string[]) => Promise<void>;
  /** what an administrator does to the road itself */
  readonly steer: Steer;
  readonly sweep: () => Promise<{ readonly disposed: number; readonly dropped: number; readonly expired: number; readonly unread: number; readonly shredded: number }>;
}

interface RouteRooms {
  readonly handoff: Handoff;
  readonly judge: Judge;
  readonly queue: Queue;
  readonly seal: Seal;
  readonly identity: Pick<Identity, 'endings'>;
  readonly deliver: Deliver;
  readonly pickup: Pickup;
  readonly passkeys: Passkeys;
  readonly questions: Questions;
  readonly readers: Readers;
  readonly signIn: SignIn;
  readonly scanner: Scanner;
  readonly retain: Retain;
  readonly dispose: Dispose;
  /** who hears of alerts */
  readonly desk: Desk;
  /** how our own domains look to receivers, once a day */
  readonly nightly: () => Promise<number>;
  /** a message as the page shows it */
  readonly draw: Draw;
}

export function openRoute(house: House, given: RouteRooms): Route {
  const rooms = { ...given, divide: openDivide(house, given), asks: openAsks(house, given) };
  const approve = openApprove(house, rooms);
  const accept: Accept = { ...openAccept(house, { ...rooms, wake: rooms.queue.wake }), recall: openRecall(house, rooms), ...openHeld(house, rooms), ...openCopy(house, rooms), ...openStaff(house, rooms) };
  const writers = { ...rooms, send: accept.send, uploads: openAttach(house, rooms) };
  const own = openPortal(house, rooms);
  return {
    accept,
    open: { ...own, ...openOwnSignIn(house, rooms), ...openPrefer(house, rooms), ...openWrite(house, writers), ...openOther(house, { ...rooms, own }), ...openAnswer(house, writers) },
    carry: openCarry(house, rooms),
    certify: openCertify(house, rooms),
    noticed: openNoticed(house, rooms),
    archive: rooms.divide.archived,
    steer: openSteer(house, rooms),
    left: openLeave(house, rooms).all,
    approve,
    sweep: openSweep(house, { ...rooms, approve, wake: rooms.queue.wake, report: openTlsReport(house, rooms), tell: openTell(house, rooms), endings: rooms.identity.endings }),
  };
}
