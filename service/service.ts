/**
 * The composition root: reading it shows the house. Opens world, store, vault, nouns, verbs, route and edge in this order,
 * starts the clocks, and closes everything the other way round.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ENDPOINTS } from '../shared/wire/wire.ts';
import { alertDesk, listsOf, prepareFolder, readNamed, sourcesOf, tlsOf, unheard } from './arrange.ts';
import { openAudit, type AuditLog } from './audit/audit.ts';
import { openOverview } from './compliance/overview.ts';
import { openCompliance, type Compliance } from './compliance.ts';
import { noteSettings, openGate } from './changed.ts';
import { places, roads, type Settings } from './config.ts';
import { openChoices } from './contact/choice.ts';
import { openContact, webhookGateway, type Contact } from './contact/contact.ts';
import { openDeliver } from './deliver/deliver.ts';
import { openMailless } from './deliver/nexthop.ts';
import { openPromises } from './deliver/promise/promise.ts';
import { openDispose } from './dispose/dispose.ts';
import { dkimOf, doctorOf, worldOf } from './checkup.ts';
import { openNightly } from './doctor/nightly.ts';
import { openFalsePositives } from './falsepositive/falsepositive.ts';
import { openEntrance } from './entrance.ts';
import { openHandoff } from './handoff/handoff.ts';
import { openJudge } from './handoff/judge.ts';
import { draw } from './http/portal/divided.ts';
import { listen, openHttp, type HttpSettings, type Rooms } from './http/http.ts';
import { openIdentity, type Identity } from './keys/identity.ts';
import { openBook } from './keys/own/book.ts';
import { safeOf } from './keys/own/shelf.ts';
import { noting } from './keys/own/noted.ts';
import { openKeys, type Keys } from './keys/keys.ts';
import { loadLogo } from './logo.ts';
import { openLog } from './log.ts';
import { openLists } from './list/list.ts';
import { openMetrics } from './metrics.ts';
import { openNotices } from './notice/notice.ts';
import { openAlerts } from './alert/alert.ts';
import { openApproval } from './approval/approval.ts';
import { openCorpus } from './policy/corpus/corpus.ts';
import { openPolicy } from './policy/policy.ts';
import { openPasskeys } from './pickup/passkey/passkey.ts';
import { openPickup } from './pickup/pickup.ts';
import { openQuestions } from './pickup/question/question.ts';
import { openReaders } from './pickup/reader/reader.ts';
import { openSignIn } from './pickup/signin/signin.ts';
import { clamav, NO_SCANNER } from './pickup/upload/upload.ts';
import { openQueue } from './queue/queue.ts';
import { openReport } from './report.ts';
import { openRetain } from './retain/retain.ts';
import { sizeOf } from './roster/roster.ts';
import { ROOMS } from './rooms.ts';
import { openRoute } from './route.ts';
import type { House } from './route/house.ts';
import { openKnown } from './route/staff/known.ts';
import { compileOwn, namesOf, loadOwn } from './rules/rules.ts';
import { openSeal } from './seal/seal.ts';
import { openBlobs } from './store/blobs.ts';
import { openStore, type Store } from './store/store.ts';
import { openSuppression } from './suppression/suppression.ts';
import { counted, openTally } from './tally/tally.ts';
import { archiveKeyOf } from './vault/divide.ts';
import { openVault } from './vault/vault.ts';
import { openWorld, type World } from './world.ts';

const DIST = join(import.meta.dirname, '..', 'dist', 'addin');
const CONSOLE = join(import.meta.dirname, '..', 'dist', 'console');
const PLACEHOLDER = 'https://localhost:3000';
/** copies to one domain end within seconds of each other */
const GATHER_MS = 15_000;
const SWEEP_MS = 60_000;
const CONCURRENCY = { concurrency: 40, perDestination: 8 } as const;

export interface Service {
  readonly url: string;
  readonly keys: Keys;
  readonly contact: Contact;
  readonly audit: AuditLog;
  /** what may be given to anyone: the signing authority's certificate (DER) and the OpenPGP key (binary) */
  readonly published: ReturnType<Identity['published']>;
  /** what the calendar's clock does, for tests and commands: of messages, and of people */
  readonly sweep: () => Promise<unknown>;
  readonly note: () => Promise<void>;
  readonly compliance: Pick<Compliance, 'anchor' | 'work' | 'nightly' | 'audit' | 'desk'>;
  /** renewed TLS files, read again; what runs goes on */
  renew(): void;
  close(): Promise<void>;
}

export interface Extra {
  /** mounts what is not ours, such as the lab */
  readonly mount?: Rooms['extra'];
  readonly links?: HttpSettings['links'];
  readonly world?: World;
  /** lab and tests: minutes between tries, patience with peers, where MTA-STS policies are served */
  readonly schedule?: readonly number[];
  readonly patience?: number;
  readonly stsPort?: number;
  /** ms that news for an author waits for more of the same */
  readonly gatherMs?: number;
  readonly quiet?: boolean;
  readonly strictEvents?: boolean;
  /** tests: stands between the rooms and the real store, to make chosen writes fail */
  readonly around?: (store: Store) => Store;
  /** lab and tests: changed settings wait for two people there too */
  readonly secondPerson?: boolean;
  /** false: accept only, for measuring; items wait */
  readonly carry?: boolean;
}

export async function openService(settings: Settings, extra: Extra = {}): Promise<Service> {
  const place = places(settings);
  const ownDomain = settings.OWN_DOMAINS[0] ?? 'localhost.test';
  const organisation = { name: settings.ORGANISATION_NAME ?? 'Your organization', phone: settings.ORGANISATION_PHONE ?? '', address: settings.SERVICE_ADDRESS ?? `secure@${ownDomain}`, ...(settings.ORGANISATION_LOGO_FILE === undefined ? {} : { logo: loadLogo(settings.ORGANISATION_LOGO_FILE) }) };
  const hostname = settings.SMTP_HOSTNAME ?? new URL(place.publicUrl).hostname;
  const log = openLog(extra.quiet ? { write: () => undefined } : { level: settings.LOG_LEVEL });
  for (const [name, folder] of [['DATA_DIR', place.data], ['KEYS_DIR', place.keys]] as const) prepareFolder(name, folder);

  const world = extra.world ?? openWorld(worldOf(settings));
  const opened = await openStore({ folder: place.data, rooms: ROOMS, world, ...(settings.DATABASE_URL ? { url: settings.DATABASE_URL } : {}), ...(extra.strictEvents ? { strictEvents: true } : {}) });
  const store = extra.around?.(opened) ?? opened;
  const blobs = await openBlobs({ folder: place.blobs });
  const vault = await openVault({ folder: place.keys, masterKey: { file: place.master, create: true }, world });
  const audit = await openAudit({ store, vault, world, origin: `audit.${new URL(place.publicUrl).host}/v1`, folder: place.keys, strict: extra.strictEvents });

  const falsePositives = openFalsePositives({ store, audit, world });
  const alerts = openAlerts({ store, audit, world, vault });
  const own = loadOwn({ rules: settings.SCAN_RULES_FILE, roster: settings.ROSTER_FILE }, vault);

  const road = roads(settings);
  const keys = openKeys({
    store, world, vault, audit, anchors: settings.SMIME_ANCHORS_FILE ? [readNamed('SMIME_ANCHORS_FILE', settings.SMIME_ANCHORS_FILE)] : [], ownDomains: settings.OWN_DOMAINS, threshold: settings.KEY_TRUST, insist: settings.REVOCATION === 'required',
    sources: sourcesOf(settings, world, extra.stsPort), broken: (fault) => log.broken('keys', fault), relay: road.smartHost?.attests ?? 'none', direct: road.partners.map((p) => p.domain), same: (one, other) => directory.same(one, other),
  });
  const contact = openContact({
    store, vault, world, audit, perDay: settings.SMS_PER_DAY,
    gateway: settings.SMS_WEBHOOK_URL && settings.SMS_WEBHOOK_SECRET ? webhookGateway({ url: settings.SMS_WEBHOOK_URL, secret: settings.SMS_WEBHOOK_SECRET, world }) : null,
  });
  const choices = openChoices({ store, vault, world, audit, organisation: organisation.name });
  const tally = openTally({ store, world });
  const suppression = openSuppression({ store, vault, world, audit });
  await suppression.respell();
  const broken = (fault: unknown) => log.broken('queue', fault);
  const entrance = openEntrance({ settings, store, world, vault, audit, applied: () => { gate?.look().catch(broken); } });
  const { people, stepUp, directory, staff, console } = entrance;
  // In the try-out the ports of its world are new at every start.
  const gate = settings.lab && extra.secondPerson !== true ? null : await openGate({ settings, vault, changes: staff.changes, broken });

  const policy = openPolicy({ store, world, vault, audit, organisation: organisation.name, ownDomains: settings.OWN_DOMAINS, corpus: openCorpus(compileOwn({ ...own, roster: null })), same: directory.same, names: { matches: namesOf(own), group: directory.knowsGroup } });

  const approval = openApproval({ store, world, vault, audit, left: directory.left, roles: async (person) => (await staff.access.person(person))?.roles ?? [], bosses: async (person) => (await directory.managerOf(person))?.persons ?? [], cover: staff.access.coverOf, same: directory.same, reads: directory.reads });
  const identityFolder = join(place.keys, 'identity');
  const identity = await openIdentity({ world, safe: await safeOf(vault, identityFolder), folder: identityFolder, organisation, ownDomains: settings.OWN_DOMAINS, lists: settings.CRL_URL === undefined ? undefined : { at: `${settings.CRL_URL}/crl/`, book: openBook({ store, vault, audit, world }) }, noted: noting({ store, audit }) });
  const signing = dkimOf(settings);
  const seal = openSeal({
    world, identity, organisation,
    ...(settings.OUTER_SUBJECT === undefined ? {} : { subject: settings.OUTER_SUBJECT }),
    ...(signing === undefined ? {} : { dkim: signing }),
  });
  const sender = openDeliver({
    world, hostname, smtpPort: settings.SMTP_PORT, ownDomains: settings.OWN_DOMAINS, providers: settings.MX_PROVIDERS, seen: (domain, host) => keys.served(domain, host),
    policies: openPromises({ store, world }), before: (domain) => keys.provedBefore(domain), ...road,
    ...(extra.patience === undefined ? {} : { patience: extra.patience }), ...(extra.stsPort === undefined ? {} : { stsPort: extra.stsPort }),
  });
  const deliver = counted(sender, tally);
  const queue = openQueue({ store, world, alone: store.engine === 'sqlite', ...(extra.schedule ? { schedule: extra.schedule } : {}) });
  const pickup = openPickup({ store, vault, world });
  const passkeys = openPasskeys({ store, world });
  const questions = openQuestions({ vault });
  const readers = openReaders({ store, vault, world });
  const signIn = openSignIn({ providers: settings.SIGN_IN, world, lab: settings.lab });
  const retain = openRetain({ store, world });
  const dispose = openDispose({ store, world });
  const judge = openJudge(own);

  const metrics = openMetrics({
    read: async () => {
      const { ready, waiting, oldest } = await queue.figures();
      const { audit_tree_size: logSize, audit_lag_ms: logLagMs, audit_broken: logBroken } = audit.figures();
      const { wal_bytes: walBytes } = store.figures();
      return {
        queueReady: ready, queueWaiting: waiting, oldestReadyMs: oldest === null ? 0 : Math.max(0, world.now() - oldest),
        ...(walBytes === undefined ? {} : { walBytes }), logSize, logLagMs, logBroken,
      };
    },
  });

  // The archive's copy is made as a message is taken: nothing is sealed to a key that two people have not agreed to.
  const archiveKey = settings.ARCHIVE_KEY_FILE === undefined ? null : archiveKeyOf(readNamed('ARCHIVE_KEY_FILE', settings.ARCHIVE_KEY_FILE));
  const house: House = {
    store, vault, blobs, keys, contact, choices, suppression, policy, approval, approvalMs: settings.APPROVAL_HOURS * 3_600_000, tally, audit, alerts, world, gone: { left: directory.left, cover: staff.access.coverOf, pass: staff.access.cover }, same: directory.same, organisation, metrics, serviceAddress: organisation.address, returnDomain: settings.RETURN_DOMAIN ?? ownDomain,
    departments: settings.DEPARTMENTS, get archiveKey() { return gate?.waitsFor('ARCHIVE_KEY_FILE') === true ? null : archiveKey; }, portalUrl: place.portalUrl, publicUrl: place.publicUrl, fallbackMs: settings.FALLBACK_MINUTES * 60_000, unreadHours: settings.UNREAD_HOURS,
    gatherMs: extra.gatherMs ?? GATHER_MS,
    requireTls: ({ never: 'no', offered: 'offered', always: 'must' } as const)[settings.REQUIRETLS],
    alert: (what, code) => { metrics.alert(what); log.warn(what, { code }); },
  };
  const lists = openLists({ sources: listsOf(settings, world, directory), ownDomains: settings.OWN_DOMAINS, world });
  const handoff = openHandoff({ lists, get archive() { return house.archiveKey !== null; }, store, vault, blobs, keys, contact, choices, suppression, policy, ownDomains: settings.OWN_DOMAINS, mailless: openMailless(world, { smtpPort: settings.SMTP_PORT, ownDomains: settings.OWN_DOMAINS, providers: [], ...road }), world });
  const doctor = doctorOf(settings, world, extra.stsPort);
  const rooms = { handoff, judge, queue, seal, identity, deliver, pickup, passkeys, questions, readers, signIn, scanner: settings.CLAMAV === undefined ? NO_SCANNER : clamav({ at: settings.CLAMAV, world }), retain, dispose, desk: alertDesk(settings, world), nightly: openNightly({ store, world, audit, look: doctor.look }), draw };
  const route = openRoute(house, rooms);
  const compliance = openCompliance({ house, settings, handoff, queue, sessions: entrance.sessions.standing, recall: route.accept.recall, broken: (fault) => log.broken('compliance', fault) });

  const { app } = openHttp({
    accept: route.accept, archive: route.archive, rules: { hash: own.hash, rules: own.rules }, open: route.open, certify: route.certify, report: openReport(house, rooms), audit: compliance.audit, compliance: compliance.desk, alerts, falsePositives, people, staff, stepUp, console,
    onTheWeb: identity.onTheWeb, list: identity.list,
    keyring: {
      keys, identity: async () => ({ organisation: organisation.name, ...(await identity.readable()) }),
      rotate: identity.rotate, bring: identity.bring, certificates: identity.certificates, withdraw: identity.withdraw,
      listed: (reader, count) => audit.record({ type: 'key.listed', outcome: 'ok', actor: { kind: 'staff', id: reader.id }, facts: { count } }),
    },
    tally, overview: openOverview({ audit, world }), doctor,
    suppression: { ...suppression, listed: (reader, count) => audit.record({ type: 'suppression.listed', outcome: 'ok', actor: { kind: 'staff', id: reader.id }, facts: { count } }) },
    scim: { directory, token: settings.SCIM_TOKEN, refused: entrance.unknownDirectory },
    choices, known: openKnown(house, rooms), policy, approval, approve: route.approve, steer: route.steer, log, metrics, world,
    settings: {
      publicUrl: place.publicUrl, portalUrl: place.portalUrl, trustedProxies: settings.TRUSTED_PROXIES, loopbackOnly: settings.lab, organisation, consoleFolder: CONSOLE,
      addin: {
        folder: DIST,
        config: () => ({ clientId: settings.OIDC_CLIENT_ID, authority: settings.OIDC_ISSUER ?? '', scope: settings.OIDC_SCOPE ?? 'Mail.SendSecure', organisation: organisation.name, ownDomains: settings.OWN_DOMAINS }),
        manifest: () => readFileSync(join(DIST, 'manifest.xml'), 'utf8').replaceAll(PLACEHOLDER, place.publicUrl),
        connect: settings.OIDC_ISSUER ? [new URL(settings.OIDC_ISSUER).origin] : [],
      },
      ...(extra.links ? { links: extra.links } : {}), ...(settings.METRICS_TOKEN ? { metricsToken: settings.METRICS_TOKEN } : {}),
      // One machine, one newcomer: the try-out is not throttled like the open Internet.
      ...(settings.lab ? { rates: { person: { rate: 5_000, burst: 20_000 }, client: { rate: 5_000, burst: 20_000 } } } : {}),
    },
    ready: () => {
      const { ok, code } = store.ready();
      const codes = [...(ok ? [] : [code ?? 'store']), ...(existsSync(place.master) ? [] : ['master-key'])];
      return { ok: codes.length === 0, codes };
    },
    narrowed: () => gate?.narrowed() === true,
    called: (program, endpoint, came) => entrance.called(program, ENDPOINTS[endpoint], came),
    alive: () => store.ready().code !== 'store-stopped',
    stamp: (value) => vault.index('portal-form', value),
    denied: (person, endpoint, code = 'role') => void audit.record({ type: 'authz.denied', outcome: 'denied', actor: { kind: 'staff', id: person.id }, facts: { code, method: ENDPOINTS[endpoint].method, path: ENDPOINTS[endpoint].path } }).catch(broken),
    ...(extra.mount ? { extra: extra.mount } : {}),
  });
  const edge = await listen({ app, host: settings.HOST, port: settings.PORT, ...tlsOf(settings) }).catch((cause: unknown) => { throw unheard(cause); });

  const notices = settings.NOTICES_PORT === undefined ? null : await openNotices(route.noticed, {
    host: settings.NOTICES_HOST, port: settings.NOTICES_PORT, hostname, returnDomain: house.returnDomain, broken: (fault) => log.broken('notices', fault), ...tlsOf(settings),
  });

  await noteSettings({ settings, folder: place.keys, vault, audit, facts: { ...(own.hash === '' ? {} : { rules: own.hash }), roster: own.roster === null ? 0 : sizeOf(own.roster) } });
  await audit.record({ type: 'service.started', outcome: 'ok', actor: { kind: 'service', id: 'service' }, facts: { node: process.versions.node, engine: store.engine } });
  const carry = async () => { if (extra.carry !== false) await queue.start(route.carry, CONCURRENCY, broken); };
  if (gate?.waits()) log.warn('settings-wait', { code: 'second-person-needed' });
  await (gate === null ? carry() : gate.whenOpen(carry));
  const note = async () => {
    await entrance.turn();
    await directory.settle(async (persons) => {
      await route.left(persons);
      await entrance.staff.clients.exposed(persons);
    });
  };
  const calendar = setInterval(() => { note().then(() => route.sweep()).then(() => falsePositives.forget()).catch(broken); }, SWEEP_MS);
  calendar.unref();
  log.info('started', { at: edge.url });

  let closing: Promise<void> | null = null;
  return {
    url: edge.url, keys, contact, audit, compliance, published: identity.published(), sweep: route.sweep, note,
    renew() {
      try {
        const { tls } = tlsOf(settings);
        if (tls === undefined) return;
        edge.renew(tls);
        notices?.renew(tls);
        log.info('renewed');
      } catch (fault) {
        // Half written, or of two different orders: what was read before serves on.
        log.broken('renew', fault);
      }
    },
    close: () => closing ??= (async () => {
      clearInterval(calendar);
      gate?.close();
      await compliance.close();
      await edge.stop(3_000);
      await notices?.close();
      await queue.stop();
      await audit.record({ type: 'service.stopped', outcome: 'ok', actor: { kind: 'service', id: 'service' }, facts: { clean: true } }).catch(broken);
      await deliver.close();
      await tally.flush().catch(broken);
      await seal.close();
      await judge.close();
      await audit.close();
      await store.close();
      log.info('stopped');
    })(),
  };
}
